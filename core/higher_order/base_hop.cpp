// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/base_hop.py: operators that stay in the graph and mean the call of their body
// (foreach_map.py).
#include "core/higher_order/rules.h"
#include "core/higher_order/speculate.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

/// Tracer.get_fresh_qualname: "subgraph0".
std::string fresh_name(HopContext& context) {
  std::string name = context.unique_graph_name("subgraph");
  return name.erase(name.find('_'), 1);
}

HopContext::Body trace_operands(HopContext& context, const HopCall& call, std::vector<Traced>& operands) {
  if (!context.session().keeps_regions) return context.trace_body(body_of(call, 0), values_of(operands));
  // Dynamo gives the body what it uses and takes a tuple from it
  HopContext::Body body = speculate(context, body_of(call, 0), operands, {.input_mutation = false, .aliasing = false});
  body.module->single_return = false;
  operands = lift_used(context, *body.module, operands);
  return body;
}

}  // namespace

Traced foreach_map(HopContext& context, HopCall& call) {
  std::vector<Traced> operands(call.args.begin() + 1, call.args.end());
  const HopContext::Body body = trace_operands(context, call, operands);
  body.module->name = fresh_name(context);
  std::vector<Traced> args{graph_argument(body.module)};
  args.insert(args.end(), operands.begin(), operands.end());
  trace::Node& node = make_node(context, "foreach_map", args, call.kwargs);
  const std::vector<Value> results = context.run_body(*body.module, values_of(operands));
  return context.tracer().track(node, result_of(*body.module, results));
}

}  // namespace retrace::higher_order
