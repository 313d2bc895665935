// SPDX-License-Identifier: Apache-2.0
// The rules, one function an operator; hop_table.cpp lists them.
#pragma once
#include "core/trace/hop_context.h"

namespace retrace::higher_order {

trace::Traced associative_scan(trace::HopContext& context, trace::HopCall& call);
trace::Traced auto_functionalized_v2(trace::HopContext& context, trace::HopCall& call);
trace::Traced cond(trace::HopContext& context, trace::HopCall& call);
trace::Traced foreach_map(trace::HopContext& context, trace::HopCall& call);
trace::Traced hints_wrapper(trace::HopContext& context, trace::HopCall& call);
trace::Traced inline_asm_elementwise(trace::HopContext& context, trace::HopCall& call);
trace::Traced invoke_subgraph(trace::HopContext& context, trace::HopCall& call);
trace::Traced map_impl(trace::HopContext& context, trace::HopCall& call);
trace::Traced out_dtype(trace::HopContext& context, trace::HopCall& call);
trace::Traced print(trace::HopContext& context, trace::HopCall& call);
trace::Traced scan(trace::HopContext& context, trace::HopCall& call);
trace::Traced strict_mode(trace::HopContext& context, trace::HopCall& call);
trace::Traced tag_activation_checkpoint(trace::HopContext& context, trace::HopCall& call);
trace::Traced while_loop(trace::HopContext& context, trace::HopCall& call);
trace::Traced while_loop_stack_output(trace::HopContext& context, trace::HopCall& call);
trace::Traced wrap_with_autocast(trace::HopContext& context, trace::HopCall& call);
trace::Traced wrap_with_set_grad_enabled(trace::HopContext& context, trace::HopCall& call);

}  // namespace retrace::higher_order
