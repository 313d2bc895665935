// SPDX-License-Identifier: Apache-2.0
#include "core/higher_order/values.h"

#include <algorithm>

#include "core/ops/run.h"
#include "core/ops/schema.h"

namespace retrace::higher_order {

using trace::Traced;

const trace::GraphModule& body_of(const trace::HopCall& call, std::size_t arg) {
  const auto graph = arg < call.args.size() ? trace::graph_of(call.args[arg]) : nullptr;
  if (graph == nullptr) {
    raise(ErrorType::kTypeError, std::string(call.name) + ": argument " + std::to_string(arg) + " is no graph");
  }
  return *graph;  // which the argument keeps
}

const std::vector<Traced>& list_of(const trace::HopCall& call, std::size_t arg) {
  if (arg >= call.args.size() || !call.args[arg].is_list) {
    raise(ErrorType::kTypeError, std::string(call.name) + ": argument " + std::to_string(arg) + " is no list");
  }
  return call.args[arg].items;
}

std::vector<Value> values_of(const std::vector<Traced>& traced) {
  std::vector<Value> out;
  for (const Traced& t : traced) out.push_back(trace::value_of(t));
  return out;
}

std::vector<Traced> plain(const std::vector<Value>& values) {
  std::vector<Traced> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[i].value = values[i];
  return out;
}

std::vector<Traced> appended(std::vector<Traced> a, const std::vector<Traced>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Traced graph_argument(std::shared_ptr<trace::GraphModule> module) {
  Traced out;
  out.object = std::make_shared<const trace::TracedObject>(trace::TracedObject{std::move(module)});
  return out;
}

Traced tuple_of(std::vector<Traced> items) {
  Traced out;
  out.is_list = true;
  out.items = std::move(items);
  return out;
}

ops::Results run_all(trace::Session& session, std::string_view name, std::vector<Value> args) {
  const ops::Schema* schema = ops::find_schema(name);
  if (schema == nullptr) throw Bug("no schema of " + std::string(name));
  for (std::size_t i = args.size(); i < schema->args.size(); ++i) args.push_back(ops::default_value(schema->args[i]));
  ops::Call call(session, *schema, args);
  return ops::run(call);
}

FakeTensor& run_one(trace::Session& session, std::string_view name, std::vector<Value> args) {
  return *run_all(session, name, std::move(args)).front().get<FakeTensor*>();
}

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

SymInt unseen_symbol(shapes::ShapeEnv& env) {
  const bool before = env.ignore_fresh_unbacked(true);
  SymInt symbol = env.new_unbacked_int();
  env.ignore_fresh_unbacked(before);
  return symbol;
}

bool needs_autograd(const trace::Session& session, const std::vector<Value>& operands) {
  return session.grad_enabled() && std::any_of(operands.begin(), operands.end(), [](const Value& value) {
           return value.holds<FakeTensor*>() &&
                  (value.get<FakeTensor*>()->requires_grad || value.get<FakeTensor*>()->tracks_grad);
         });
}

void trace_for_schema(trace::HopContext& context, const trace::GraphModule& body, const std::vector<Value>& operands) {
  const std::vector<Value> copies = cloned(context.session(), operands);
  context.trace_body(body, copies);
  const bool mutated = std::any_of(copies.begin(), copies.end(), [](const Value& value) {
    return value.holds<FakeTensor*>() && value.get<FakeTensor*>()->storage->version > 0;
  });
  if (!mutated) return;
  raise(ErrorType::kRuntimeError,
        "The HigherOrderOperator does not currently support training with in-place input or buffer mutations");
}

trace::Node& make_node(trace::HopContext& context, std::string_view name, const std::vector<Traced>& args,
                       const std::vector<trace::NamedTraced>& kwargs) {
  trace::ArgList list;
  for (const Traced& a : args) list.push_back(context.tracer().argument_as_is(a));
  trace::ArgDict dict;
  for (const trace::NamedTraced& a : kwargs) dict.emplace_back(a.name, context.tracer().argument_as_is(a.value));
  return context.tracer().call("torch.ops.higher_order." + std::string(name), std::move(list), std::move(dict), name);
}

Value result_of(const trace::GraphModule& body, const std::vector<Value>& results) {
  return body.single_return && results.size() == 1 ? results.front() : Value(ValueList(results.begin(), results.end()));
}

Traced emit(trace::HopContext& context, std::string_view name, const std::vector<Traced>& args, const Value& result) {
  return context.tracer().track(make_node(context, name, args), result);
}

}  // namespace retrace::higher_order
