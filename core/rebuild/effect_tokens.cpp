// SPDX-License-Identifier: Apache-2.0
#include "core/rebuild/effect_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "core/ir/walk.h"
#include "core/ops/schema.h"

namespace retrace::rebuild {
namespace {

constexpr std::string_view kWithEffects = "torch.ops.higher_order.with_effects";

bool is_with_effects(const ir::Node& node) {
  return node.target == kWithEffects && node.inputs.size() >= 2 && node.inputs[1].arg.kind == ir::ArgKind::kOperator;
}

/// with_effects(token, op, *args) -> (token, *results).
void unwrap(ir::Node& node) {
  const ir::Text op = node.inputs[1].arg.as<ir::Text>();
  node.target = op;
  node.inputs.erase(node.inputs.begin(), node.inputs.begin() + 2);
  if (const ops::Schema* schema = ops::find_schema_of_target(op))
    for (std::size_t i = 0; i < node.inputs.size() && i < schema->args.size(); ++i)
      if (node.inputs[i].name.empty()) node.inputs[i].name = schema->args[i].name;
  if (!node.outputs.empty()) node.outputs.erase(node.outputs.begin());
  if (node.outputs.empty()) node.outputs.push_back({});
  node.is_hop_single_tensor_return.reset();
}

bool is_token(const ir::InputSpec& spec) { return spec.kind == ir::InputSpecKind::kToken; }
bool is_token(const ir::OutputSpec& spec) { return spec.kind == ir::OutputSpecKind::kToken; }

/// Drops the entries of `values` where the parallel spec is a token, then the specs.
template <typename Spec, typename Value>
void drop_tokens(std::vector<Spec>& specs, std::vector<Value>& values) {
  std::vector<Value> kept;
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (!is_token(specs[i])) kept.push_back(std::move(values[i]));
  values = std::move(kept);
  std::erase_if(specs, [](const Spec& spec) { return is_token(spec); });
}

bool is_impure(const ir::Node& node) {
  const ops::Schema* schema = ops::find_schema_of_target(node.target);
  if (schema != nullptr)
    return schema->is_mutable || node.target.find("._assert") != std::string_view::npos ||
           node.target.find(".sym_constrain_range") != std::string_view::npos;
  return node.target.starts_with("torch.ops.");
}

/// fx Graph.eliminate_dead_code.
void eliminate_dead_code(ir::Graph& graph) {
  std::unordered_set<ir::ValueId> used;
  const auto use = [&](ir::ValueId id) {
    if (id != ir::kNoValue) used.insert(id);
  };
  for (const ir::Argument& output : graph.outputs) ir::for_each_slot(output, use);
  std::vector<bool> kept(graph.nodes.size());
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const ir::Node& node = graph.nodes[i];
    bool live = is_impure(node);
    for (const ir::Argument& output : node.outputs)
      ir::for_each_slot(output, [&](ir::ValueId id) { live = live || used.contains(id); });
    if (!live) continue;
    for (const ir::NamedArgument& input : node.inputs) ir::for_each_slot(input.arg, use);
    kept[i] = true;
  }
  if (std::find(kept.begin(), kept.end(), false) == kept.end()) return;
  SharedList<ir::Node> nodes;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) nodes.push_back(graph.nodes[i]);
  graph.nodes = std::move(nodes);
}

}  // namespace

void remove_effect_tokens(ir::Program& program) {
  for (std::size_t i = 0; i < program.graph.nodes.size(); ++i)
    if (is_with_effects(program.graph.nodes[i])) unwrap(program.graph.nodes.edit(i));
  drop_tokens(program.output_specs, program.graph.outputs);
  drop_tokens(program.input_specs, program.graph.inputs);
  eliminate_dead_code(program.graph);
}

}  // namespace retrace::rebuild
