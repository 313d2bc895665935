// SPDX-License-Identifier: Apache-2.0
// `_guards_fn`: the callable's input checks, run on the fake inputs before anything else.
#pragma once
#include <string_view>
#include <vector>

#include "core/bind/bind.h"
#include "core/ir/callable.h"
#include "core/trace/session.h"

namespace retrace::exporter {

/// What the guards leave in a trace.
struct GuardTrace {
  std::vector<expr::Expr> read;            // input symbols in order: each read is a node from then on
  std::vector<std::string_view> computed;  // operations, whose nodes nobody uses: they only take names
};

/// Each condition becomes a guard of the new export. Raises Failure(AssertionError, "Guard failed: ...").
GuardTrace run_input_guards(trace::Session& session, const ir::Callable& callable, const bind::BoundInputs& inputs);

}  // namespace retrace::exporter
