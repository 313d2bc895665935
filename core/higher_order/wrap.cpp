// SPDX-License-Identifier: Apache-2.0
// Operators that run their body as part of the trace (torch/_higher_order_ops/wrap.py). Grad mode and autocast
// leave marker nodes, from which the exporter makes regions again.
#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"
#include "core/trace/mode_switch.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Node;
using trace::Traced;

namespace {

Traced results_of(const trace::GraphModule& body, std::vector<Traced> results) {
  return body.single_return && results.size() == 1 ? std::move(results[0]) : tuple_of(std::move(results));
}

std::vector<Traced> operands_after(const HopCall& call, std::size_t first) {
  return {call.args.begin() + static_cast<std::ptrdiff_t>(first), call.args.end()};
}

bool flag(const HopCall& call, std::size_t arg) {
  const Value& value = call.args.at(arg).value;
  return value.holds<SymBool>() && value.get<SymBool>().is_bool() && value.get<SymBool>().as_bool();
}

/// The region as an operator again, its body traced anew.
Traced keep_region(HopContext& context, const HopCall& call, std::size_t body_at) {
  const trace::GraphModule& body = body_of(call, body_at);
  const std::vector<Traced> operands = operands_after(call, body_at + 1);
  HopContext::Body traced = context.trace_body(body, values_of(operands));
  traced.module->name = context.unique_graph_name("wrap_body");
  std::vector<Traced> args(call.args.begin(), call.args.begin() + static_cast<std::ptrdiff_t>(body_at));
  args.push_back(graph_argument(traced.module));
  args.insert(args.end(), operands.begin(), operands.end());
  Node& node = make_node(context, call.name, args);
  ValueList results;
  for (const Traced& result : traced.results) results.push_back(value_of(result));
  return context.tracer().track(node, body.single_return ? results.at(0) : Value(std::move(results)));
}

}  // namespace

Traced wrap_with_set_grad_enabled(HopContext& context, HopCall& call) {
  const bool before = context.session().grad_enabled();
  if (context.session().keeps_regions) {
    context.session().set_grad_enabled(flag(call, 0));
    Traced kept = keep_region(context, call, 1);
    context.session().set_grad_enabled(before);
    return kept;
  }
  const trace::GraphModule& body = body_of(call, 1);
  trace::switch_grad_mode(context.tracer(), flag(call, 0));
  std::vector<Traced> results = context.inline_body(body, operands_after(call, 2));
  trace::switch_grad_mode(context.tracer(), before);
  return results_of(body, std::move(results));
}

Traced wrap_with_autocast(HopContext& context, HopCall& call) {
  const trace::GraphModule& body = body_of(call, 4);
  if (context.session().keeps_regions) {
    trace::push_autocast(context.session(), call.args);
    Traced kept = keep_region(context, call, 4);
    trace::pop_autocast(context.session());
    return kept;
  }
  const Traced entered = trace::enter_autocast(context.tracer(), call.args);
  std::vector<Traced> results = context.inline_body(body, operands_after(call, 5));
  trace::exit_autocast(context.tracer(), entered);
  return results_of(body, std::move(results));
}

Traced tag_activation_checkpoint(HopContext& context, HopCall& call) {
  const trace::GraphModule& body = body_of(call, 0);
  return results_of(body, context.inline_body(body, operands_after(call, 1)));
}

}  // namespace retrace::higher_order
