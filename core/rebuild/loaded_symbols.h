// SPDX-License-Identifier: Apache-2.0
// What loading a program makes of its inputs' symbols: an assertion s2 == s0*s1 in the graph is a guard by then.
#pragma once
#include "core/expr/expr.h"
#include "core/ir/program.h"

namespace retrace::rebuild {

/// The symbols of inputs that the program's own assertions replace.
expr::Substitution replaced_symbols(const ir::Program& program);

}  // namespace retrace::rebuild
