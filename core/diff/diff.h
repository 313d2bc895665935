// SPDX-License-Identifier: Apache-2.0
// Compares two programs by their canonical forms and names what differs.
#pragma once
#include "core/diff/difference.h"
#include "core/ir/program.h"

namespace retrace::diff {

Comparison compare(const ir::Program& a, const ir::Program& b);

/// A node as text, for the lines around a mismatch: "%add = aten.add.Tensor(%x, 1) : f32[s77, 3]".
std::string describe(const ir::Graph& graph, const ir::Node& node);

}  // namespace retrace::diff
