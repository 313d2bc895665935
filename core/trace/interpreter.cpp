// SPDX-License-Identifier: Apache-2.0
#include "core/trace/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/higher_order/hop_table.h"
#include "core/ops/run.h"
#include "core/ops/vocabulary/strides.h"
#include "core/shapes/lessons.h"
#include "core/trace/autocast.h"
#include "core/trace/constant_values.h"
#include "core/trace/mode_switch.h"
#include "core/trace/recorded.h"
#include "core/trace/sym_ops.h"
#include "core/trace/unbacked_bindings.h"

namespace retrace::trace {

namespace {

constexpr std::string_view kHigherOrder = "torch.ops.higher_order.";
constexpr std::string_view kPredispatch = "torch._functorch.predispatch.";

Traced traced_arg(const Arg& arg, const Interpreter::Environment& env);

Traced traced_list(const ArgList& list, const Interpreter::Environment& env) {
  Traced out;
  out.is_list = true;
  out.items.reserve(list.size());
  for (const Arg& element : list) out.items.push_back(traced_arg(element, env));
  return out;
}

Traced traced_arg(const Arg& arg, const Interpreter::Environment& env) {
  if (Node* node = arg.node()) return env.at(node);
  Traced out;
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>) {
          out.value = Value(std::string_view(v));
        } else if constexpr (std::is_same_v<T, ArgList>) {
          out = traced_list(v, env);
        } else if constexpr (std::is_same_v<T, ArgDict>) {
          std::vector<std::pair<std::string, Traced>> entries;
          for (const auto& [key, element] : v) entries.emplace_back(key, traced_arg(element, env));
          out.object = std::make_shared<const TracedObject>(TracedObject{std::move(entries)});
        } else if constexpr (std::is_same_v<T, std::shared_ptr<GraphModule>> || std::is_same_v<T, OperatorName>) {
          out.object = std::make_shared<const TracedObject>(TracedObject{v});
        } else if constexpr (!std::is_same_v<T, Node*> && !std::is_same_v<T, std::monostate>) {
          out.value = Value(v);
        }
      },
      static_cast<const Arg::variant&>(arg));
  return out;
}

std::vector<Traced> traced_args(const Node& node, const Interpreter::Environment& env) {
  std::vector<Traced> out;
  out.reserve(node.args.size());
  for (const Arg& a : node.args) out.push_back(traced_arg(a, env));
  return out;
}

std::vector<NamedTraced> traced_kwargs(const Node& node, const Interpreter::Environment& env) {
  std::vector<NamedTraced> out;
  for (const auto& [name, a] : node.kwargs) out.push_back({name, traced_arg(a, env)});
  return out;
}

/// The same without copies of what nodes gave.
GivenArguments given_arguments(const ops::Operator& op, const Node& node, const Interpreter::Environment& env) {
  GivenArguments out;
  out.constants.reserve(node.args.size() + node.kwargs.size());  // they are pointed to
  const auto given = [&](const Arg& arg) {
    const Node* made = arg.node();
    return made != nullptr ? &env.at(made) : &out.constants.emplace_back(traced_arg(arg, env));
  };
  out.positional.reserve(std::max(node.args.size(), op.parameters.size()));
  for (const Arg& arg : node.args) out.positional.push_back(given(arg));
  for (const auto& [name, arg] : node.kwargs) out.named.emplace_back(name, given(arg));
  return out;
}

/// An operator's argument: symbolic numbers as SymNode.expr shows them.
Value replaced_all(shapes::ShapeEnv& env, const Traced& traced) {
  if (!traced.is_list) return replaced(env, traced.value);
  ValueList list;
  list.reserve(traced.items.size());
  for (const Traced& item : traced.items) list.push_back(replaced_all(env, item));
  return Value(std::move(list));
}

/// _dynamo/variables/builder.py handle_traced_output: a function of torch may give a plain float, and of plain
/// numbers only a few give an int; Python's own operators are computed at once.
bool dynamo_keeps(std::string_view target, const Value& plain) {
  if (!target.starts_with("torch.") || plain.holds<SymFloat>()) return true;
  return plain.holds<SymInt>() && (target == "torch.sym_int" || target == "torch.sym_max" || target == "torch.sym_min");
}

