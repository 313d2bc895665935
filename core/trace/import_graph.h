// SPDX-License-Identifier: Apache-2.0
// A serialized graph as the fx graph that torch's deserializer makes of it (torch/_export/serde/serialize.py
// GraphModuleDeserializer): a getitem node for each result of a node with several, sub-graphs as modules.
#pragma once
#include <memory>
#include <vector>

#include "core/trace/fx_graph.h"

namespace retrace::trace {

struct ImportedGraph {
  std::shared_ptr<GraphModule> module;
  /// One a graph input: its placeholder, or the get_attr node of a lifted input; null where the input is a constant
  /// without a name.
  std::vector<Node*> inputs;
};

/// The graph of an unlifted program: parameters, buffers, constants and objects become get_attr nodes.
ImportedGraph import_program(const ir::Program& program);
/// A sub-graph: all inputs are placeholders.
std::shared_ptr<GraphModule> import_subgraph(const ir::GraphArg& graph);

}  // namespace retrace::trace
