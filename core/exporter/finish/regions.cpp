// SPDX-License-Identifier: Apache-2.0
// Grad-mode and autocast regions as higher-order calls (replace_set_grad_with_hop_pass.py,
// replace_autocast_with_hop_pass.py, fx/passes/split_module.py).
//
// A trace records the switches as marker nodes. The graph is cut at the markers; a region in another mode than
// the ambient one becomes the body of a call, the others stay where they are without their marker.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/exporter/finish/passes.h"
#include "core/trace/mode_switch.h"

namespace retrace::exporter {

using trace::Arg;
using trace::ArgList;
using trace::Graph;
using trace::GraphModule;
using trace::Node;
using trace::NodeOp;

namespace {

using trace::kEnterAutocast;
using trace::kExitAutocast;

/// Consecutive nodes from one marker to the next.
struct Region {
  std::vector<Node*> nodes;
  int id = 0;
};

Arg substituted(const Arg& arg, const std::unordered_map<const Node*, Node*>& by) {
  if (const Node* node = arg.node()) return Arg(by.at(node));
  if (const auto* list = arg.if_holds<ArgList>()) {
    ArgList out;
    for (const Arg& a : *list) out.push_back(substituted(a, by));
    return out;
  }
  if (const auto* dict = arg.if_holds<trace::ArgDict>()) {
    trace::ArgDict out;
    for (const auto& [key, a] : *dict) out.emplace_back(key, substituted(a, by));
    return out;
  }
  return arg;
}

class RegionWrapper {
 public:
  RegionWrapper(Graph& graph, const Region& region, const std::unordered_set<const Node*>& markers)
      : graph_(graph), region_(region), markers_(markers), inside_(region.nodes.begin(), region.nodes.end()) {}

  /// The region's nodes become the body of a call of `target` with `first_args` before the body. The body has names
  /// of its own: a single result leaves its name to the call.
  void wrap(std::string_view target, ArgList first_args) {
    find_inputs();
    find_outputs();
    auto body = make_body();
    const trace::InsertBefore here(graph_, region_.nodes.front());
    ArgList args = std::move(first_args);
    args.emplace_back(std::move(body));
    for (Node* input : inputs_) args.emplace_back(input);
    Node& call = outputs_.size() == 1 ? graph_.create_as(outputs_[0]->name, NodeOp::kCall, target, std::move(args), {})
                                      : graph_.create(NodeOp::kCall, target, std::move(args), {}, trace_name(target));
    ValueList values;
    for (const Node* output : outputs_) values.push_back(output->val);
    call.val = Value(std::move(values));
    call.has_val = true;
    call.origin = region_.nodes.front()->origin;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      Node& item = graph_.create(NodeOp::kGetItem, "_operator.getitem", {Arg(&call), Arg(static_cast<std::int64_t>(i))},
                                 {}, "getitem");
      item.val = outputs_[i]->val;
      item.has_val = true;
      replace_outside(*outputs_[i], item);
    }
    for (auto node = region_.nodes.rbegin(); node != region_.nodes.rend(); ++node) graph_.erase(**node);
  }

 private:
  static std::string_view trace_name(std::string_view target) { return target.substr(target.rfind('.') + 1); }

  void find_inputs() {
    for (const Node* node : region_.nodes) {
      if (markers_.contains(node)) continue;
      for (Node* input : trace::all_input_nodes(*node)) {
        if (!inside_.contains(input) && std::find(inputs_.begin(), inputs_.end(), input) == inputs_.end())
          inputs_.push_back(input);
      }
    }
  }

  void find_outputs() {
    for (Node* user = graph_.after(*region_.nodes.back()); user != nullptr; user = graph_.after(*user)) {
      for (Node* used : trace::all_input_nodes(*user)) {
        if (inside_.contains(used) && std::find(outputs_.begin(), outputs_.end(), used) == outputs_.end())
          outputs_.push_back(used);
      }
    }
  }

  std::shared_ptr<GraphModule> make_body() {
    auto body = std::make_shared<GraphModule>();
    body->name = fmt::format("submod_{}", region_.id);
    std::unordered_map<const Node*, Node*> by;
    for (const Node* input : inputs_) {
      Node& placeholder = body->graph.create(NodeOp::kPlaceholder, input->name, {}, {}, input->name);
      placeholder.val = input->val;
      placeholder.has_val = input->has_val;
      by.emplace(input, &placeholder);
    }
    for (const Node* node : region_.nodes) {
      if (!markers_.contains(node)) by.emplace(node, &copy(*node, body->graph, by));
    }
    ArgList results;
    for (const Node* output : outputs_) results.emplace_back(by.at(output));
    body->graph.create(NodeOp::kOutput, "output", std::move(results), {}, "output");
    return body;
  }

