// SPDX-License-Identifier: Apache-2.0
#include "core/rebuild/loaded_symbols.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/base/failure.h"
#include "core/shapes/loaded.h"

namespace retrace::rebuild {
namespace {

/// What _assert_scalar nodes assert of inputs alone. Data-dependent symbols give way to the inputs' in an equation.
std::vector<expr::Expr> asserted_of_inputs(const ir::Graph& graph) {
  std::vector<expr::Expr> out;
  for (const ir::Node& node : graph.nodes) {
    if (node.target != "torch.ops.aten._assert_scalar.default" || node.inputs.empty()) continue;
    const ir::Argument& condition = node.inputs.front().arg;
    if (condition.kind != ir::ArgKind::kSymBool) continue;
    const ir::ValueId id = condition.as<ir::SymArg<bool>>().id;
    if (id == ir::kNoValue) continue;
    const auto* meta = std::get_if<ir::SymMeta>(&graph.values[static_cast<std::size_t>(id)].meta);
    const auto* value = meta == nullptr ? nullptr : std::get_if<SymBool>(&meta->value);
    if (value != nullptr && !value->is_bool() && !value->node()->has_unbacked) out.push_back(value->node());
  }
  return out;
}

shapes::ValueRange range_of(const ir::Program& program, std::string_view symbol) {
  for (const auto& [name, range] : program.range_constraints)
    if (name == symbol) return {range.min.value_or(shapes::kNegOo), range.max.value_or(shapes::kOo)};
  return {};
}

/// The sizes of inputs that are one symbol.
std::vector<shapes::RecordedSymbol> symbols_of_inputs(const ir::Program& program) {
  std::vector<shapes::RecordedSymbol> out;
  std::unordered_set<expr::Expr> seen;
  for (const ir::InputSpec& spec : program.input_specs) {
    if (spec.arg.kind != ir::ArgKind::kTensor) continue;
    const auto id = static_cast<std::size_t>(spec.arg.as<ir::ValueId>());
    const ir::TensorMeta* meta = ir::tensor_of(program.graph.values[id].meta);
    if (meta == nullptr) continue;
    for (std::size_t i = 0; i < std::min(meta->sizes.size(), meta->hints.size()); ++i) {
      if (meta->sizes[i].is_int() || !meta->hints[i]) continue;
      const expr::Expr symbol = meta->sizes[i].node();
      if (symbol->kind == expr::Kind::kSymbol && seen.insert(symbol).second)
        out.push_back({symbol, *meta->hints[i], range_of(program, symbol->name)});
    }
  }
  return out;
}

}  // namespace

expr::Substitution replaced_symbols(const ir::Program& program) {
  const std::vector<expr::Expr> asserted = asserted_of_inputs(program.graph);
  if (asserted.empty()) return {};
  try {
    return shapes::replaced_at_load(*program.pool, symbols_of_inputs(program), asserted);
  } catch (const Failure&) {  // what does not hold is left to the export
    return {};
  }
}

}  // namespace retrace::rebuild
