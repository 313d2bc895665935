// SPDX-License-Identifier: Apache-2.0
#include "core/diff/stale.h"

#include <algorithm>
#include <unordered_map>

#include "core/ir/print.h"
#include "core/ir/walk.h"

namespace retrace::diff {
namespace {

std::vector<ir::ValueId> results(const ir::Node& node) {
  std::vector<ir::ValueId> out;
  for (const ir::Argument& output : node.outputs)
    ir::for_each_slot(output, [&](ir::ValueId id) {
      if (id != ir::kNoValue) out.push_back(id);
    });
  return out;
}

const ir::Meta& meta_of(const ir::Program& program, ir::ValueId id) {
  return program.graph.values[static_cast<std::size_t>(id)].meta;
}

bool differ(const SymInts& a, const SymInts& b) {
  const auto plain_and_other = [](const SymInt& x, const SymInt& y) {
    return x.is_int() && y.is_int() && x.as_int() != y.as_int();
  };
  return a.size() != b.size() || !std::equal(a.begin(), a.end(), b.begin(),
                                             [&](const auto& x, const auto& y) { return !plain_and_other(x, y); });
}

bool differ(const ir::Meta& a, const ir::Meta& b) {
  const auto* in_a = ir::tensor_of(a);
  const auto* in_b = ir::tensor_of(b);
  if (in_a == nullptr || in_b == nullptr) return a.index() != b.index();
  return in_a->dtype != in_b->dtype || differ(in_a->sizes, in_b->sizes) || differ(in_a->strides, in_b->strides);
}

/// The same operator on values of the same names. (A name alone can have moved on to another node.)
bool same_call(const ir::Program& a, const ir::Node& in_a, const ir::Program& b, const ir::Node& in_b) {
  if (in_a.target != in_b.target || in_a.inputs.size() != in_b.inputs.size()) return false;
  return std::equal(in_a.inputs.begin(), in_a.inputs.end(), in_b.inputs.begin(), [&](const auto& x, const auto& y) {
    return ir::print(a.graph, x.arg) == ir::print(b.graph, y.arg);
  });
}

}  // namespace

Stale stale_metadata(const ir::Program& recorded, const ir::Program& exported) {
  std::unordered_map<std::string_view, const ir::Node*> made;
  for (const ir::Node& node : exported.graph.nodes) made.emplace(node.name, &node);
  Stale out;
  for (std::size_t i = 0; i < recorded.graph.nodes.size(); ++i) {
    const ir::Node& node = recorded.graph.nodes[i];
    const auto found = made.find(node.name);
    if (found == made.end()) continue;
    const auto before = results(node), after = results(*found->second);
    if (before.size() != after.size()) continue;
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (!differ(meta_of(recorded, before[k]), meta_of(exported, after[k]))) continue;
      if (!same_call(recorded, node, exported, *found->second)) break;
      if (out.count++ == 0) {
        out.at = i;
        out.recorded = ir::print_value(recorded.graph, before[k]);
        out.computed = ir::print_value(exported.graph, after[k]);
      }
      break;
    }
  }
  return out;
}

}  // namespace retrace::diff
