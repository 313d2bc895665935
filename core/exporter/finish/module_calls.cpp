// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/finish/module_calls.h"

#include <string>
#include <string_view>
#include <unordered_set>

namespace retrace::exporter {

namespace {

using Known = std::unordered_set<ir::Text>;

void add_entry(ir::Program& program, ir::Text fqn, Known& known) {
  if (known.insert(fqn).second) program.module_call_graph.push_back({fqn, std::nullopt});
}

/// Modules that own a lifted attribute, outer ones first.
void add_containers(ir::Program& program, Known& known) {
  for (const ir::InputSpec& spec : program.input_specs) {
    if (spec.is_user()) continue;
    for (std::size_t dot = spec.name.find('.'); dot != ir::Text::npos; dot = spec.name.find('.', dot + 1)) {
      add_entry(program, spec.name.substr(0, dot), known);
    }
  }
}

/// A torch.Size comes back from unflattening as a plain tuple (proxy_tensor.py registers it so).
ir::Text sizes_as_tuples(ir::Text spec, Arena& arena) {
  constexpr std::string_view kSize = R"("type": "torch.Size")";
  if (spec.find(kSize) == ir::Text::npos) return spec;
  std::string out(spec);
  for (std::size_t at = out.find(kSize); at != std::string::npos; at = out.find(kSize, at))
    out.replace(at, kSize.size(), R"("type": "builtins.tuple")");
  return arena.store(out);
}

}  // namespace

void write_module_calls(const ir::Program& from, ir::Program& program) {
  ir::ModuleCallEntry root{{}, std::nullopt};
  if (!from.module_call_graph.empty() && from.module_call_graph.front().signature) {
    ir::ModuleCallSignature signature = *from.module_call_graph.front().signature;
    signature.inputs.clear();
    for (std::size_t i = 0; i < program.input_specs.size(); ++i) {
      if (program.input_specs[i].is_user()) signature.inputs.push_back(program.graph.inputs[i]);
    }
    signature.outputs = program.graph.outputs;
    signature.in_spec = sizes_as_tuples(signature.in_spec, *program.arena);
    signature.out_spec = sizes_as_tuples(signature.out_spec, *program.arena);
    root.signature = std::move(signature);
  }
  program.module_call_graph.push_back(std::move(root));
  Known known{program.module_call_graph.front().fqn};
  add_containers(program, known);
  add_entry(program, "_guards_fn", known);
  program.graph_metadata = from.graph_metadata;
  program.opset_version = from.opset_version;
  program.verifiers = {"TRAINING"};
  program.torch_version = from.torch_version;
  program.treespec_namedtuple_fields = from.treespec_namedtuple_fields;
  program.tied = from.tied;
  program.constants = from.constants;
}

}  // namespace retrace::exporter
