// SPDX-License-Identifier: Apache-2.0
// UL _unlift_exported_program_lifted_states.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/base/failure.h"
#include "core/ir/input_tree.h"
#include "core/rebuild/effect_tokens.h"
#include "core/rebuild/rebuild.h"

namespace retrace::rebuild {
namespace {

bool is_mutation(ir::OutputSpecKind kind) {
  return kind == ir::OutputSpecKind::kBufferMutation || kind == ir::OutputSpecKind::kParameterMutation ||
         kind == ir::OutputSpecKind::kUserInputMutation;
}

std::optional<ir::ValueId> tensor_id(const ir::Argument& arg) {
  if (arg.kind != ir::ArgKind::kTensor) return std::nullopt;
  return arg.as<ir::ValueId>();
}

/// Before the output, a copy_ into each mutated input; a user output that is the mutated value becomes the copy
/// (_insert_copy_for_mutations).
class Mutations {
 public:
  explicit Mutations(ir::Program& program) : program_(program) {}

  void insert_copies() {
    if (std::none_of(program_.output_specs.begin(), program_.output_specs.end(),
                     [](const ir::OutputSpec& spec) { return is_mutation(spec.kind); }))
      return;
    for (const ir::Value& value : program_.graph.values) names_.insert(value.name);
    for (const ir::Node& node : program_.graph.nodes) names_.insert(node.name);
    std::unordered_map<ir::ValueId, ir::ValueId> copies;
    for (std::size_t i = 0; i < program_.output_specs.size(); ++i)
      if (is_mutation(program_.output_specs[i].kind)) copy(program_.output_specs[i], program_.graph.outputs[i], copies);
    std::vector<ir::Argument> outputs;
    std::vector<ir::OutputSpec> specs;
    for (std::size_t i = 0; i < program_.output_specs.size(); ++i) {
      if (is_mutation(program_.output_specs[i].kind)) continue;
      ir::Argument output = program_.graph.outputs[i];
      if (const auto id = tensor_id(output); id && copies.contains(*id)) output.payload = copies.at(*id);
      specs.push_back({program_.output_specs[i].kind, output, program_.output_specs[i].name});
      outputs.push_back(std::move(output));
    }
    program_.graph.outputs = std::move(outputs);
    program_.output_specs = std::move(specs);
  }

 private:
  [[nodiscard]] ir::Argument target_of(const ir::OutputSpec& spec) const {
    for (std::size_t i = 0; i < program_.input_specs.size(); ++i) {
      const ir::InputSpec& input = program_.input_specs[i];
      const auto id = tensor_id(program_.graph.inputs[i]);
      if (!id) continue;
      const bool is_user = input.kind == ir::InputSpecKind::kUserInput;
      const ir::Text name = is_user ? program_.graph.values[static_cast<std::size_t>(*id)].name : input.name;
      if (name == spec.name) return program_.graph.inputs[i];
    }
    raise(ErrorType::kRuntimeError, fmt::format("Could not find {} in either buffer or input nodes", spec.name));
  }

  void copy(const ir::OutputSpec& spec, const ir::Argument& value,
            std::unordered_map<ir::ValueId, ir::ValueId>& copies) {
    const ir::Argument target = target_of(spec);
    ir::Graph& graph = program_.graph;
    ir::Node node;
    node.target = "torch.ops.aten.copy_.default";
    node.name = fresh_name("copy__default");
    node.inputs = {{"self", target, ir::InputKind::kPositional}, {"src", value, ir::InputKind::kPositional}};
    const ir::ValueId id =
        graph.add_value(node.name, graph.values[static_cast<std::size_t>(target.as<ir::ValueId>())].meta);
    node.outputs = {ir::Argument{ir::ArgKind::kTensor, id}};
    graph.nodes.push_back(std::move(node));
    if (const auto source = tensor_id(value)) copies[*source] = id;
  }

  ir::Text fresh_name(const std::string& base) {
    std::string name = base;
    for (int i = 1; names_.contains(name); ++i) name = fmt::format("{}_{}", base, i);
    const ir::Text stored = program_.arena->store(name);
    names_.insert(stored);
    return stored;
  }

  ir::Program& program_;
  std::unordered_set<ir::Text> names_;
};

bool is_training(const ir::Program& program) {
  return !program.verifiers.empty() && program.verifiers[0] == "TRAINING";
}

}  // namespace

ir::Callable unlift(const ir::Program& program) {
  ir::Callable callable{program, {}};
  if (!is_training(program)) remove_effect_tokens(callable.program);
  Mutations(callable.program).insert_copies();
  if (!ir::user_input_places(program).empty()) callable.guards = input_guards(program);
  return callable;
}

}  // namespace retrace::rebuild
