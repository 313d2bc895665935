// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/finish/naming.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "core/hash/text_table.h"

namespace retrace::exporter {

using trace::Graph;
using trace::Node;
using trace::NodeOp;

namespace {

/// re.match(r"(.*)_(\d+)", name): prefix and number, or none.
std::optional<std::pair<std::string_view, int>> numbered(std::string_view name) {
  for (std::size_t at = name.size(); at-- > 0;) {
    if (name[at] != '_' || at + 1 >= name.size() || !is_digit(name[at + 1])) continue;
    int number = 0;
    std::size_t end = at + 1;
    for (; end < name.size() && is_digit(name[end]) && end - at <= 9; ++end) number = number * 10 + (name[end] - '0');
    if (end - at > 9) return std::nullopt;
    return std::pair(name.substr(0, at), number);
  }
  return std::nullopt;
}

/// _rename_without_collisions.
class Names {
 public:
  void rename(std::string& name, bool is_placeholder) {
    if (note(name)) return;
    const auto match = is_placeholder ? std::nullopt : numbered(name);
    const std::string_view key = match ? match->first : std::string_view(name);
    std::string chosen = fmt::format("{}_{}", key, entry(key).available + 1);
    note(chosen);
    name = std::move(chosen);
  }
  /// False: the name is taken.
  bool note(std::string_view name) {
    const bool is_new = !std::exchange(entry(name).is_used, true);
    if (const auto match = numbered(name)) {
      int& available = entry(match->first).available;
      available = std::max(available, match->second);
    }
    return is_new;
  }

 private:
  struct Entry {
    bool is_used = false;
    int available = 0;  // the greatest number behind the name
  };
  Entry& entry(std::string_view name) { return names_.at(name).value; }
  Arena arena_;
  hash::TextTable<Entry> names_{arena_, 64};
};

/// "['x']['K.y'][0].f" -> "x_k_y_0_f".
std::string joined_path(std::string_view path) {
  std::string out;
  std::size_t i = 0;
  while (i < path.size()) {
    const char open = path[i++];
    std::string key;
    if (open == '[' && i < path.size() && (path[i] == '\'' || path[i] == '"')) {
      const char quote = path[i++];
      while (i < path.size() && path[i] != quote) key += is_alphanumeric(path[i]) ? path[i++] : (++i, '_');
      i += 2;
    } else if (open == '[') {
      while (i < path.size() && path[i] != ']') key += path[i++];
      ++i;
    } else {
      while (i < path.size() && path[i] != '[' && path[i] != '.') key += path[i++];
    }
    if (!out.empty()) out += '_';
    for (const char c : key) out += lower(c);
  }
  return out;
}

std::string_view prefix_of(ir::InputSpecKind kind) {
  switch (kind) {
    case ir::InputSpecKind::kParameter:
      return "p_";
    case ir::InputSpecKind::kBuffer:
      return "b_";
    case ir::InputSpecKind::kTensorConstant:
      return "c_";
    case ir::InputSpecKind::kCustomObj:
      return "obj_";
    case ir::InputSpecKind::kToken:
      return "token";
    default:
      return "";
  }
}

/// One prefix goes; in strict mode it is Dynamo's, which the name has no more.
std::string lifted_name(const ir::InputSpec& spec, Mode mode) {
  std::string_view fqn = spec.name;
  if (fqn.starts_with("L__self___")) {
    fqn.remove_prefix(10);
  } else if (mode == Mode::kNonStrict && fqn.starts_with("self_")) {
    fqn.remove_prefix(5);
  }
  std::string out(prefix_of(spec.kind));
  for (const char c : fqn) out += is_alphanumeric(c) ? lower(c) : '_';
  return out;
}

void name_subgraph(Graph& graph, const std::vector<Node*>& operands) {
  Names names;
  std::size_t i = 0;
  for (Node* node : graph.nodes()) {
    if (i < operands.size()) {
      node->name = operands[i]->name;
      names.note(node->name);
    } else {
      names.rename(node->name, false);
    }
    ++i;
  }
}

std::vector<Node*> operand_nodes(const std::vector<trace::Arg>& args) {
  std::vector<Node*> out;
  for (const trace::Arg& a : args) trace::collect_nodes(a, out);
  return out;
}

/// _name_hoo_subgraph_placeholders.
void name_subgraphs(Graph& graph) {
  for (Node* node : graph.nodes()) {
    std::vector<Node*> operands;
    if (node->is_call("torch.ops.higher_order.cond") && node->args.size() == 4) {
      operands = operand_nodes({node->args[3]});
    } else if (node->is_call("torch.ops.higher_order.wrap_with_set_grad_enabled")) {
      operands = operand_nodes({node->args.begin() + 2, node->args.end()});
    } else if (node->is_call("torch.ops.higher_order.map_impl") && node->args.size() == 3) {
      operands = operand_nodes({node->args[1], node->args[2]});
    } else {
      continue;
    }
    for (const trace::Arg& a : node->args) {
      const auto* module = a.if_holds<std::shared_ptr<trace::GraphModule>>();
      if (module == nullptr || (*module)->graph.placeholders().size() != operands.size()) continue;
      name_subgraph((*module)->graph, operands);
      name_subgraphs((*module)->graph);
    }
  }
}

}  // namespace

void name_nodes(Graph& graph, const Signature& signature, const std::vector<std::string>& user_paths, Mode mode) {
  Names names;
  const std::vector<Node*> placeholders = graph.placeholders();
  std::size_t user = 0;
  for (std::size_t i = 0; i < placeholders.size(); ++i) {
    if (!signature.inputs[i].is_user()) continue;
    placeholders[i]->name = joined_path(user_paths[user++]);
    names.rename(placeholders[i]->name, true);
  }
  for (std::size_t i = 0; i < placeholders.size(); ++i) {
    if (signature.inputs[i].is_user()) continue;
    placeholders[i]->name = lifted_name(signature.inputs[i], mode);
    names.rename(placeholders[i]->name, true);
  }
  for (Node* node : graph.nodes()) {
    if (node->op != NodeOp::kPlaceholder) names.rename(node->name, false);
  }
  name_subgraphs(graph);
}

}  // namespace retrace::exporter
