// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/map.py.
#include "core/higher_order/rules.h"
#include "core/higher_order/speculate.h"
#include "core/higher_order/steps.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

/// MapHigherOrderVariable: a row is `select`ed, hence a view.
HopContext::Body capture_body(HopContext& context, const HopCall& call) {
  std::vector<Value> rows;
  for (const Value& x : values_of(list_of(call, 1)))
    rows.emplace_back(&run_one(context.session(), "aten::select.int", {x, Value(0), Value(0)}));
  return speculate(context, body_of(call, 0), appended(plain(rows), list_of(call, 2)), {false, false});
}

}  // namespace

Traced map_impl(HopContext& context, HopCall& call) {
  trace::Session& session = context.session();
  const std::vector<Value> xs = values_of(list_of(call, 1));
  const std::vector<Value> rest = values_of(list_of(call, 2));
  const SymInt length = length_of(xs);
  HopContext::Body body = session.keeps_regions
                              ? capture_body(context, call)
                              : context.trace_body(body_of(call, 0), joined(first_slices(session, xs), rest));
  body.module->name = context.unique_graph_name("body_graph");
  if (needs_autograd(session, joined(xs, rest)))
    trace_for_schema(context, *body.module, joined(first_slices(session, xs), rest));
  ValueList out;
  for (const Value& result : context.run_body(*body.module, joined(first_slices(session, xs), rest)))
    out.push_back(stacked(session, result, length));
  return emit(context, "map_impl", {graph_argument(body.module), call.args[1], call.args[2]}, Value(std::move(out)));
}

}  // namespace retrace::higher_order
