// SPDX-License-Identifier: Apache-2.0
// Expressions as nodes (torch/utils/_sympy/interp.py with PythonReferenceAnalysis): each distinct sub-expression once.
#pragma once
#include <unordered_map>
#include <vector>

#include "core/trace/fx_graph.h"
#include "core/trace/session.h"

namespace retrace::exporter {

class Reifier {
 public:
  Reifier(trace::Session& session, trace::Graph& graph, bool exporting)
      : session_(session), graph_(graph), exporting_(exporting) {}

  [[nodiscard]] bool knows(expr::Expr e) const { return nodes_.contains(e); }
  [[nodiscard]] trace::Node* find(expr::Expr e) const;
  void learn(expr::Expr e, trace::Node& node);
  /// The node of `e`, made at the graph's insertion point as far as needed; a constant for a number.
  trace::Arg reify(expr::Expr e);
  /// What was learned or made, in order.
  [[nodiscard]] const std::vector<std::pair<expr::Expr, trace::Node*>>& order() const { return order_; }
  trace::Node& call(std::string_view target, trace::ArgList args);

 private:
  trace::Arg make(expr::Expr e, const trace::ArgList& args);
  trace::Arg fold(std::string_view target, const trace::ArgList& args);
  trace::Arg binary(std::string_view target, const trace::Arg& a, const trace::Arg& b);

  trace::Session& session_;
  trace::Graph& graph_;
  bool exporting_;
  std::unordered_map<expr::Expr, trace::Node*> nodes_;
  std::vector<std::pair<expr::Expr, trace::Node*>> order_;
};

/// _has_uninterpretable_sympy_function.
bool is_uninterpretable(expr::Expr e);

}  // namespace retrace::exporter
