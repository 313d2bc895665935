// SPDX-License-Identifier: Apache-2.0
// The passes that make an exported program of a traced graph, in the order the pipeline calls them.
#pragma once
#include <string>
#include <vector>

#include "core/exporter/mode.h"
#include "core/trace/fx_graph.h"
#include "core/trace/session.h"

namespace retrace::exporter {

/// Symbolic values of nodes.
bool has_symbolic_val(const trace::Node& node);
/// SymNode.expr of a node's value, null if it has none (_get_sym_val).
expr::Expr symbolic_val(shapes::ShapeEnv& env, const trace::Node& node);

/// proxy_tensor.py dispatch_trace: dead size reads and dead symbolic arithmetic.
void drop_dead_symbols(trace::Graph& graph);
/// _inductor/fx_passes/dedupe_symint_uses.py: equal expressions over symbolic inputs become one node.
void dedupe_symints(shapes::ShapeEnv& env, trace::Graph& graph);
/// export/_trace.py _is_impure: dead detach and profiler nodes; in bodies of higher-order operators all pure ones.
void drop_dead_nodes(trace::Graph& graph);

/// fx/passes/runtime_assert.py insert_deferred_runtime_asserts. `exporting`: sums as binary additions.
void insert_runtime_asserts(trace::Session& session, trace::Graph& graph, bool exporting);
/// _export/utils.py _insert_aten_to_metadata_assert_pass.
void insert_aten_to_asserts(trace::Graph& graph);

/// The program's inputs while the passes run: `spec` parallel to the graph's placeholders.
struct Signature {
  std::vector<ir::InputSpec> inputs;
  std::size_t first_user_input = 0;
};
/// _export/passes/lift_constants_pass.py: get_attr nodes of constants become inputs before the user inputs.
void lift_constants(trace::Graph& graph, Signature& signature, const std::vector<GraphInput>& lifted);

/// replace_set_grad_with_hop_pass and replace_autocast_with_hop_pass, also inside sub-graphs.
void split_grad_mode_regions(trace::GraphModule& module);
void split_autocast_regions(trace::GraphModule& module);

/// All nodes of the graph's sub-graph arguments.
std::vector<std::shared_ptr<trace::GraphModule>> subgraphs(const trace::Graph& graph);

}  // namespace retrace::exporter
