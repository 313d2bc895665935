// SPDX-License-Identifier: Apache-2.0
// The module that `ExportedProgram.module()` gives: a graph that reads its state by name, adds the copies
// that mutated outputs need, and checks its inputs first (torch/export/_unlift.py).
#pragma once
#include <vector>

#include "core/ir/guard_expression.h"
#include "core/ir/program.h"

namespace retrace::ir {

struct Callable {
  /// Graph with mutation copies in place and user outputs only; input_specs as in the program it came from.
  Program program;
  std::vector<GuardExpression> guards;  // the lines of `_guards_fn`, over sources: "L['x'].size()[0]"
};

}  // namespace retrace::ir
