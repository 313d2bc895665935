// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/invoke_subgraph.py: one body, called from several places under an identifier.
#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

Traced invoke_subgraph(HopContext& context, HopCall& call) {
  if (context.session().keeps_regions) {
    raise(ErrorType::kUnsupported,
          "Attempted to wrap torch._higher_order_ops.invoke_subgraph\n  Explanation: Directly using invoke_subgraph is "
          "not supported. Use nested_compile_region");
  }
  const trace::GraphModule& body = body_of(call, 0);
  if (call.args.size() < 2) raise(ErrorType::kTypeError, "invoke_subgraph: missing required argument 'identifier'");
  const std::vector<Traced> operands(call.args.begin() + 2, call.args.end());
  const std::vector<Value> values = values_of(operands);
  HopContext::Body traced = context.trace_body(body, values);
  traced.module->name = context.unique_graph_name("repeated_subgraph");
  trace::Node& node =
      make_node(context, "invoke_subgraph", appended({graph_argument(traced.module), call.args[1]}, operands));
  return context.tracer().track(node, result_of(*traced.module, context.run_body(*traced.module, values)));
}

}  // namespace retrace::higher_order
