// SPDX-License-Identifier: Apache-2.0
// The module that `ExportedProgram.module()` gives: a graph that reads its state by name, adds the copies
// that mutated outputs need, and checks its inputs first (torch/export/_unlift.py).
#pragma once
#include <memory>
#include <vector>

#include "core/ir/program.h"

namespace retrace::ir {

/// One line of `_guards_fn`. `condition` is over symbols named by source text ("L['x'].size()[0]", as in
/// guards_code); `code` is the Python text that the failure message quotes.
struct InputGuard {
  Text code;
  std::string condition;  // Python expression text, evaluated left to right with short-circuit and/or
};

struct Callable {
  /// Graph with mutation copies in place and user outputs only; input_specs as in the program it came from.
  Program program;
  std::vector<InputGuard> guards;
};

}  // namespace retrace::ir
