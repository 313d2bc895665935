// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <unordered_set>

#include "core/exporter/finish/passes.h"
#include "core/ops/operator.h"
#include "core/trace/sym_ops.h"
#include "core/trace/tracer.h"

namespace retrace::exporter {

using trace::Graph;
using trace::Node;
using trace::NodeOp;

namespace {

constexpr std::array<std::string_view, 5> kSideEffects{
    "torch.ops.aten._assert_async.msg",
    "torch.ops.aten._assert_scalar.default",
    "torch.ops.aten._assert_tensor_metadata.default",
    "torch.ops.aten.sym_constrain_range.default",
    "torch.ops.aten.sym_constrain_range_for_size.default",
};
constexpr std::array<std::string_view, 3> kGlobalState{
    "torch._C._set_grad_enabled",
    "torch.amp.autocast_mode._enter_autocast",
    "torch.amp.autocast_mode._exit_autocast",
};

bool is_in(std::string_view target, std::span<const std::string_view> list) {
  return std::find(list.begin(), list.end(), target) != list.end();
}

/// fx Node.is_impure with impure_random off.
bool is_impure(const Node& node) {
  if (node.op == NodeOp::kPlaceholder || node.op == NodeOp::kOutput) return true;
  if (node.op != NodeOp::kCall) return false;
  if (is_in(node.target, kSideEffects) || is_in(node.target, kGlobalState)) return true;
  if (node.target.starts_with("torch._functorch.predispatch._jvp") || node.target.ends_with("_dual_level")) return true;
  if (node.target.starts_with("torch.ops.aten._print") ||
      node.target.starts_with("torch.ops.higher_order.with_effects"))
    return true;
  return node.operation != nullptr && node.operation->schema->is_mutable;
}

bool is_accessor(const Node& node) {
  return node.op == NodeOp::kCall && (node.target.starts_with("torch.ops.aten.sym_size.") ||
                                      node.target.starts_with("torch.ops.aten.sym_stride.") ||
                                      node.target.starts_with("torch.ops.aten.sym_storage_offset.") ||
                                      node.target == "torch.ops.aten.sym_numel.default");
}

bool arguments_symbolic(const Node& node) {
  return std::all_of(node.args.begin(), node.args.end(),
                     [](const trace::Arg& a) { return a.node() == nullptr || has_symbolic_val(*a.node()); });
}

bool removable_symbol(const Node& node) {
  if (is_impure(node)) return false;
  return is_accessor(node) || (has_symbolic_val(node) && arguments_symbolic(node));
}

template <typename Removable>
void eliminate(Graph& graph, Removable&& removable) {
  const std::vector<Node*> nodes = graph.nodes();
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i]->users.empty() && removable(*nodes[i])) graph.erase(*nodes[i]);
  }
}

void eliminate_in_subgraphs(const Graph& graph) {
  for (const auto& module : subgraphs(graph)) {
    eliminate(module->graph, [](const Node& node) { return !is_impure(node); });
    eliminate_in_subgraphs(module->graph);
  }
}

}  // namespace

bool has_symbolic_val(const Node& node) {
  if (!node.has_val) return false;
  if (trace::is_symbolic(node.val)) return true;
  const bool number = node.val.holds<SymInt>() || node.val.holds<SymFloat>() || node.val.holds<SymBool>();
  return number && node.op == NodeOp::kCall && (trace::is_symbolic_operation(node.target) || is_accessor(node));
}

expr::Expr symbolic_val(shapes::ShapeEnv& env, const Node& node) {
  if (!has_symbolic_val(node)) return nullptr;
  if (const expr::Expr e = trace::expression_of(node.val)) return env.replace(e);
  if (node.val.holds<SymInt>()) return env.pool().integer(node.val.get<SymInt>().as_int());
  if (node.val.holds<SymFloat>()) return env.pool().floating(node.val.get<SymFloat>().as_float());
  return env.pool().boolean(node.val.get<SymBool>().as_bool());
}

std::vector<std::shared_ptr<trace::GraphModule>> subgraphs(const Graph& graph) {
  std::vector<std::shared_ptr<trace::GraphModule>> out;
  for (const Node* node = graph.first(); node != nullptr; node = graph.after(*node)) {
    for (const trace::Arg& a : node->args) {
      if (const auto* module = a.if_holds<std::shared_ptr<trace::GraphModule>>()) out.push_back(*module);
    }
    for (const auto& [name, a] : node->kwargs) {
      if (const auto* module = a.if_holds<std::shared_ptr<trace::GraphModule>>()) out.push_back(*module);
    }
  }
  return out;
}

void drop_dead_symbols(Graph& graph) { eliminate(graph, removable_symbol); }

void drop_dead_nodes(Graph& graph) {
  eliminate(graph, [](const Node& node) {
    return node.is_call("torch.ops.aten.detach.default") ||
           node.target.starts_with("torch.ops.profiler._record_function");
  });
  eliminate_in_subgraphs(graph);
}

void dedupe_symints(shapes::ShapeEnv& env, Graph& graph) {
  std::map<std::pair<std::size_t, expr::Expr>, Node*> known;  // by type of number and expression
  std::unordered_set<const Node*> resolvable;
  for (Node* node : graph.nodes()) {
    const expr::Expr e = symbolic_val(env, *node);
    if (e == nullptr) continue;
    const std::pair key{node->val.index(), e};
    const std::vector<Node*> inputs = trace::all_input_nodes(*node);
    if (node->op == NodeOp::kPlaceholder) {
      resolvable.insert(node);
      known[key] = node;
    } else if (const auto same = known.find(key); same != known.end()) {
      graph.replace_all_uses(*node, *same->second);
      graph.erase(*node);
    } else if (std::all_of(inputs.begin(), inputs.end(), [&](const Node* n) { return resolvable.contains(n); })) {
      known[key] = node;
      resolvable.insert(node);
    }
  }
}

}  // namespace retrace::exporter