/// The tensor that an out form writes, where one is given by that name.
const FakeTensor* given_out(const ops::Schema& schema, const std::vector<Value>& values) {
  if (!schema.is_mutable || values.empty() || !values.back().holds<FakeTensor*>()) return nullptr;
  const ops::SchemaArg& last = schema.args[schema.args.size() - 1];
  return last.kwarg_only && last.name == "out" ? values.back().get<FakeTensor*>() : nullptr;
}

/// _dynamo/variables/torch.py handles no out form that gives its tensor another shape, or writes it otherwise than in
/// rows.
void check_out(Session& session, const FakeTensor& out, const SharedInts& sizes_before) {
  if (!same(out.sizes.values(), sizes_before.values()))
    raise(ErrorType::kUnsupported, "Shape mismatch with out= tensor variant");
  if (!ops::is_contiguous_for(session.env(), ops::geometry(out), MemoryFormat::kContiguous))
    raise(ErrorType::kUnsupported, "Attempted to call op with non-contiguous `out=` tensor");
}

bool is_plain_number(const Value& value) {
  return (value.holds<SymInt>() || value.holds<SymFloat>() || value.holds<SymBool>()) &&
         expression_of(value) == nullptr;
}

/// Does the operator give one bare value, or several?
bool single_result(const ops::Schema& schema) { return schema.returns.size() == 1; }

}  // namespace

std::vector<Traced> Interpreter::run(const GraphModule& module, Environment env) {
  return run_nodes(module, env, [](Node&) {});
}

std::vector<Traced> Interpreter::run_apart(GraphModule& module, Environment env) {
  return run_nodes(module, env,
                   [&](Node& node) { module.graph.finish(node, [&](const Node& gone) { env.forget(gone); }); });
}

template <typename Done>
std::vector<Traced> Interpreter::run_nodes(const GraphModule& module, Environment& env, Done&& done) {
  env.reserve(module.graph.created());
  std::vector<Traced> results;
  const std::string outer = tracer_.session().current_node;
  Node* next = nullptr;
  for (Node* node = module.graph.first(); node != nullptr; node = next) {
    next = module.graph.after(*node);
    if (node->op == NodeOp::kPlaceholder || node->op == NodeOp::kGetAttr) continue;
    if (node->op == NodeOp::kOutput) {
      results = traced_args(*node, env);
      break;
    }
    if (names_nodes_) tracer_.session().current_node = node->name;
    if (shapes::Lessons* lessons = names_nodes_ ? tracer_.session().env().observer() : nullptr)
      lessons->move_to(node->name, node->target);
    Traced result = run_node(*node, module, env);
    if (rebinds_ && !node->unbacked_bindings.empty()) {
      trace::rebind_unbacked(tracer_.session().env(), *node, value_of(result));
    }
    note_computed(*node, result);
    env[node] = std::move(result);
    done(*node);
  }
  if (names_nodes_) tracer_.session().current_node = outer;
  return results;
}

void Interpreter::note_computed(const Node& node, const Traced& result) {
  std::vector<SymInt>* computed = tracer_.session().computed;
  if (computed != nullptr && names_nodes_ && result.value.holds<SymInt>() && only_computes(node.target))
    computed->push_back(tracer_.session().env().replace(result.value.get<SymInt>()));
}

Traced Interpreter::run_node(const Node& node, const GraphModule& module, Environment& env) {
  if (node.op == NodeOp::kCall) return run_call(node, module, env);
  const Traced& of = env.at(node.args[0].node());
  const auto index = static_cast<std::size_t>(*node.args[1].if_holds<std::int64_t>());
  if (index >= of.items.size())
    raise(ErrorType::kIndexError, of.is_list ? "list index out of range" : "tuple index out of range");
  return of.items[index];
}

Traced Interpreter::run_call(const Node& node, const GraphModule& module, Environment& env) {
  if (node.operation != nullptr) return run_operator(node, module, env);
  std::vector<Traced> args = traced_args(node, env);
  std::vector<NamedTraced> kwargs = traced_kwargs(node, env);
  if (is_symbolic_operation(node.target)) return run_symbolic(node, std::move(args));
  if (node.target.starts_with(kHigherOrder)) {
    HopCall call{node.target.substr(kHigherOrder.size()), node, std::move(args), std::move(kwargs), module.source};
    if (const HopRule rule = higher_order::find_hop(call.name)) return rule(*this, call);
    return run_unknown(node, std::move(call.args), call.kwargs, module);
  }
  if (is_mode_switch(node.target)) return run_mode_switch(tracer_, node.target, args);
  if (node.target.starts_with(kPredispatch)) return run_predispatch(node, std::move(args), kwargs, module);
  return run_unknown(node, std::move(args), kwargs, module);
}

