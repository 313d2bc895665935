// SPDX-License-Identifier: Apache-2.0
#include "core/trace/fx_graph.h"

#include <algorithm>

#include "core/base/failure.h"
#include "core/ops/operator.h"

namespace retrace::trace {

namespace {

template <typename Visit>
void for_each_node(const Arg& arg, Visit&& visit) {
  if (Node* n = arg.node()) {
    visit(n);
  } else if (const auto* list = arg.if_holds<ArgList>()) {
    for (const Arg& element : *list) for_each_node(element, visit);
  } else if (const auto* dict = arg.if_holds<ArgDict>()) {
    for (const auto& [key, element] : *dict) for_each_node(element, visit);
  }
}

template <typename Visit>
void for_each_input(const Node& node, Visit&& visit) {
  for (const Arg& a : node.args) for_each_node(a, visit);
  for (const auto& [key, a] : node.kwargs) for_each_node(a, visit);
}

void substitute(Arg& arg, Node* old, Node* by) {
  if (arg.node() == old) {
    arg = Arg(by);
  } else if (auto* list = std::get_if<ArgList>(&arg)) {
    for (Arg& element : *list) substitute(element, old, by);
  } else if (auto* dict = std::get_if<ArgDict>(&arg)) {
    for (auto& [key, element] : *dict) substitute(element, old, by);
  }
}

}  // namespace

void collect_nodes(const Arg& arg, std::vector<Node*>& out) {
  for_each_node(arg, [&](Node* n) { out.push_back(n); });
}

std::vector<Node*> all_input_nodes(const Node& node) {
  std::vector<Node*> out;
  for_each_input(node, [&](Node* n) {
    if (std::find(out.begin(), out.end(), n) == out.end()) out.push_back(n);
  });
  return out;
}

Graph::Graph() { sentinel_.next = sentinel_.previous = &sentinel_; }

Graph::~Graph() {
  for (Node* node = sentinel_.next; node != &sentinel_;) delete std::exchange(node, node->next);
}

void Graph::link(Node& node) {
  Node* at = insertion_point_ == nullptr ? &sentinel_ : insertion_point_;
  node.next = at;
  node.previous = at->previous;
  at->previous->next = &node;
  at->previous = &node;
}

void Graph::add_uses(Node& node) {
  for_each_input(node, [&](Node* n) { n->users.add(&node); });
}

void Graph::drop_uses(Node& node) {
  for_each_input(node, [&](Node* n) { n->users.remove(&node); });
}

Node& Graph::create(NodeOp op, std::string_view target, ArgList args, ArgDict kwargs, std::string_view name_hint) {
  return create_as(names_->create(name_hint), op, target, std::move(args), std::move(kwargs));
}

Node& Graph::create_as(std::string_view name, NodeOp op, std::string_view target, ArgList args, ArgDict kwargs) {
  const ops::Operator* operation = op == NodeOp::kCall ? ops::find_operator(target) : nullptr;
  Node& node = make(op, operation != nullptr ? std::string_view(operation->target) : targets_.store(target),
                    std::move(args), std::move(kwargs), std::string(name));
  node.operation = operation;
  return node;
}

Node& Graph::create(const ops::Operator& operation, ArgList args, ArgDict kwargs) {
  Node& node =
      make(NodeOp::kCall, operation.target, std::move(args), std::move(kwargs), names_->create(operation.node_name));
  node.operation = &operation;
  return node;
}

Node& Graph::make(NodeOp op, std::string_view stored_target, ArgList args, ArgDict kwargs, std::string name) {
  Node& node = *new Node;  // the list's
  node.op = op;
  node.index = created_++;
  node.target = stored_target;
  node.args = std::move(args);
  node.kwargs = std::move(kwargs);
  node.name = std::move(name);
  link(node);
  add_uses(node);
  return node;
}

void Graph::erase(Node& node) {
  if (!node.users.empty()) throw Bug("erasing node " + node.name + " that has users");
  if (node.erased) return;
  drop_uses(node);
  unlink(node);
  node.erased = true;
  erased_.emplace_back(&node);
}

void Graph::unlink(Node& node) {
  node.previous->next = node.next;
  node.next->previous = node.previous;
}

void Graph::replace_all_uses(Node& node, Node& by) {
  if (&node == &by) return;
  for (const auto& [user, count] : node.users) {
    for (Arg& a : user->args) substitute(a, &node, &by);
    for (auto& [key, a] : user->kwargs) substitute(a, &node, &by);
    by.users.add(user, count);
  }
  node.users.clear();
}

void Graph::set_args(Node& node, ArgList args, ArgDict kwargs) {
  drop_uses(node);
  node.args = std::move(args);
  node.kwargs = std::move(kwargs);
  add_uses(node);
}

void Graph::move_before(Node& node, Node& at) {
  unlink(node);
  node.next = &at;
  node.previous = at.previous;
  at.previous->next = &node;
  at.previous = &node;
}

void Graph::make_placeholder(Node& attribute, Node& at) {
  attribute.op = NodeOp::kPlaceholder;
  move_before(attribute, at);
}

bool Graph::lost_call() const {
  return std::any_of(erased_.begin(), erased_.end(), [](const auto& node) { return node->op == NodeOp::kCall; });
}

std::vector<Node*> Graph::nodes() const {
  std::vector<Node*> out;
  out.reserve(created_);
  for (Node* n = sentinel_.next; n != &sentinel_; n = n->next) out.push_back(n);
  return out;
}

std::vector<Node*> Graph::placeholders() const {
  std::vector<Node*> out;
  for (Node* n = sentinel_.next; n != &sentinel_; n = n->next) {
    if (n->op == NodeOp::kPlaceholder) out.push_back(n);
  }
  return out;
}

}  // namespace retrace::trace
