// SPDX-License-Identifier: Apache-2.0
// _export/passes/lift_constants_pass.py: constants become inputs, in the order of their first use.
#include <algorithm>
#include <unordered_map>

#include "core/base/failure.h"
#include "core/exporter/finish/passes.h"

namespace retrace::exporter {

using trace::Arg;
using trace::Graph;
using trace::Node;
using trace::NodeOp;

namespace {

Node& only_user(const Node& node) { return *node.users.begin()->first; }

bool is_lift(const Node& node) {
  return node.is_call("torch.ops.aten.lift_fresh.default") || node.is_call("torch.ops.aten.lift_fresh_copy.default");
}
bool is_detach(const Node& node) {
  return node.is_call("torch.ops.aten.detach_.default") || node.is_call("torch.ops.aten.detach.default");
}

/// _unused_constant: the nodes to remove, users first; empty: it is used.
std::vector<Node*> unused_constant(Node& node) {
  if (node.users.size() != 1) return {};
  Node& lift = only_user(node);
  if (!is_lift(lift) || lift.users.size() > 1) return {};
  if (lift.users.empty()) return {&lift, &node};
  Node& detach = only_user(lift);
  if (!is_detach(detach) || !detach.users.empty()) return {};
  return {&detach, &lift, &node};
}

const GraphInput& find_lifted(const std::vector<GraphInput>& lifted, std::string_view fqn) {
  const auto at = std::find_if(lifted.begin(), lifted.end(), [&](const GraphInput& g) { return g.spec.name == fqn; });
  if (at == lifted.end()) throw Bug("constant without a lifted input: " + std::string(fqn));
  return *at;
}

/// The node before which constants are put: the first user input, without one the graph's first node. That one may be
/// erased, and fx still puts nodes before it: there they stand until the node that followed it is erased too, which
/// closes the list over both.
class Place {
 public:
  Place(Graph& graph, Node* at) : graph_(graph), at_(at) {}

  Node& put(std::string_view target) {
    const trace::InsertBefore here(graph_, at_);
    Node& input = graph_.create(NodeOp::kPlaceholder, target, {}, {}, target);
    if (is_erased_) last_put_ = &input;
    return input;
  }
  void erase(Node& node) {
    if (&node == at_) {
      if (is_erased_ && last_put_ != nullptr && !last_put_->users.empty()) fail();
      is_erased_ = true;
      at_ = graph_.after(node);
    }
    graph_.erase(node);
  }

 private:
  /// Graph.lint
  [[noreturn]] void fail() const {
    raise(ErrorType::kRuntimeError, "Argument '" + last_put_->name + "' of Node '" + only_user(*last_put_).name +
                                        "' was used before it has been defined! Please check that Nodes in the graph "
                                        "are topologically ordered");
  }

  Graph& graph_;
  Node* at_;
  bool is_erased_ = false;          // the node itself; `at_` is then what followed it
  const Node* last_put_ = nullptr;  // since
};

}  // namespace

void lift_constants(Graph& graph, Signature& signature, const std::vector<GraphInput>& lifted) {
  // Without user inputs, constants go before everything.
  const std::vector<Node*> placeholders = graph.placeholders();
  const bool has_users = signature.first_user_input < placeholders.size();
  if (!has_users) signature.first_user_input = 0;
  Place place(graph, has_users ? placeholders[signature.first_user_input] : graph.first());
  std::unordered_map<std::string_view, Node*> inputs;
  for (Node* node : graph.nodes()) {
    if (node->erased || node->op != NodeOp::kGetAttr) continue;
    if (const std::vector<Node*> unused = unused_constant(*node); !unused.empty()) {
      for (Node* n : unused) place.erase(*n);
      continue;
    }
    Node*& input = inputs[node->target];
    if (input == nullptr) {
      input = &place.put(node->target);
      input->val = node->val;
      input->has_val = true;
      const auto at = static_cast<std::ptrdiff_t>(signature.first_user_input++);
      signature.inputs.insert(signature.inputs.begin() + at, find_lifted(lifted, node->target).spec);
    }
    graph.replace_all_uses(*node, *input);
    place.erase(*node);
  }
}

}  // namespace retrace::exporter
