// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/cond.py trace_cond and cond_fake_tensor_mode: both branches are traced; results that
// differ in a size get an unbacked one.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

class Merger {
 public:
  explicit Merger(trace::Session& session) : session_(session), env_(session.env()) {}

  Value merge(const Value& a, const Value& b) {
    if (a.is_none() && b.is_none()) return {};
    if (a.holds<SymInt>() && b.holds<SymInt>()) return Value(merge_size(a.get<SymInt>(), b.get<SymInt>()));
    if (!a.holds<FakeTensor*>() || !b.holds<FakeTensor*>()) {
      raise(ErrorType::kAssertionError, "expected both a and b to be FakeTensor");
    }
    return Value(&merge_tensors(*a.get<FakeTensor*>(), *b.get<FakeTensor*>()));
  }

 private:
  static bool has_unbacked(const SymInt& s) { return !s.is_int() && s.node()->has_unbacked; }

  shapes::ValueRange range(const SymInt& s) {
    if (s.is_int()) return {s.as_int(), s.as_int()};
    const expr::Expr e = env_.replace(s.node());
    return e->kind == expr::Kind::kSymbol ? env_.range_of(e) : shapes::ValueRange{};
  }

  SymInt merge_size(const SymInt& a, const SymInt& b) {
    const SymInt x = env_.replace(a);
    const SymInt y = env_.replace(b);
    if (!has_unbacked(x) && !has_unbacked(y) && same(x, y)) return a;
    const SymInt merged = env_.new_unbacked_int();
    const shapes::ValueRange ra = range(a);
    const shapes::ValueRange rb = range(b);
    const auto open = [](std::int64_t v) {
      return v == shapes::kOo || v == shapes::kNegOo ? std::nullopt : std::optional(v);
    };
    env_.constrain_range(merged, open(std::min(ra.lower, rb.lower)), open(std::max(ra.upper, rb.upper)));
    return merged;
  }

  FakeTensor& merge_tensors(const FakeTensor& a, const FakeTensor& b) {
    const auto expect = [](bool equal, std::string_view what) {
      if (!equal)
        raise(ErrorType::kRuntimeError,
              fmt::format("When merging two branches' output in torch.cond, expected same {} but got different ones.",
                          what));
    };
    expect(a.dtype == b.dtype, "dtype");
    expect(a.device == b.device, "device");
    expect(a.dim() == b.dim(), "dim");
    FakeTensor& merged = session_.new_tensor();
    merged.dtype = a.dtype;
    merged.device = a.device;
    merged.storage = &session_.new_storage();
    for (std::size_t i = 0; i < a.sizes.size(); ++i) merged.sizes.push_back(merge_size(a.sizes[i], b.sizes[i]));
    merged.strides = merge_strides(a, b, merged.sizes);
    return merged;
  }

  /// Positions by ascending stride at the hints, later dimensions first among equals.
  std::vector<std::size_t> ascending(const FakeTensor& t) {
    std::vector<std::size_t> order(t.strides.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
      return env_.hint_or(t.strides[i], 8192) < env_.hint_or(t.strides[j], 8192);
    });
    return order;
  }

  SymInts merge_strides(const FakeTensor& a, const FakeTensor& b, const SymInts& sizes) {
    const std::vector<std::size_t> order = ascending(a);
    if (order != ascending(b)) {
      raise(ErrorType::kRuntimeError, "The sorted order of strides of the two branches' output doesn't match.");
    }
    SymInts strides(sizes.size());
    std::map<std::string, SymInt> known;
    for (const std::size_t i : order) {
      const SymInt& stride = a.strides[i];
      const auto at = known.find(to_string(stride));
      if (stride.is(0)) continue;
      if (at != known.end()) {
        strides[i] = at->second;
      } else if (stride.is(1)) {
        strides[i] = SymInt(1);
        known.emplace("1", SymInt(1));
      } else {
        raise(ErrorType::kRuntimeError,
              "It seems one of cond's output stride is not a simple accumulative multiplication of sizes.");
      }
      known.insert_or_assign(to_string(stride * a.sizes[i]), strides[i] * sizes[i]);
    }
    return strides;
  }

  trace::Session& session_;
  shapes::ShapeEnv& env_;
};

}  // namespace

Traced cond(HopContext& context, HopCall& call) {
  const trace::GraphModule& on_true = body_of(call, 1);
  const trace::GraphModule& on_false = body_of(call, 2);
  const Value& predicate = call.args[0].value;
  // Dynamo takes the branch of a constant predicate.
  if (context.session().keeps_regions && predicate.holds<SymBool>() && predicate.get<SymBool>().is_bool())
    return tuple_of(context.inline_body(predicate.get<SymBool>().as_bool() ? on_true : on_false, list_of(call, 3)));
  const std::vector<Value> operands = values_of(list_of(call, 3));
  HopContext::Body true_body = context.trace_body(on_true, operands);
  HopContext::Body false_body = context.trace_body(on_false, operands);
  if (true_body.results.size() != false_body.results.size()) {
    raise(ErrorType::kUserError, fmt::format("Expected to return same number of outputs but got:\n  true branch "
                                             "returns {} item(s)\n  false branch returns {} item(s)",
                                             true_body.results.size(), false_body.results.size()));
  }
  true_body.module->name = context.unique_graph_name("true_graph");
  false_body.module->name = "false_graph" + true_body.module->name.substr(true_body.module->name.rfind('_'));
  trace::Node& node =
      make_node(context, "cond",
                {call.args[0], graph_argument(true_body.module), graph_argument(false_body.module), call.args[3]});

  trace::Session& session = context.session();
  const bool before = session.env().ignore_fresh_unbacked(true);
  const std::vector<Value> true_results = context.run_body(*true_body.module, operands);
  const std::vector<Value> false_results = context.run_body(*false_body.module, operands);
  session.env().ignore_fresh_unbacked(before);
  Merger merger(session);
  ValueList merged;
  for (std::size_t i = 0; i < true_results.size(); ++i)
    merged.push_back(merger.merge(true_results[i], false_results[i]));
  return context.tracer().track(node, Value(std::move(merged)));
}

}  // namespace retrace::higher_order
