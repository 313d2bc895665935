// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/scan.py, associative_scan.py.
#include <fmt/format.h>

#include <algorithm>

#include "core/higher_order/rules.h"
#include "core/higher_order/speculate.h"
#include "core/higher_order/steps.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

/// A step's function traced over one step's values.
HopContext::Body combine(HopContext& context, const HopCall& call, const std::vector<Value>& step,
                         std::size_t additional) {
  const std::vector<Value> rest = cloned(context.session(), values_of(list_of(call, additional)));
  const std::vector<Value> inputs = joined(step, rest);
  if (!context.session().keeps_regions) return context.trace_body(body_of(call, 0), inputs);
  return speculate(context, body_of(call, 0), plain(inputs), {false, false});
}

/// _check_all_tensorvariable of Dynamo.
void check_tensors(const std::vector<Value>& values) {
  if (std::all_of(values.begin(), values.end(), [](const Value& v) { return v.holds<FakeTensor*>(); })) return;
  raise(ErrorType::kUnsupported,
        "HOP: non torch.Tensor leaf\n  Explanation: Expected all leaves to be of torch.Tensor "
        "type");
}

}  // namespace

Traced scan(HopContext& context, HopCall& call) {
  trace::Session& session = context.session();
  const std::vector<Value> init = values_of(list_of(call, 1));
  const std::vector<Value> xs = values_of(list_of(call, 2));
  const SymInt length = length_of(xs);
  if (session.keeps_regions) check_tensors(joined(joined(init, xs), values_of(list_of(call, 3))));
  HopContext::Body body = combine(context, call, joined(cloned(session, init), first_slices(session, xs)), 3);
  std::vector<Value> carry = values_of(body.results);
  carry.resize(std::min(carry.size(), init.size()));
  check_same_metadata(session.env(), init, carry, "init", "carry");
  body.module->name = context.unique_graph_name("scan_combine_graph");
  trace::Node& node =
      make_node(context, "scan", {graph_argument(body.module), call.args[1], call.args[2], call.args[3]});
  ValueList out;
  for (std::size_t i = 0; i < body.results.size(); ++i) {
    const Value result = trace::value_of(body.results[i]);
    out.push_back(i < init.size() ? result : stacked(session, result, length));
  }
  return context.tracer().track(node, Value(std::move(out)));
}

Traced associative_scan(HopContext& context, HopCall& call) {
  trace::Session& session = context.session();
  const std::vector<Value> xs = values_of(list_of(call, 1));
  if (session.keeps_regions) {
    raise(ErrorType::kUnsupported,
          "torch.associative_scan: mismatched input/output tree structure\n  Explanation: The tree structure of the xs "
          "and the outs of the combine_fn are expected to be identical, but got xs: a list vs output: a tuple.");
  }
  const std::vector<Value> rows = first_slices(session, xs);
  HopContext::Body body = combine(context, call, joined(rows, first_slices(session, xs)), 2);
  if (body.results.size() != xs.size()) {
    raise(ErrorType::kAssertionError,
          fmt::format("expected combine_fn to return {} results but got {}", xs.size(), body.results.size()));
  }
  check_same_metadata(session.env(), rows, values_of(body.results), "init", "carry");
  body.module->name = context.unique_graph_name("associative_scan_combine_graph");
  trace::Node& node = make_node(context, "associative_scan", {graph_argument(body.module), call.args[1], call.args[2]});
  const std::vector<Value> out = cloned(session, xs);
  return context.tracer().track(node, Value(ValueList(out.begin(), out.end())));
}

}  // namespace retrace::higher_order
