// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/hints_wrap.py, strict_mode.py: a body that is called as it is.
#include "core/higher_order/rules.h"
#include "core/higher_order/speculate.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

/// A body and what it is called with.
struct Region {
  HopContext::Body body;
  std::vector<Traced> operands;
};

/// Dynamo gives the body what it uses and takes a tuple from it.
Region trace_region(HopContext& context, const HopCall& call) {
  Region region{{}, list_of(call, 1)};
  if (!context.session().keeps_regions) {
    region.body = context.trace_body(body_of(call, 0), values_of(region.operands));
    return region;
  }
  region.body = speculate(context, body_of(call, 0), region.operands, {});
  region.body.module->single_return = false;
  region.operands = lift_used(context, *region.body.module, region.operands);
  return region;
}

Traced empty_dict() {
  Traced out;
  out.object = std::make_shared<const trace::TracedObject>();
  return out;
}

/// The call's results, as the callable's body gave them.
Traced finish(HopContext& context, trace::Node& node, const Region& region, const trace::GraphModule& original) {
  const std::vector<Value> results = context.run_body(*region.body.module, values_of(region.operands));
  Traced tracked = context.tracer().track(node, result_of(*region.body.module, results));
  return tracked.is_list && original.single_return ? tracked.items.at(0) : tracked;
}

}  // namespace

Traced hints_wrapper(HopContext& context, HopCall& call) {
  const Region region = trace_region(context, call);
  region.body.module->name = context.unique_graph_name("hints_wrapper_body_graph");
  trace::Node& node =
      make_node(context, "hints_wrapper", {graph_argument(region.body.module), tuple_of(region.operands), empty_dict()},
                call.kwargs);
  return finish(context, node, region, body_of(call, 0));
}

Traced strict_mode(HopContext& context, HopCall& call) {
  const Region region = trace_region(context, call);
  region.body.module->name = context.unique_graph_name("strict_graph");
  trace::Node& node =
      make_node(context, "strict_mode", {graph_argument(region.body.module), tuple_of(region.operands)});
  return finish(context, node, region, body_of(call, 0));
}

}  // namespace retrace::higher_order
