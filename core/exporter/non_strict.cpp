// SPDX-License-Identifier: Apache-2.0
// Non-strict export traces the callable's graph as it stands.
#include <algorithm>
#include <string_view>

#include "core/exporter/mode.h"

namespace retrace::exporter {

namespace {

/// The module tree that the lifted inputs' names spell; children and attributes in order of first mention.
struct ModuleTree {
  std::string_view name;
  std::vector<const GraphInput*> own;
  std::vector<ModuleTree> children;

  void add(std::string_view rest, const GraphInput& input) {
    ModuleTree* at = this;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      at = &at->child(rest.substr(0, dot));
      rest.remove_prefix(dot + 1);
    }
    at->own.push_back(&input);
  }
  ModuleTree& child(std::string_view child_name) {
    const auto known =
        std::find_if(children.begin(), children.end(), [&](const ModuleTree& c) { return c.name == child_name; });
    if (known != children.end()) return *known;
    children.push_back({child_name, {}, {}});
    return children.back();
  }
};

/// named_parameters or named_buffers: a module's own first, then its children's.
void collect(const ModuleTree& root, ir::InputSpecKind kind, std::vector<GraphInput>& out) {
  std::vector<const ModuleTree*> pending{&root};
  while (!pending.empty()) {
    const ModuleTree& module = *pending.back();
    pending.pop_back();
    for (const GraphInput* input : module.own) {
      if (input->spec.kind == kind) out.push_back(*input);
    }
    for (auto child = module.children.rbegin(); child != module.children.rend(); ++child) pending.push_back(&*child);
  }
}

Captured as_it_stands(trace::Session&, const ir::Callable&, Captured program) {
  ModuleTree root;
  for (const GraphInput& input : program.lifted) root.add(input.spec.name, input);
  std::vector<GraphInput> ordered;
  collect(root, ir::InputSpecKind::kParameter, ordered);
  collect(root, ir::InputSpecKind::kBuffer, ordered);
  for (const GraphInput& input : program.lifted) {
    if (!input.spec.is_state()) ordered.push_back(input);
  }
  program.lifted = std::move(ordered);
  return program;
}

}  // namespace

const ModeRecord& non_strict_mode() {
  static const ModeRecord record{Mode::kNonStrict, bind::SourceStyle::kByName, true, as_it_stands, false, false, false};
  return record;
}

}  // namespace retrace::exporter
