// SPDX-License-Identifier: Apache-2.0
#include "core/trace/fx_graph.h"

#include <algorithm>
#include <cctype>

#include "core/base/failure.h"

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

/// "add_12" -> ("add", 12); no suffix: (whole, 0).
std::pair<std::string, int> split_suffix(const std::string& name) {
  const std::size_t at = name.find_last_of('_');
  if (at == std::string::npos || at + 1 == name.size() || name.size() - at > 9) return {name, 0};
  for (std::size_t i = at + 1; i < name.size(); ++i) {
    if (std::isdigit(static_cast<unsigned char>(name[i])) == 0) return {name, 0};
  }
  return {name.substr(0, at), std::stoi(name.substr(at + 1))};
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

std::string Namespace::create(std::string_view candidate) {
  std::string name(candidate);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') c = '_';
  }
  if (name.empty()) name = "_unnamed";
  if (std::isdigit(static_cast<unsigned char>(name[0])) != 0) name.insert(name.begin(), '_');
  auto [base, number] = split_suffix(name);
  if (number == 0) number = base_count_[base];
  while (!used_.insert(name).second) name = base + "_" + std::to_string(++number);
  base_count_[base] = number;
  return name;
}

Graph::Graph() { sentinel_.next = sentinel_.previous = &sentinel_; }

void Graph::link(Node& node) {
  Node* at = insertion_point_ == nullptr ? &sentinel_ : insertion_point_;
  node.next = at;
  node.previous = at->previous;
  at->previous->next = &node;
  at->previous = &node;
}

void Graph::add_uses(Node& node) {
  for_each_input(node, [&](Node* n) { ++n->users[&node]; });
}

void Graph::drop_uses(Node& node) {
  for_each_input(node, [&](Node* n) { n->users.erase(&node); });
}

Node& Graph::create(NodeOp op, std::string target, ArgList args, ArgDict kwargs, std::string_view name_hint) {
  Node& node = storage_.emplace_back();
  node.op = op;
  node.target = std::move(target);
  node.args = std::move(args);
  node.kwargs = std::move(kwargs);
  node.name = names_.create(name_hint);
  link(node);
  add_uses(node);
  return node;
}

void Graph::erase(Node& node) {
  if (!node.users.empty()) throw Bug("erasing node " + node.name + " that has users");
  if (node.erased) return;
  drop_uses(node);
  node.previous->next = node.next;
  node.next->previous = node.previous;
  node.erased = true;
}

void Graph::replace_all_uses(Node& node, Node& by) {
  if (&node == &by) return;
  for (const auto& [user, count] : node.users) {
    for (Arg& a : user->args) substitute(a, &node, &by);
    for (auto& [key, a] : user->kwargs) substitute(a, &node, &by);
    by.users[user] += count;
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
  node.previous->next = node.next;
  node.next->previous = node.previous;
  node.next = &at;
  node.previous = at.previous;
  at.previous->next = &node;
  at.previous = &node;
}

std::vector<Node*> Graph::nodes() const {
  std::vector<Node*> out;
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

Node* Graph::output() const {
  Node* last = sentinel_.previous;
  return last != &sentinel_ && last->op == NodeOp::kOutput ? last : nullptr;
}

}  // namespace retrace::trace