// ---- Symbolic numbers

Traced Interpreter::run_symbolic(const Node& node, std::vector<Traced> args) {
  std::string_view target = node.target == "torch.sym_int" ? std::string_view("math.trunc") : node.target;
  const auto symbolic = [](const Traced& t) { return t.proxy != nullptr || is_symbolic(t.value); };
  bool any_symbolic = false;
  bool any_float = false;
  for (Traced& a : args) {
    any_symbolic |= symbolic(a);
    for (const Traced& item : a.items) any_symbolic |= symbolic(item);
    any_float |= a.value.holds<SymFloat>();
  }
  if (args.size() == 2 && !symbolic(args[0]) && symbolic(args[1])) {
    if (const std::string_view swapped = reflected(target); !swapped.empty()) {
      target = swapped;  // Python's `2 < u0` asks u0.__gt__(2)
      std::swap(args[0], args[1]);
    }
  }
  if (any_symbolic && any_float && args.size() == 2 && promotes_to_float(target)) {
    for (Traced& a : args) {
      if (!a.value.holds<SymInt>()) continue;
      if (!symbolic(a)) {
        a.value = Value(static_cast<double>(a.value.get<SymInt>().as_int()));
      } else {
        a = tracer_.symbolic_call("torch.sym_float", {a},
                                  evaluate_symbolic(tracer_.session().env(), "torch.sym_float", std::vector{a.value}));
      }
    }
  }
  if (target == "_operator.mul") {  // __sym_dispatch__: multiplication by a plain one
    if (!symbolic(args[1]) && args[1].value.holds<SymInt>() && args[1].value.get<SymInt>().is(1)) return args[0];
    if (!symbolic(args[0]) && args[0].value.holds<SymInt>() && args[0].value.get<SymInt>().is(1)) return args[1];
  }
  std::vector<Value> values;
  for (const Traced& a : args) values.push_back(value_of(a));
  const Value result = evaluate_symbolic(tracer_.session().env(), target, values);
  if (any_symbolic) return tracer_.symbolic_call(target, args, result);
  if (tracer_.session().keeps_regions && !dynamo_keeps(node.target, result)) raise_non_tensor();
  Traced plain;
  plain.value = result;
  return plain;
}

// ---- Operators

Traced Interpreter::run_operator(const Node& node, const GraphModule& module, const Environment& env) {
  const ops::Operator& op = *node.operation;
  GivenArguments given = given_arguments(op, node, env);
  const BoundArguments bound = bind_arguments(op, given);
  bool handled = false;
  Traced out = special(op, bound, handled);
  if (handled) return out;
  if (op.rule == nullptr) {
    if (op.is_builtin) raise(ErrorType::kUnsupported, fmt::format("unsupported operator: {}", node.target));
    return run_unknown(node, traced_args(node, env), traced_kwargs(node, env), module);
  }
  if (op.schema->name == "aten::lift_fresh") {
    return emit(*ops::find_operator("torch.ops.aten.lift_fresh_copy.default"), bound);
  }
  return emit(op, bound);
}

