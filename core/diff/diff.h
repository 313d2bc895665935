// SPDX-License-Identifier: Apache-2.0
// Compares two programs by their canonical forms and names what differs.
#pragma once
#include "core/diff/difference.h"
#include "core/ir/program.h"

namespace retrace::diff {

Comparison compare(const ir::Program& a, const ir::Program& b);

}  // namespace retrace::diff