  static Node& copy(const Node& node, Graph& into, const std::unordered_map<const Node*, Node*>& by) {
    ArgList args;
    for (const Arg& a : node.args) args.push_back(substituted(a, by));
    trace::ArgDict kwargs;
    for (const auto& [key, a] : node.kwargs) kwargs.emplace_back(key, substituted(a, by));
    Node& made = into.create(node.op, node.target, std::move(args), std::move(kwargs), node.name);
    made.val = node.val;
    made.has_val = node.has_val;
    made.origin = node.origin;
    made.unbacked_bindings = node.unbacked_bindings;
    return made;
  }

  void replace_outside(Node& old, Node& by) {
    std::vector<Node*> users;
    for (const auto& [user, count] : old.users) {
      if (!inside_.contains(user)) users.push_back(user);
    }
    const std::unordered_map<const Node*, Node*> map{{&old, &by}};
    for (Node* user : users) {
      ArgList args;
      for (const Arg& a : user->args) args.push_back(replace_one(a, map));
      trace::ArgDict kwargs;
      for (const auto& [key, a] : user->kwargs) kwargs.emplace_back(key, replace_one(a, map));
      graph_.set_args(*user, std::move(args), std::move(kwargs));
    }
  }
  static Arg replace_one(const Arg& arg, const std::unordered_map<const Node*, Node*>& by) {
    if (const Node* node = arg.node()) return by.contains(node) ? Arg(by.at(node)) : arg;
    if (const auto* list = arg.if_holds<ArgList>()) {
      ArgList out;
      for (const Arg& a : *list) out.push_back(replace_one(a, by));
      return out;
    }
    return arg;
  }

  Graph& graph_;
  const Region& region_;
  const std::unordered_set<const Node*>& markers_;
  std::unordered_set<const Node*> inside_;
  std::vector<Node*> inputs_;
  std::vector<Node*> outputs_;
};

/// Cuts the graph where `starts` says a node begins the next region.
template <typename Starts>
std::vector<Region> cut(const Graph& graph, Starts&& starts) {
  std::vector<Region> regions;
  int id = 0;
  for (Node* node : graph.nodes()) {
    if (node->op == NodeOp::kPlaceholder || node->op == NodeOp::kOutput) continue;
    const bool start = starts(*node);
    if (start) ++id;
    if (regions.empty() || start) regions.push_back({{}, id});
    regions.back().nodes.push_back(node);
  }
  return regions;
}

void split_set_grad(Graph& graph) {
  const std::vector<Region> regions = cut(graph, [](const Node& n) { return n.is_call(trace::kSetGradEnabled); });
  for (const Region& region : regions) {
    Node* marker = region.nodes.front();
    if (!marker->is_call(trace::kSetGradEnabled)) continue;
    const bool enabled = *marker->args[0].if_holds<bool>();
    if (enabled) {
      graph.erase(*marker);
    } else {
      RegionWrapper(graph, region, {marker}).wrap("torch.ops.higher_order.wrap_with_set_grad_enabled", marker->args);
    }
  }
}

void split_autocast(Graph& graph) {
  int depth = 0;
  bool after_exit = false;
  const auto starts = [&](const Node& node) {
    const bool start = after_exit || (depth == 0 && node.is_call(kEnterAutocast));
    after_exit = false;
    if (node.is_call(kEnterAutocast)) ++depth;
    if (node.is_call(kExitAutocast)) after_exit = --depth == 0;
    return start;
  };
  for (const Region& region : cut(graph, starts)) {
    Node* enter = region.nodes.front();
    if (!enter->is_call(kEnterAutocast)) continue;
    RegionWrapper(graph, region, {enter, region.nodes.back()})
        .wrap("torch.ops.higher_order.wrap_with_autocast", enter->args);
  }
}

}  // namespace

void split_grad_mode_regions(GraphModule& module) {
  split_set_grad(module.graph);
  for (const auto& body : subgraphs(module.graph)) split_grad_mode_regions(*body);
}

void split_autocast_regions(GraphModule& module) {
  split_autocast(module.graph);
  for (const auto& body : subgraphs(module.graph)) split_autocast_regions(*body);
}

}  // namespace retrace::exporter
