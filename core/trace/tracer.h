// SPDX-License-Identifier: Apache-2.0
// Records a trace: which node of the new graph stands for which value (proxy_tensor.py PythonKeyTracer).
//
// A tensor is known by its identity: an in-place operator's node replaces the node of the tensor it changed.
// Sizes, strides and offsets of a tracked tensor get their node only when they are used. A symbolic number
// carries its proxy with it. One Tracer a graph; a sub-graph has its own.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/trace/fx_graph.h"
#include "core/trace/session.h"

namespace retrace::trace {

/// A symbolic number's node, made when it is first needed.
struct SymProxy {
  Node* node = nullptr;
  Node* tensor = nullptr;  // to be read from this tensor
  KeyStep step;
};

struct TracedObject;

/// What an interpreted node gave: a value with its proxy, or several.
struct Traced {
  Value value;
  SymProxy* proxy = nullptr;
  bool is_list = false;
  std::vector<Traced> items;
  std::shared_ptr<const TracedObject> object;  // instead of a value
};

/// What only higher-order operators take: a dict, a sub-graph, an operator.
struct TracedObject {
  std::variant<std::vector<std::pair<std::string, Traced>>, std::shared_ptr<GraphModule>, OperatorName> is;
};

/// The sub-graph, or null.
std::shared_ptr<GraphModule> graph_of(const Traced& traced);
/// The operator's name, empty if it is none.
std::string_view operator_of(const Traced& traced);

bool is_symbolic(const Value& value);
/// The expression of a symbolic number, null for anything else.
expr::Expr expression_of(const Value& value);
/// The number or truth value with the environment's replacements applied (SymNode.expr).
Value replaced(shapes::ShapeEnv& env, const Value& value);
/// A copy that later in-place changes do not touch (snapshot_fake); lists element by element.
Value snapshot(Session& session, const Value& value);
/// The plain value of a Traced (lists become ValueList).
Value value_of(const Traced& traced);

class Tracer {
 public:
  explicit Tracer(Session& session) : session_(session), module_(std::make_shared<GraphModule>()) {}
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  Session& session() { return session_; }
  GraphModule& module() { return *module_; }
  Graph& graph() { return module_->graph; }
  std::shared_ptr<GraphModule> take_module() { return module_; }

  /// Tensors that are read by a get_attr node at each use.
  void name_constant(const FakeTensor* tensor, std::string fqn) { constants_[tensor] = std::move(fqn); }
  [[nodiscard]] bool is_attribute(const FakeTensor* tensor) const { return constants_.contains(tensor); }

  Traced placeholder(std::string_view name, const Value& value);
  /// The i-th input under make_fx's name, which no call goes by: it is not kept from other nodes.
  Traced input(std::size_t i, const Value& value);
  /// A call without results known yet.
  Node& call(const ops::Operator& operation, ArgList args, ArgDict kwargs);
  Node& call(std::string_view target, ArgList args, ArgDict kwargs, std::string_view name = {});
  /// track_tensor_tree: `node` stands for `value` from now on.
  Traced track(Node& node, const Value& value);
  /// `node` stands for something that is neither tensor nor number.
  Traced track_object(Node& node);
  /// A symbolic operation's node (an immediate one, as thunks are off); a plain result makes none.
  Traced symbolic_call(std::string_view target, const std::vector<Traced>& args, const Value& result);

  /// The argument that stands for a traced value: fetch_object_proxy, fetch_sym_proxy.
  Arg argument(const Traced& traced);
  /// unwrap_proxy, of what is not fetched: operands of symbolic operations and of higher-order operators, outputs. The
  /// node, also where its value became a number.
  Arg argument_as_is(const Traced& traced);
  /// A size, stride or offset of a tracked tensor. What is known by now is a plain int to Python where an operator
  /// gives it, and stays a SymInt where the tensor's method does.
  Traced read(const FakeTensor& tensor, const KeyStep& step, const SymInt& value, bool by_method = false);
  /// The node of a symbol of the inputs, made here if nothing has used it yet.
  void make_node(expr::Expr symbol);
  void output(const std::vector<Traced>& results);
  [[nodiscard]] bool is_tracked(const FakeTensor* tensor) const { return tensors_.contains(tensor); }

 private:
  Traced wrap(Node& node, const Value& value);
  Arg object_argument(const TracedObject& object);
  void track_tensor(Node& node, FakeTensor& tensor);
  void track_size(Node& node, const KeyStep& step, const SymInt& value);
  SymProxy& new_proxy(Node* node);
  Node* force(SymProxy& proxy);
  Node* node_of(const FakeTensor* tensor);
  Node* node_of_symbolic(const Traced& traced);
  Node* rebuild(expr::Expr e);

  Session& session_;
  std::shared_ptr<GraphModule> module_;
  std::deque<SymProxy> proxies_;
  std::unordered_map<const FakeTensor*, Node*> tensors_;
  std::unordered_map<const void*, Node*> objects_;
  std::unordered_map<expr::Expr, SymProxy*> symbols_;
  std::unordered_map<const FakeTensor*, std::string> constants_;
};

/// The argument that stands for a plain value.
Arg plain_argument(const Value& value);

/// After which fx names a call of a target that nobody named (Graph._target_to_str): "torch.ops.aten.sym_size.int" ->
/// "sym_size.int", "_operator.mul" -> "mul".
std::string_view base_name(std::string_view target);
/// make_fx's name of the i-th input.
std::string input_name(std::size_t i);

}  // namespace retrace::trace
