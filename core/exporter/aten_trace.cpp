// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/aten_trace.h"

#include <string_view>
#include <unordered_map>

#include "core/trace/import_graph.h"
#include "core/trace/interpreter.h"

namespace retrace::exporter {

using trace::Node;
using trace::NodeOp;

Captured import_callable(const ir::Callable& callable, const bind::BoundInputs& inputs) {
  const trace::ImportedGraph imported = trace::import_program(callable.program);
  Captured captured;
  captured.module = imported.module;
  std::size_t user = 0;
  for (std::size_t i = 0; i < callable.program.input_specs.size(); ++i) {
    const ir::InputSpec& spec = callable.program.input_specs[i];
    if (spec.is_user()) {
      captured.users.push_back({spec, inputs.leaves[user++].value});
    } else {
      captured.lifted.push_back({spec, inputs.lifted[i]});
    }
  }
  return captured;
}

namespace {

/// dispatch_trace of a sub-graph, then its runtime assertions (reenter_make_fx).
void finish_subgraph(trace::Session& session, trace::GraphModule& module) {
  drop_dead_symbols(module.graph);
  dedupe_symints(session.env(), module.graph);
  insert_runtime_asserts(session, module.graph, false);
}

}  // namespace

Traced trace_to_aten(trace::Session& session, const Captured& captured, const GuardTrace& guards,
                     const ModeRecord& mode) {
  trace::Tracer tracer(session);
  Traced out;
  std::unordered_map<std::string_view, trace::Traced> lifted;
  lifted.reserve(captured.lifted.size());
  out.signature.inputs.reserve(captured.lifted.size() + captured.users.size());
  for (const GraphInput& input : captured.lifted) {
    const ir::Text fqn = input.spec.name;
    if (input.spec.is_state() || mode.constants_are_inputs) {
      lifted.emplace(fqn, tracer.input(out.signature.inputs.size(), input.value));
      out.signature.inputs.push_back(input.spec);
    } else {
      trace::Traced constant;
      constant.value = input.value;
      if (input.value.holds<FakeTensor*>()) tracer.name_constant(input.value.get<FakeTensor*>(), std::string(fqn));
      lifted.emplace(fqn, constant);
    }
  }
  out.signature.first_user_input = out.signature.inputs.size();
  trace::Interpreter::Environment env;
  const std::vector<Node*> placeholders = captured.module->graph.placeholders();
  for (std::size_t i = 0; i < captured.users.size(); ++i) {
    env[placeholders[i]] = tracer.input(out.signature.inputs.size(), captured.users[i].value);
    out.signature.inputs.push_back(captured.users[i].spec);
  }
  for (const expr::Expr symbol : guards.read) tracer.make_node(symbol);
  for (const std::string_view operation : guards.computed) tracer.graph().take_name(trace::base_name(operation));
  for (Node* node : captured.module->graph.nodes()) {
    if (node->op == NodeOp::kGetAttr) env[node] = lifted.at(node->target);
  }
  trace::Interpreter interpreter(tracer, finish_subgraph);
  if (mode.rebinds_unbacked) interpreter.retrace_capture();
  tracer.output(interpreter.run_apart(*captured.module, std::move(env)));
  out.module = tracer.take_module();
  return out;
}

}  // namespace retrace::exporter
