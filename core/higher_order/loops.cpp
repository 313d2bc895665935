// SPDX-License-Identifier: Apache-2.0
// while_loop, map and scan (torch/_higher_order_ops/while_loop.py, map.py, scan.py).
#include <fmt/format.h>

#include <algorithm>

#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

Value clone(trace::Session& session, const Value& value) {
  if (!value.holds<FakeTensor*>()) return value;
  FakeTensor& copy = run_one(session, "aten::clone", {value});
  copy.constant.reset();
  return Value(&copy);
}

std::vector<Value> cloned(trace::Session& session, const std::vector<Value>& values) {
  std::vector<Value> out;
  for (const Value& value : values) out.push_back(clone(session, value));
  return out;
}

std::vector<Value> joined(std::vector<Value> a, const std::vector<Value>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// first_slice_copy.
Value first_slice(trace::Session& session, const Value& value) {
  return Value(&run_one(session, "aten::select_copy.int", {value, Value(0), Value(0)}));
}

std::vector<Value> first_slices(trace::Session& session, const std::vector<Value>& values) {
  std::vector<Value> out;
  for (const Value& value : values) out.push_back(first_slice(session, value));
  return out;
}

/// One result of a step, as many times as there are steps, contiguous.
Value stacked(trace::Session& session, const Value& value, const SymInt& length) {
  if (!value.holds<FakeTensor*>()) return value;
  const FakeTensor& step = *value.get<FakeTensor*>();
  FakeTensor& out = session.new_tensor();
  out.dtype = step.dtype;
  out.device = step.device;
  out.storage = &session.new_storage();
  out.sizes = step.sizes;
  out.sizes.insert(out.sizes.begin(), length);
  out.strides.assign(out.sizes.size(), SymInt(1));
  for (std::size_t i = out.sizes.size(); i-- > 1;)
    out.strides[i - 1] = out.strides[i] * sym_max(out.sizes[i], SymInt(1));
  return Value(&out);
}

/// `a == b` of two sizes; false where data would have to decide.
bool equal_sizes(shapes::ShapeEnv& env, const SymInts& a, const SymInts& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const SymBool equal = sym_eq(a[i], b[i]);
    const bool decided = equal.is_bool() || !equal.node()->has_unbacked;
    if (!(decided ? env.guard(equal) : env.statically_known_true(equal))) return false;
  }
  return true;
}

std::string difference(shapes::ShapeEnv& env, const Value& a, const Value& b) {
  if (a.holds<SymInt>() && b.holds<SymInt>()) return {};
  if (!a.holds<FakeTensor*>() || !b.holds<FakeTensor*>()) return "type";
  const FakeTensor& x = *a.get<FakeTensor*>();
  const FakeTensor& y = *b.get<FakeTensor*>();
  if (!equal_sizes(env, x.sizes, y.sizes)) {
    return fmt::format("'shape: torch.Size({}) vs torch.Size({})'", to_string(x.sizes), to_string(y.sizes));
  }
  if (x.dtype != y.dtype) return fmt::format("'dtype: {} vs {}'", torch_name(x.dtype), torch_name(y.dtype));
  if (!equal_sizes(env, x.strides, y.strides)) return "'stride'";
  return x.device == y.device ? std::string() : "device";
}

/// check_meta_consistency of torch/_higher_order_ops/utils.py.
void check_same_metadata(shapes::ShapeEnv& env, const std::vector<Value>& a, const std::vector<Value>& b,
                         std::string_view a_name, std::string_view b_name) {
  if (a.size() != b.size()) {
    raise(ErrorType::kUnsupported, fmt::format("Expected {} and {} to have same number of outputs", a_name, b_name));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::string found = difference(env, a[i], b[i]);
    if (found.empty()) continue;
    raise(ErrorType::kUnsupported,
          fmt::format("Expected {} and {} to have same metadata but found:\npair[{}] differ in {}", a_name, b_name, i,
                      found));
  }
}

SymInt length_of(const Value& value) { return value.get<FakeTensor*>()->sizes.at(0); }

}  // namespace

Traced while_loop(HopContext& context, HopCall& call) {
  trace::Session& session = context.session();
  const std::vector<Value> carried = values_of(list_of(call, 2));
  const std::vector<Value> additional = values_of(list_of(call, 3));
  std::vector<Value> start;
  const auto ignored_symbol = [&] {
    const bool before = session.env().ignore_fresh_unbacked(true);
    const SymInt symbol = session.env().new_unbacked_int();
    session.env().ignore_fresh_unbacked(before);
    return symbol;
  };
  for (const Value& value : carried)
    start.push_back(value.holds<SymInt>() ? Value(ignored_symbol()) : clone(session, value));
  HopContext::Body condition = context.trace_body(body_of(call, 0), joined(cloned(session, start), additional));
  HopContext::Body body = context.trace_body(body_of(call, 1), joined(cloned(session, start), additional));
  condition.module->name = context.unique_graph_name("while_loop_cond_graph");
  body.module->name = "while_loop_body_graph" + condition.module->name.substr(condition.module->name.rfind('_'));
  trace::Node& node =
      make_node(context, "while_loop",
                {graph_argument(condition.module), graph_argument(body.module), call.args[2], call.args[3]});

  const bool before = session.env().ignore_fresh_unbacked(true);
  std::vector<Value> results = context.run_body(*body.module, joined(start, additional));
  check_same_metadata(session.env(), start, results, "carried_inputs", "body_output");
  session.env().ignore_fresh_unbacked(before);
  ValueList out;
  for (Value& result : results)
    out.push_back(result.holds<SymInt>() ? Value(session.env().new_unbacked_int()) : std::move(result));
  return context.tracer().track(node, Value(std::move(out)));
}

Traced map_impl(HopContext& context, HopCall& call) {
  trace::Session& session = context.session();
  const std::vector<Value> xs = values_of(list_of(call, 1));
  const std::vector<Value> rest = values_of(list_of(call, 2));
  HopContext::Body body = context.trace_body(body_of(call, 0), joined(first_slices(session, xs), rest));
  body.module->name = context.unique_graph_name("body_graph");
  ValueList out;
  for (const Value& result : context.run_body(*body.module, joined(first_slices(session, xs), rest))) {
    out.push_back(stacked(session, result, length_of(xs.at(0))));
  }
  return emit(context, "map_impl", {graph_argument(body.module), call.args[1], call.args[2]}, Value(std::move(out)));
}

Traced scan(HopContext& context, HopCall& call) {
  trace::Session& session = context.session();
  const std::vector<Value> init = values_of(list_of(call, 1));
  const std::vector<Value> xs = values_of(list_of(call, 2));
  const std::vector<Value> rest = values_of(list_of(call, 3));
  HopContext::Body body = context.trace_body(
      body_of(call, 0), joined(joined(cloned(session, init), first_slices(session, xs)), cloned(session, rest)));
  std::vector<Value> carry = values_of(body.results);
  carry.resize(std::min(carry.size(), init.size()));
  check_same_metadata(session.env(), init, carry, "init", "carry");
  body.module->name = context.unique_graph_name("scan_combine_graph");
  trace::Node& node =
      make_node(context, "scan", {graph_argument(body.module), call.args[1], call.args[2], call.args[3]});
  ValueList out;
  for (std::size_t i = 0; i < body.results.size(); ++i) {
    const Value result = trace::value_of(body.results[i]);
    out.push_back(i < init.size() ? result : stacked(session, result, length_of(xs.at(0))));
  }
  return context.tracer().track(node, Value(std::move(out)));
}

}  // namespace retrace::higher_order
