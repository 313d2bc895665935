// SPDX-License-Identifier: Apache-2.0
// The module that `ExportedProgram.module()` gives: a graph that reads its state by name, adds the copies
// that mutated outputs need, and checks its inputs first (torch/export/_unlift.py).
#pragma once
#include <string>
#include <vector>

#include "core/ir/guard_expression.h"
#include "core/ir/program.h"

namespace retrace::ir {

/// One line of `_guards_fn`: its condition over sources ("L['x'].size()[0]"), and the text that the failure
/// message quotes ("x.size()[0] >= 3").
struct InputGuard {
  GuardExpression condition;
  std::string code;
  bool operator==(const InputGuard&) const = default;
};

struct Callable {
  /// Graph with mutation copies in place and user outputs only; input_specs as in the program it came from.
  Program program;
  std::vector<InputGuard> guards;
};

}  // namespace retrace::ir
