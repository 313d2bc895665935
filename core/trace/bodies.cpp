// SPDX-License-Identifier: Apache-2.0
// Bodies of higher-order operators: traced into graphs of their own, run for their results alone, or traced in place.
#include <fmt/format.h>

#include <utility>

#include "core/trace/interpreter.h"
#include "core/trace/recorded.h"

namespace retrace::trace {

namespace {

Interpreter::Environment bind_placeholders(const GraphModule& body, const std::vector<Traced>& operands) {
  Interpreter::Environment env;
  const std::vector<Node*> placeholders = body.graph.placeholders();
  if (placeholders.size() != operands.size()) {
    raise(ErrorType::kTypeError, fmt::format("forward() takes {} positional arguments but {} were given",
                                             placeholders.size() + 1, operands.size() + 1));
  }
  for (std::size_t i = 0; i < operands.size(); ++i) env[placeholders[i]] = operands[i];
  return env;
}

}  // namespace

HopContext::Body Interpreter::trace_body(const GraphModule& body, const std::vector<Value>& operands,
                                         const std::vector<std::string>& names) {
  Tracer inner(tracer_.session());
  inner.module().single_return = body.single_return;
  std::vector<Traced> inputs;
  for (std::size_t i = 0; i < operands.size(); ++i)
    inputs.push_back(names.empty() ? inner.input(i, operands[i]) : inner.placeholder(names[i], operands[i]));
  Interpreter interpreter(inner, finish_subgraph_);
  interpreter.reads_by_method_ = reads_by_method_;
  std::vector<Traced> results = interpreter.run(body, bind_placeholders(body, inputs));
  inner.output(results);
  if (finish_subgraph_) finish_subgraph_(tracer_.session(), inner.module());
  return {inner.take_module(), std::move(results)};
}

std::vector<Value> Interpreter::run_body(const GraphModule& body, const std::vector<Value>& operands) {
  Tracer scratch(tracer_.session());
  std::vector<Traced> inputs;
  for (const Value& operand : operands) inputs.push_back(scratch.placeholder("arg", operand));
  Interpreter interpreter(scratch, {});
  interpreter.names_nodes_ = false;
  std::vector<Value> out;
  for (const Traced& result : interpreter.run(body, bind_placeholders(body, inputs))) out.push_back(value_of(result));
  return out;
}

std::vector<Traced> Interpreter::inline_body(const GraphModule& body, const std::vector<Traced>& operands) {
  const bool names_before = std::exchange(names_nodes_, false);
  const bool rebinds_before = std::exchange(rebinds_, false);  // PropagateUnbackedSymInts sees the outer nodes alone
  std::vector<Traced> results = run(body, bind_placeholders(body, operands));
  names_nodes_ = names_before;
  rebinds_ = rebinds_before;
  return results;
}

Value Interpreter::recorded(const HopCall& call) {
  if (call.node.origin == nullptr || call.source == nullptr)
    raise(ErrorType::kUnsupported, fmt::format("unsupported operator: {}", call.node.target));
  tracer_.module().source = call.source;
  std::vector<Value> values;
  for (const Traced& a : call.args) values.push_back(value_of(a));
  for (const NamedTraced& a : call.kwargs) values.push_back(value_of(a.value));
  return recorded_result(tracer_.session(), *call.node.origin, *call.source, values);
}

std::string Interpreter::unique_graph_name(std::string_view prefix) {
  for (int i = 0;; ++i) {
    std::string name = fmt::format("{}_{}", prefix, i);
    if (graph_names_.insert(name).second) return name;
  }
}

}  // namespace retrace::trace
