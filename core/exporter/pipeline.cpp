// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/pipeline.h"

#include <algorithm>
#include <unordered_map>

#include "core/exporter/aten_trace.h"
#include "core/exporter/finish/module_calls.h"
#include "core/exporter/finish/naming.h"
#include "core/exporter/finish/passes.h"
#include "core/exporter/finish/to_program.h"
#include "core/rebuild/source_names.h"
#include "core/shapes/guards_code.h"
#include "core/shapes/lessons.h"

namespace retrace::exporter {

namespace {

using trace::Node;
using trace::NodeOp;

/// _preserve_requires_grad_pass.
void preserve_requires_grad(const trace::Graph& graph, const Signature& signature, const Captured& captured) {
  const std::vector<Node*> placeholders = graph.placeholders();
  std::unordered_map<std::string_view, const GraphInput*> lifted;
  for (const GraphInput& input : captured.lifted) lifted.emplace(input.spec.name, &input);
  std::size_t user = 0;
  for (std::size_t i = 0; i < placeholders.size(); ++i) {
    const ir::InputSpec& spec = signature.inputs[i];
    const GraphInput* input = nullptr;
    if (spec.is_user()) {
      input = &captured.users[user++];
    } else {
      const auto at = lifted.find(spec.name);
      if (at != lifted.end()) input = at->second;
    }
    if (input == nullptr || !input->value.holds<FakeTensor*>() || !placeholders[i]->val.holds<FakeTensor*>()) continue;
    // Read after the trace: a buffer that a differentiable result was copied into requires grad by then.
    const FakeTensor& traced = *input->value.get<FakeTensor*>();
    placeholders[i]->val.get<FakeTensor*>()->requires_grad =
        traced.requires_grad || (traced.tracks_grad && spec.kind != ir::InputSpecKind::kTensorConstant);
  }
}

std::vector<std::string> user_paths(const bind::BoundInputs& inputs) {
  std::vector<std::string> paths;
  for (const bind::InputLeaf& leaf : inputs.leaves) paths.push_back(leaf.path);
  return paths;
}

ir::RangeConstraint as_constraint(const shapes::ValueRange& range) {
  ir::RangeConstraint out;
  if (range.lower != shapes::kNegOo) out.min = range.lower;
  if (range.upper != shapes::kOo) out.max = range.upper;
  return out;
}

/// _get_range_constraints: unbacked symbols, then the input dimensions, and the ints that capture left symbols.
void write_ranges(trace::Session& session, const bind::BoundInputs& inputs, const bind::DynamicSpec& spec,
                  const std::vector<GraphInput>& captured, ir::Program& program) {
  shapes::ShapeEnv& env = session.env();
  shapes::RangeConstraints initial;
  for (const expr::Expr u : env.unbacked_symbols()) initial.emplace_back(u, env.range_of(u));
  std::vector<Value> traced;
  for (std::size_t i = 0; i < inputs.leaves.size(); ++i) {
    const Value& now = captured[i].value;
    traced.push_back(now.holds<SymInt>() && now.get<SymInt>().is_int() ? now : inputs.leaves[i].value);
  }
  for (const auto& [key, range] : bind::make_constraints(inputs, spec, env, traced, std::move(initial))) {
    program.range_constraints.emplace_back(program.arena->store(expr::str(key)), as_constraint(range));
  }
}

void write_symbol_hints(shapes::ShapeEnv& env, ir::Program& program) {
  for (const expr::Expr symbol : env.backed_symbols()) {
    const expr::Expr hint = env.at_hints(symbol);
    if (hint->kind == expr::Kind::kInteger) program.symbol_hints.emplace_back(symbol, hint);
  }
}

/// The re-export is given the same examples, though the trace may have begun with inputs of other sizes (Dynamo resizes
/// the fake inputs that it runs on). Of another rank they are left out: metadata has no room for them.
void keep_examples(const bind::BoundInputs& inputs, ir::Program& program) {
  auto leaf = inputs.leaves.begin();
  for (const ir::InputSpec& spec : program.input_specs) {
    if (!spec.is_user() || leaf == inputs.leaves.end()) continue;
    const bind::InputLeaf& example = *leaf++;
    if (!example.is_tensor || spec.arg.kind != ir::ArgKind::kTensor) continue;
    const auto id = static_cast<std::size_t>(spec.arg.as<ir::ValueId>());
    const ir::TensorMeta* meta = ir::tensor_of(program.graph.values[id].meta);
    if (meta == nullptr || meta->sizes.size() != example.sizes.size()) continue;
    std::vector<std::optional<std::int64_t>>& hints = ir::edit_tensor(program.graph.values.edit(id).meta).hints;
    hints.assign(example.sizes.begin(), example.sizes.end());
    hints.insert(hints.end(), example.strides.begin(), example.strides.end());
    hints.emplace_back(example.storage_offset);
  }
}

/// produce_guards_verbose has a constraint for each dimension that an input was given, not for those that the trace
/// added in place.
void check_ranks(const bind::BoundInputs& inputs) {
  for (const bind::InputLeaf& leaf : inputs.leaves) {
    if (leaf.is_tensor && leaf.value.get<FakeTensor*>()->sizes.size() > leaf.sizes.size())
      raise(ErrorType::kIndexError, "list index out of range");
  }
}

/// Strict export's message calls sources as the user does (functional_export.py post_process_error_msg).
void solve_constraints(shapes::ShapeEnv& env, const bind::BoundInputs& inputs) {
  check_ranks(inputs);
  try {
    shapes::produce_guards_and_solve_constraints(env, inputs.check);
  } catch (const Failure& failure) {
    if (failure.type() != ErrorType::kConstraintViolation) throw;
    rebuild::SourceNames names;
    for (const bind::InputLeaf& leaf : inputs.leaves) names.add(leaf.source, "L" + leaf.path);
    raise(failure.type(), names.rename(failure.what()));
  }
}

/// Are there but calls of known operators in the traced graph, none of which was erased, no symbols, and no tensors
/// whose values are known? Then each call is traced as itself (same_question.h).
bool is_plain(trace::Session& session, const Captured& captured, const trace::Graph& graph) {
  const auto holds_values = [](const GraphInput& input) { return !input.spec.is_state(); };
  if (!session.env().backed_symbols().empty() || !session.env().unbacked_symbols().empty() || graph.lost_call() ||
      std::any_of(captured.lifted.begin(), captured.lifted.end(), holds_values))
    return false;
  for (const Node* node = graph.first(); node != nullptr; node = graph.after(*node))
    if (node->op == NodeOp::kCall && node->operation == nullptr) return false;
  return true;
}

}  // namespace

Question start_export(trace::Session& session, ir::Callable callable, const bind::DynamicSpec& spec,
                      const ModeRecord& mode) {
  Question question{std::move(callable), {}, {}, {}, {}, {}};
  question.inputs = bind::check_spec(question.callable, spec, mode.sources);
  bind::fakify(question.inputs, question.callable, spec, session);
  question.guards = run_input_guards(session, question.callable, question.inputs);
  if (mode.mode == Mode::kStrict) question.guards = {};  // Dynamo runs them, and leaves no trace of them
  return question;
}

ir::Program finish_export(trace::Session& session, Question& question, const bind::DynamicSpec& spec,
                          const ModeRecord& mode, bool recall) {
  bind::fakify_lifted(question.inputs, question.callable, session);
  const auto& [callable, inputs, guards, known, settled, computed] = question;
  shapes::Lessons* lessons = session.env().observer();
  session.computed = &question.computed;
  const std::uint64_t learned = session.env().learned();
  Captured captured = mode.capture(session, callable, import_callable(callable, inputs));
  if (mode.mode == Mode::kStrict) {  // Dynamo's graph has names of its own
    session.computed = nullptr;
    if (lessons != nullptr) lessons->go_away();
  }
  const bool repeats = recall && mode.mode == Mode::kStrict && repeats_capture(session, captured, learned);
  Traced traced = repeats ? repeat_capture(captured) : trace_to_aten(session, captured, guards, mode);
  session.computed = nullptr;
  if (lessons != nullptr) lessons->go_away();
  captured.module.reset();
  trace::Graph& graph = traced.module->graph;
  const std::size_t nodes_traced = graph.created();
  drop_dead_symbols(graph);
  dedupe_symints(session.env(), graph);
  drop_dead_nodes(graph);
  solve_constraints(session.env(), inputs);
  insert_runtime_asserts(session, graph, true);
  insert_aten_to_asserts(graph);
  lift_constants(graph, traced.signature, captured.lifted);
  split_grad_mode_regions(*traced.module);
  split_autocast_regions(*traced.module);
  name_nodes(graph, traced.signature, user_paths(inputs), mode.mode);
  preserve_requires_grad(graph, traced.signature, captured);

  ir::Program program;
  program.arena = callable.program.arena;
  program.pool = callable.program.pool;
  write_symbol_hints(session.env(), program);
  write_ranges(session, inputs, spec, captured.users, program);
  for (const std::string& code : shapes::guards_code(session.env()))
    program.guards_code.push_back(program.arena->store(code));
  const bool settles =
      mode.mode == Mode::kNonStrict && is_plain(session, captured, graph) && graph.created() == nodes_traced;
  write_graph(session, *traced.module, traced.signature, program);  // takes the graph apart
  if (settles) question.settled = program.graph;
  keep_examples(inputs, program);
  write_module_calls(callable.program, program);
  return program;
}

}  // namespace retrace::exporter
