// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/cond.py trace_cond and cond_fake_tensor_mode: both branches are traced; results that
// differ in a size get an unbacked one.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/higher_order/rules.h"
#include "core/higher_order/speculate.h"
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
    for (std::size_t i = 0; i < a.sizes.size(); ++i) merged.sizes.edit().push_back(merge_size(a.sizes[i], b.sizes[i]));
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

/// Both branches, and the operands of both.
struct Branches {
  HopContext::Body on_true;
  HopContext::Body on_false;
  Traced operands;
};

/// trace_cond.
Branches retrace_branches(HopContext& context, const HopCall& call) {
  const std::vector<Value> operands = values_of(list_of(call, 3));
  HopContext::Body on_true = context.trace_body(body_of(call, 1), operands);
  HopContext::Body on_false = context.trace_body(body_of(call, 2), operands);
  return {std::move(on_true), std::move(on_false), call.args[3]};
}

/// A branch as CondHigherOrderVariable captures it.
HopContext::Body capture_branch(HopContext& context, const HopCall& call, std::size_t arg) {
  const bool may_alias = !context.session().grad_enabled();
  HopContext::Body branch = speculate(context, body_of(call, arg), list_of(call, 3), {may_alias, may_alias});
  context.session().advance_epoch();
  for (const Value& result : values_of(branch.results)) {
    const bool constant = (result.holds<SymInt>() || result.holds<SymBool>()) && !trace::is_symbolic(result);
    if (constant || result.holds<FakeTensor*>()) continue;
    raise(ErrorType::kUnsupported,
          "torch.cond: unsupported branch return type\n  Explanation: Expected branches to return a possibly nested "
          "pytree of tensors or constant ints.");
  }
  return branch;
}

Branches capture_branches(HopContext& context, const HopCall& call) {
  HopContext::Body on_true = capture_branch(context, call, 1);
  HopContext::Body on_false = capture_branch(context, call, 2);
  std::vector<Traced> operands = merge_used(context, *on_true.module, *on_false.module, list_of(call, 3));
  return {std::move(on_true), std::move(on_false), tuple_of(std::move(operands))};
}

void check_same_count(const Branches& branches) {
  const std::size_t a = branches.on_true.results.size();
  const std::size_t b = branches.on_false.results.size();
  if (a == b) return;
  raise(ErrorType::kUserError, fmt::format("Expected to return same number of outputs but got:\n  true branch "
                                           "returns {} item(s)\n  false branch returns {} item(s)",
                                           a, b));
}

/// cond_fake_tensor_mode.
Value merged_results(HopContext& context, const Branches& branches) {
  trace::Session& session = context.session();
  const std::vector<Value> operands = values_of(branches.operands.items);
  if (needs_autograd(session, operands)) {
    trace_for_schema(context, *branches.on_true.module, operands);
    trace_for_schema(context, *branches.on_false.module, operands);
  }
  const bool before = session.env().ignore_fresh_unbacked(true);
  const std::vector<Value> on_true = context.run_body(*branches.on_true.module, operands);
  const std::vector<Value> on_false = context.run_body(*branches.on_false.module, operands);
  session.env().ignore_fresh_unbacked(before);
  Merger merger(session);
  ValueList merged;
  for (std::size_t i = 0; i < on_true.size(); ++i) merged.push_back(merger.merge(on_true[i], on_false[i]));
  return Value(std::move(merged));
}

}  // namespace

Traced cond(HopContext& context, HopCall& call) {
  const Value& predicate = call.args.at(0).value;
  const bool captures = context.session().keeps_regions;
  // Dynamo takes the branch of a constant predicate.
  if (captures && predicate.holds<SymBool>() && predicate.get<SymBool>().is_bool())
    return tuple_of(context.inline_body(body_of(call, predicate.get<SymBool>().as_bool() ? 1 : 2), list_of(call, 3)));
  Branches branches = captures ? capture_branches(context, call) : retrace_branches(context, call);
  check_same_count(branches);
  trace::GraphModule& on_true = *branches.on_true.module;
  trace::GraphModule& on_false = *branches.on_false.module;
  on_true.name = context.unique_graph_name("true_graph");
  on_false.name = "false_graph" + on_true.name.substr(on_true.name.rfind('_'));
  trace::Node& node = make_node(context, "cond",
                                {call.args[0], graph_argument(branches.on_true.module),
                                 graph_argument(branches.on_false.module), branches.operands});
  return context.tracer().track(node, merged_results(context, branches));
}

}  // namespace retrace::higher_order
