// SPDX-License-Identifier: Apache-2.0
// `_guards_fn`: the callable's input checks, run on the fake inputs before anything else.
#pragma once
#include <vector>

#include "core/bind/bind.h"
#include "core/ir/callable.h"
#include "core/trace/session.h"

namespace retrace::exporter {

/// Each condition becomes a guard of the new export. Raises Failure(AssertionError, "Guard failed: ...").
/// Gives the input symbols that the guards read, in order: in a trace each read is a node from then on.
std::vector<expr::Expr> run_input_guards(trace::Session& session, const ir::Callable& callable,
                                         const bind::BoundInputs& inputs);

}  // namespace retrace::exporter