Traced Interpreter::emit(const ops::Operator& op, const BoundArguments& bound) {
  Session& session = tracer_.session();
  const ops::Schema& schema = *op.schema;
  std::vector<Value> values;
  values.reserve(bound.size());
  for (std::size_t i = 0; i < bound.size(); ++i)
    values.push_back(bound[i] != nullptr ? replaced_all(session.env(), *bound[i]) : op.parameters[i].default_value);
  SpelledArguments spelled = spell_arguments(op, bound, tracer_);
  Node& node = tracer_.call(op, std::move(spelled.args), std::move(spelled.kwargs));
  autocast(session, schema, values);
  ops::Call call(session, schema, values);
  const FakeTensor* constant = known_constant(schema, values);
  if (constant != nullptr && schema.name.starts_with("aten::_assert_async"))
    check_constant(*constant, values.size() > 1 ? values[1].get<std::string_view>() : std::string_view());
  const FakeTensor* out = session.keeps_regions ? given_out(schema, values) : nullptr;
  const SharedInts out_sizes = out != nullptr ? out->sizes : SharedInts();
  const ops::Results results =
      vmap_.is_batched(values) ? vmap_.run(schema, values) : ops::run(op, call, &session.calls);
  if (out != nullptr) check_out(session, *out, out_sizes);
  if (schema.returns.empty()) return tracer_.track(node, Value());
  const Value value =
      single_result(schema) && results.size() == 1 ? results.front() : Value(ValueList(results.begin(), results.end()));
  if (constant != nullptr) hand_on_constant(schema.name, *constant, value);
  // proxy_call asks whether what is lifted is small enough to be kept; Dynamo does not.
  if (schema.name == "aten::lift_fresh_copy" && !session.keeps_regions)
    session.env().guard(sym_le(value.get<FakeTensor*>()->numel(), 1));
  if (is_plain_number(value)) return plain_result(node, value);
  return tracer_.track(node, value);
}

/// A number that is none of a symbol: track_tensor_tree passes it by, so that the node records nothing; Dynamo keeps no
/// such call of an operator unless it gives a float.
Traced Interpreter::plain_result(Node& node, const Value& value) {
  if (tracer_.session().keeps_regions && !value.holds<SymFloat>()) raise_non_tensor();
  Traced out = tracer_.track(node, value);
  node.has_val = false;
  return out;
}

/// The first argument, where PyTorch computes with its value; an attribute's value counts only once it is lifted.
const FakeTensor* Interpreter::known_constant(const ops::Schema& schema, const std::vector<Value>& values) const {
  if (values.empty() || !values.front().holds<FakeTensor*>()) return nullptr;
  const FakeTensor* tensor = values.front().get<FakeTensor*>();
  if (!tensor->constant) return nullptr;
  return !tracer_.is_attribute(tensor) || lifts_constant(schema.name) ? tensor : nullptr;
}

Traced Interpreter::emit(std::string_view target, const std::vector<Traced>& args) {
  const ops::Operator& op = *ops::find_operator(target);
  GivenArguments given;
  for (const Traced& arg : args) given.positional.push_back(&arg);
  return emit(op, bind_arguments(op, given));
}

Traced Interpreter::run_predispatch(const Node& node, std::vector<Traced> args, const std::vector<NamedTraced>& kwargs,
                                    const GraphModule& module) {
  std::vector<Value> values;
  for (const Traced& a : args) values.push_back(value_of(a));
  const std::optional<Value> result = vmap_.call(node.target.substr(kPredispatch.size()), values);
  if (!result) return run_unknown(node, std::move(args), kwargs, module);
  ArgList list;
  for (const Traced& a : args) list.push_back(tracer_.argument(a));
  return tracer_.track(tracer_.call(node.target, std::move(list), {}), *result);
}

Traced Interpreter::run_unknown(const Node& node, std::vector<Traced> args, const std::vector<NamedTraced>& kwargs,
                                const GraphModule& module) {
  if (node.origin == nullptr || module.source == nullptr)
    raise(ErrorType::kUnsupported, fmt::format("unsupported operator: {}", node.target));
  ArgList list;
  for (const Traced& a : args) list.push_back(tracer_.argument(a));
  ArgDict dict;
  for (const NamedTraced& a : kwargs) dict.emplace_back(a.name, tracer_.argument(a.value));
  const std::string_view name = base_name(node.target);
  Node& made = tracer_.call(node.target, std::move(list), std::move(dict), name.substr(0, name.rfind('.')));
  made.origin = node.origin;  // Dynamo's graph is traced again
  tracer_.module().source = module.source;
  tracer_.session().count_assumed(node.target);
  std::vector<Value> values;
  for (const Traced& a : args) values.push_back(value_of(a));
  for (const NamedTraced& a : kwargs) values.push_back(value_of(a.value));
  return tracer_.track(made, recorded_result(tracer_.session(), *node.origin, *module.source, values));
}

}  // namespace retrace::trace
