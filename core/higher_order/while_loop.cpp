// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/while_loop.py.
#include "core/higher_order/rules.h"
#include "core/higher_order/speculate.h"
#include "core/higher_order/steps.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

/// The loop: its two bodies over carried and additional inputs.
struct Loop {
  std::vector<Value> start;  // carried inputs of no particular value
  std::vector<Value> additional;
  HopContext::Body condition;
  HopContext::Body body;
};

/// _unspecialize_carried_inputs: an integer may be any, a tensor's values are not known.
std::vector<Value> unspecialized(trace::Session& session, const std::vector<Value>& carried) {
  std::vector<Value> out;
  for (const Value& value : carried) {
    out.push_back(value.holds<SymInt>() ? Value(unseen_symbol(session.env())) : clone(session, value));
  }
  return out;
}

/// while_loop_tracing.
Loop retrace_loop(HopContext& context, const HopCall& call) {
  trace::Session& session = context.session();
  Loop loop{unspecialized(session, values_of(list_of(call, 2))), values_of(list_of(call, 3)), {}, {}};
  loop.condition = context.trace_body(body_of(call, 0), joined(cloned(session, loop.start), loop.additional));
  loop.body = context.trace_body(body_of(call, 1), joined(cloned(session, loop.start), loop.additional));
  return loop;
}

/// _call_while_loop of Dynamo. What a body takes from around it comes after the additional inputs; a graph module
/// takes nothing.
Loop capture_loop(HopContext& context, const HopCall& call) {
  trace::Session& session = context.session();
  Loop loop;
  const Allowed allowed{!session.grad_enabled(), false};
  const auto capture = [&](std::size_t arg) {
    const std::vector<Value> carried = unspecialized(session, values_of(list_of(call, 2)));
    return speculate(context, body_of(call, arg), appended(plain(carried), list_of(call, 3)), allowed);
  };
  loop.condition = capture(0);
  loop.body = capture(1);
  check_same_metadata(session.env(), values_of(loop.body.results), values_of(list_of(call, 2)), "body_fn_output",
                      "carried_inputs");
  loop.start = unspecialized(session, values_of(list_of(call, 2)));
  loop.additional = values_of(list_of(call, 3));
  return loop;
}

/// Case 1 of NOTE [Handling unback symints in subgraph of while_loop]: symbols of the body stay in it.
std::vector<Value> run_once(HopContext& context, const Loop& loop) {
  shapes::ShapeEnv& env = context.session().env();
  const bool before = env.ignore_fresh_unbacked(true);
  std::vector<Value> results = context.run_body(*loop.body.module, joined(loop.start, loop.additional));
  check_same_metadata(env, loop.start, results, "carried_inputs", "body_output");
  env.ignore_fresh_unbacked(before);
  return results;
}

/// The results of all steps, one below the other.
std::vector<Value> stack_results(trace::Session& session, const std::vector<Value>& results, const SymInt& steps) {
  std::vector<Value> out;
  for (const Value& result : results) {
    if (!result.holds<FakeTensor*>())
      raise(ErrorType::kAssertionError, "all carried_inputs must be tensors for stack_output");
    FakeTensor& row = run_one(session, "aten::unsqueeze", {clone(session, result), Value(0)});
    ValueList repeats(row.sizes.size(), Value(1));
    repeats.front() = Value(steps);
    out.emplace_back(&run_one(session, "aten::repeat", {Value(&row), Value(std::move(repeats))}));
  }
  return out;
}

/// WhileLoopAutogradOp.forward: all steps are kept for the backward pass, the last one is the result.
std::vector<Value> run_for_autograd(HopContext& context, const Loop& loop) {
  trace::Session& session = context.session();
  const std::vector<Value> results = run_once(context, loop);
  const SymInt steps = unseen_symbol(session.env());
  const std::vector<Value> all = stack_results(session, results, steps);
  session.env().expect_true(sym_ge(steps, SymInt(1)));
  std::vector<Value> out;
  for (const Value& value : all) out.emplace_back(&run_one(session, "aten::select.int", {value, Value(0), Value(-1)}));
  return out;
}

std::vector<Value> run_loop(HopContext& context, const Loop& loop) {
  trace::Session& session = context.session();
  if (needs_autograd(session, joined(loop.start, loop.additional))) return run_for_autograd(context, loop);
  std::vector<Value> out;
  for (Value& result : run_once(context, loop))
    out.push_back(result.holds<SymInt>() ? Value(session.env().new_unbacked_int()) : std::move(result));
  return out;
}

/// The loop traced and its node.
trace::Node& make_loop(HopContext& context, const HopCall& call, Loop& loop) {
  loop = context.session().keeps_regions ? capture_loop(context, call) : retrace_loop(context, call);
  loop.condition.module->name = context.unique_graph_name("while_loop_cond_graph");
  loop.body.module->name =
      "while_loop_body_graph" + loop.condition.module->name.substr(loop.condition.module->name.rfind('_'));
  return make_node(
      context, call.name,
      {graph_argument(loop.condition.module), graph_argument(loop.body.module), call.args[2], call.args[3]},
      call.kwargs);
}

Traced track_all(HopContext& context, trace::Node& node, const std::vector<Value>& results) {
  return context.tracer().track(node, Value(ValueList(results.begin(), results.end())));
}

}  // namespace

Traced while_loop(HopContext& context, HopCall& call) {
  Loop loop;
  trace::Node& node = make_loop(context, call, loop);
  return track_all(context, node, run_loop(context, loop));
}

Traced while_loop_stack_output(HopContext& context, HopCall& call) {
  Loop loop;
  trace::Node& node = make_loop(context, call, loop);
  const std::vector<Value> results = run_once(context, loop);
  return track_all(context, node,
                   stack_results(context.session(), results, context.session().env().new_unbacked_int()));
}

}  // namespace retrace::higher_order
