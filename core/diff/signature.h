// SPDX-License-Identifier: Apache-2.0
// What became of the inputs' dynamic dimensions and their ranges between two programs of the same inputs.
#pragma once
#include <string>
#include <vector>

#include "core/ir/program.h"

namespace retrace::diff {

/// A symbol of `a`, where it is first bound, and what stands there in `b`.
struct DimChange {
  std::string where;  // "graph.inputs[0] x, dimension 1"
  std::string a;      // "s77 in [2, 64]"
  std::string b;      // "4", "s77 in [4, 64]"
  std::size_t dims = 1;
  bool narrowed = false;  // of ranges: b's lies within a's
};

/// Dimensions that hold an expression in `a` and a number in `b`, an entry an expression.
std::vector<DimChange> specialized_dims(const ir::Program& a, const ir::Program& b);
/// Dimensions that hold an expression in both, of another range, an entry an expression.
std::vector<DimChange> changed_ranges(const ir::Program& a, const ir::Program& b);

}  // namespace retrace::diff
