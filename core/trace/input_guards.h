// SPDX-License-Identifier: Apache-2.0
// Runs `_guards_fn`: asserts each input guard on the fake inputs, which makes guards of the shape environment.
#pragma once
#include <span>
#include <string>
#include <utility>

#include "core/ir/callable.h"
#include "core/ops/value.h"
#include "core/trace/trace_context.h"

namespace retrace::trace {

/// `inputs`: the user inputs by source under the module's argument names, "L['x']['k'][0]". Raises
/// Failure(AssertionError) "Guard failed: ..." and whatever evaluating a condition raises.
void run_input_guards(Session& session, std::span<const ir::InputGuard> guards,
                      std::span<const std::pair<std::string, Value>> inputs);

}  // namespace retrace::trace
