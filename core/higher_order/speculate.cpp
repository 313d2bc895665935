// SPDX-License-Identifier: Apache-2.0
#include "core/higher_order/speculate.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::GraphModule;
using trace::HopContext;
using trace::Node;
using trace::Traced;

namespace {

using Storages = std::map<const Storage*, std::uint32_t>;  // and the writes so far

Storages storages_of(const std::vector<Value>& values) {
  Storages out;
  for (const Value& value : values) {
    if (value.holds<FakeTensor*>()) {
      const Storage* storage = value.get<FakeTensor*>()->storage;
      out.emplace(storage, storage->version);
    }
  }
  return out;
}

/// check_aliasing_and_input_mutation.
void check(std::string_view name, const Storages& inputs, const std::vector<Value>& results, const Allowed& allowed) {
  const bool mutated =
      std::any_of(inputs.begin(), inputs.end(), [](const auto& input) { return input.first->version != input.second; });
  if (mutated && !allowed.input_mutation) {
    raise(ErrorType::kUnsupported,
          "Encountered input mutation during higher order op tracing\n  Explanation: Higher order ops do not support "
          "input mutation. Found in " +
              std::string(name));
  }
  std::set<const Storage*> seen;
  for (const Value& result : results) {
    if (allowed.aliasing || !result.holds<FakeTensor*>()) continue;
    const Storage* storage = result.get<FakeTensor*>()->storage;
    if (!inputs.contains(storage) && seen.insert(storage).second) continue;
    raise(ErrorType::kUnsupported,
          "Encountered aliasing during higher order op tracing\n  Explanation: Higher order ops do not support "
          "aliasing. Found in " +
              std::string(name));
  }
}

/// The node that stands for an operand around the body; null: none does.
const Node* node_of(HopContext& context, const Traced& operand) {
  const Value& value = operand.value;
  const bool tracked =
      operand.proxy != nullptr || (value.holds<FakeTensor*>() && context.tracer().is_tracked(value.get<FakeTensor*>()));
  return tracked ? context.tracer().argument_as_is(operand).node() : nullptr;
}

/// The operands as values of the surrounding graph, each once: placeholder -> first placeholder of the same value.
class FreeVariables {
 public:
  FreeVariables(HopContext& context, const std::vector<Traced>& operands) {
    std::map<const Node*, std::size_t> first;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Node* outer = node_of(context, operands[i]);
      outer_.push_back(outer);
      first_.push_back(outer == nullptr ? i : first.try_emplace(outer, i).first->second);
    }
  }

  /// Placeholders (the first of each value) in the order in which the body uses them.
  [[nodiscard]] std::vector<std::size_t> used(const GraphModule& body) const {
    std::map<const Node*, std::size_t> index;
    const std::vector<Node*> placeholders = body.graph.placeholders();
    for (std::size_t i = 0; i < placeholders.size(); ++i) index.emplace(placeholders[i], first_[i]);
    std::vector<std::size_t> out;
    for (const Node* node : body.graph.nodes()) {
      for (const Node* input : trace::all_input_nodes(*node)) {
        const auto at = index.find(input);
        if (at == index.end() || outer_[at->second] == nullptr) continue;
        if (std::find(out.begin(), out.end(), at->second) == out.end()) out.push_back(at->second);
      }
    }
    return out;
  }

  /// The body's placeholders become those of `order`.
  void rearrange(GraphModule& body, const std::vector<std::size_t>& order) const {
    const std::vector<Node*> placeholders = body.graph.placeholders();
    Node* const rest = body.graph.after(*placeholders.back());
    for (std::size_t i = 0; i < placeholders.size(); ++i)
      if (first_[i] != i) body.graph.replace_all_uses(*placeholders[i], *placeholders[first_[i]]);
    for (const std::size_t i : order) body.graph.move_before(*placeholders[i], *rest);
    for (std::size_t i = 0; i < placeholders.size(); ++i)
      if (std::find(order.begin(), order.end(), i) == order.end()) body.graph.erase(*placeholders[i]);
  }

  void sort_by_name(std::vector<std::size_t>& order) const {
    std::sort(order.begin(), order.end(),
              [this](std::size_t a, std::size_t b) { return outer_[a]->name < outer_[b]->name; });
  }

 private:
  std::vector<const Node*> outer_;
  std::vector<std::size_t> first_;
};

std::vector<Traced> picked(const std::vector<Traced>& operands, const std::vector<std::size_t>& order) {
  std::vector<Traced> out;
  for (const std::size_t i : order) out.push_back(operands[i]);
  return out;
}

}  // namespace

HopContext::Body speculate(HopContext& context, const GraphModule& body, const std::vector<Traced>& operands,
                           const Allowed& allowed) {
  std::vector<std::string> names;
  for (const Traced& operand : operands) {
    const Node* node = node_of(context, operand);
    names.push_back(node == nullptr ? "unnamed" : node->name);
  }
  const std::vector<Value> values = values_of(operands);
  const Storages before = storages_of(values);
  HopContext::Body traced = context.trace_body(body, values, names);
  check(body.name, before, values_of(traced.results), allowed);
  return traced;
}

std::vector<Traced> lift_used(HopContext& context, GraphModule& body, const std::vector<Traced>& operands) {
  if (operands.empty()) return {};
  const FreeVariables free(context, operands);
  const std::vector<std::size_t> order = free.used(body);
  free.rearrange(body, order);
  return picked(operands, order);
}

std::vector<Traced> merge_used(HopContext& context, GraphModule& left, GraphModule& right,
                               const std::vector<Traced>& operands) {
  if (operands.empty()) return {};
  const FreeVariables free(context, operands);
  const std::vector<std::size_t> left_used = free.used(left);
  const std::vector<std::size_t> right_used = free.used(right);
  const auto contains = [](const std::vector<std::size_t>& list, std::size_t i) {
    return std::find(list.begin(), list.end(), i) != list.end();
  };
  std::vector<std::size_t> shared, left_only, right_only;
  for (const std::size_t i : left_used) (contains(right_used, i) ? shared : left_only).push_back(i);
  for (const std::size_t i : right_used)
    if (!contains(left_used, i)) right_only.push_back(i);
  std::vector<std::size_t> order;
  for (std::vector<std::size_t>* part : {&shared, &left_only, &right_only}) {
    free.sort_by_name(*part);
    order.insert(order.end(), part->begin(), part->end());
  }
  free.rearrange(left, order);
  free.rearrange(right, order);
  return picked(operands, order);
}

}  // namespace retrace::higher_order
