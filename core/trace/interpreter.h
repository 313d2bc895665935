// SPDX-License-Identifier: Apache-2.0
// Runs a graph node by node over fake values and records the trace (fx.Interpreter under make_fx).
#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/trace/hop_context.h"
#include "core/trace/vmap.h"

namespace retrace::trace {

/// What is done to a sub-graph right after its trace (dispatch_trace's clean-up, runtime assertions).
using FinishSubgraph = std::function<void(Session&, GraphModule&)>;

/// What a graph's nodes gave, by their place in it.
class Environment {
 public:
  void reserve(std::size_t nodes) { values_.resize(std::max(nodes, values_.size())); }
  Traced& operator[](const Node* node) {
    if (node->index >= values_.size()) values_.resize(node->index + 1);
    std::unique_ptr<Traced>& value = values_[node->index];
    if (value == nullptr) value = std::make_unique<Traced>();
    return *value;
  }
  [[nodiscard]] const Traced& at(const Node* node) const {
    if (node->index >= values_.size() || values_[node->index] == nullptr)
      throw Bug("node " + node->name + " is used before it is made");
    return *values_[node->index];
  }
  void forget(const Node& node) {
    if (node.index < values_.size()) values_[node.index].reset();
  }

 private:
  std::vector<std::unique_ptr<Traced>> values_;
};

class Interpreter final : public HopContext {
 public:
  using Environment = trace::Environment;

  Interpreter(Tracer& tracer, FinishSubgraph finish_subgraph)
      : tracer_(tracer), finish_subgraph_(std::move(finish_subgraph)), vmap_(tracer.session()) {}

  /// Strict export's second trace, of what Dynamo captured: fresh unbacked symbols take the names that the graph's
  /// nodes already have, and sizes are read by Tensor.size, which Dynamo puts for sym_size.
  void retrace_capture() { rebinds_ = reads_by_method_ = true; }

  /// Runs all nodes; `inputs` holds the placeholders' and get_attr nodes' values. Gives the outputs.
  std::vector<Traced> run(const GraphModule& module, Environment inputs);
  /// The same, once: the graph is taken apart on the way, and its placeholders stay.
  std::vector<Traced> run_apart(GraphModule& module, Environment inputs);

  Tracer& tracer() override { return tracer_; }
  Body trace_body(const GraphModule& body, const std::vector<Value>& operands,
                  const std::vector<std::string>& names) override;
  std::vector<Value> run_body(const GraphModule& body, const std::vector<Value>& operands) override;
  std::vector<Traced> inline_body(const GraphModule& body, const std::vector<Traced>& operands) override;
  Value recorded(const HopCall& call) override;
  std::string unique_graph_name(std::string_view prefix) override;

 private:
  /// done(node) when the node's result is known.
  template <typename Done>
  std::vector<Traced> run_nodes(const GraphModule& module, Environment& env, Done&& done);
  Traced run_node(const Node& node, const GraphModule& module, Environment& env);
  void note_computed(const Node& node, const Traced& result);
  Traced run_call(const Node& node, const GraphModule& module, Environment& env);
  Traced run_symbolic(const Node& node, std::vector<Traced> args);
  Traced run_operator(const Node& node, const GraphModule& module, const Environment& env);
  Traced run_predispatch(const Node& node, std::vector<Traced> args, const std::vector<NamedTraced>& kwargs,
                         const GraphModule& module);
  Traced run_unknown(const Node& node, std::vector<Traced> args, const std::vector<NamedTraced>& kwargs,
                     const GraphModule& module);
  Traced emit(const ops::Operator& op, const BoundArguments& bound);
  Traced emit(std::string_view target, const std::vector<Traced>& args);
  [[nodiscard]] const FakeTensor* known_constant(const ops::Schema& schema, const std::vector<Value>& values) const;
  Traced plain_result(Node& node, const Value& value);
  // special_operators.cpp
  [[noreturn]] static void raise_non_tensor();
  Traced special(const ops::Operator& op, const BoundArguments& bound, bool& handled);
  Traced number_of_elements(FakeTensor& tensor);
  Traced is_nonzero(const Traced& tensor);

  Tracer& tracer_;
  FinishSubgraph finish_subgraph_;
  Vmap vmap_;
  bool rebinds_ = false;
  bool reads_by_method_ = false;
  bool names_nodes_ = true;  // failures name the node that runs; not inside a body that Python calls directly
  std::unordered_set<std::string> graph_names_;
};

}  // namespace retrace::trace
