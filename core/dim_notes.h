// SPDX-License-Identifier: Apache-2.0
// Why dimensions of an export's inputs are numbers or have smaller ranges: the node and the relation, as notes.
#pragma once
#include <vector>

#include "core/retrace.h"
#include "core/shapes/lessons.h"

namespace retrace {

/// One note a dimension that is dynamic in `a` and a number, or of a smaller range, in its export `b`.
std::vector<Note> dim_notes(const ir::Program& a, const ir::Program& b, const std::vector<shapes::Lesson>& lessons);

}  // namespace retrace
