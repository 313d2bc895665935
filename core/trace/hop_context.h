// SPDX-License-Identifier: Apache-2.0
// What a higher-order operator's rule may ask of the interpreter that runs it.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/trace/arguments.h"
#include "core/trace/tracer.h"

namespace retrace::trace {

struct HopCall {
  std::string_view name;  // "cond"
  const Node& node;       // in the callable's graph
  std::vector<Traced> args;
  std::vector<NamedTraced> kwargs;
  const ir::Graph* source = nullptr;  // the recorded graph that the node is from
};

class HopContext {
 public:
  virtual ~HopContext() = default;
  virtual Tracer& tracer() = 0;
  Session& session() { return tracer().session(); }

  /// reenter_make_fx: the body traced into a graph of its own over these operands.
  struct Body {
    std::shared_ptr<GraphModule> module;
    std::vector<Traced> results;
  };
  /// `names`: of the placeholders, where they matter.
  virtual Body trace_body(const GraphModule& body, const std::vector<Value>& operands,
                          const std::vector<std::string>& names = {}) = 0;
  /// Runs the body on values; its nodes are thrown away.
  virtual std::vector<Value> run_body(const GraphModule& body, const std::vector<Value>& operands) = 0;
  /// Runs the body as part of the current graph.
  virtual std::vector<Traced> inline_body(const GraphModule& body, const std::vector<Traced>& operands) = 0;
  /// What the program recorded of the call's results, for a custom operator's sake.
  virtual Value recorded(const HopCall& call) = 0;
  /// "true_graph" -> "true_graph_0", the first number not taken in the current graph.
  virtual std::string unique_graph_name(std::string_view prefix) = 0;
};

/// Null: not known.
using HopRule = Traced (*)(HopContext& context, HopCall& call);

}  // namespace retrace::trace
