// SPDX-License-Identifier: Apache-2.0
// Recorded metadata that does not follow from the program: a tool edited the graph and left it behind.
#pragma once
#include <string>

#include "core/ir/program.h"

namespace retrace::diff {

struct Stale {
  std::size_t count = 0;  // nodes
  std::size_t at = 0;     // the first, in the recorded program's nodes
  std::string recorded;   // its result as recorded: "%relu : float32[4]"
  std::string computed;
};

/// Nodes pair by their names and calls. Only what no renaming of symbols explains counts: element type,
/// rank, plain sizes and strides.
Stale stale_metadata(const ir::Program& recorded, const ir::Program& exported);

}  // namespace retrace::diff
