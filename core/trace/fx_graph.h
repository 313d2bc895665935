// SPDX-License-Identifier: Apache-2.0
// The graph while it is traced and finished: torch.fx.Graph with the metadata that export's passes use.
//
// Nodes form a doubly linked list in execution order, own their arguments and know their users. What takes a graph
// apart node by node says so (`finish`), and holds only what is still waited for. A node's `val` is what FakeTensorMode
// saw at that moment (meta["val"]): a snapshot, so later in-place changes of a tensor do not show. Names follow fx's
// _Namespace: names once used stay reserved. A GraphModule owns its graph and its sub-modules (bodies of higher-order
// operators). Built from an ir::Graph by `import_graph`, turned into one by the exporter's serialization step.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/arena.h"
#include "core/hash/text_store.h"
#include "core/ir/program.h"
#include "core/ops/value.h"
#include "core/trace/namespace.h"
#include "core/trace/users.h"

namespace retrace::ops {
struct Operator;
}

namespace retrace::trace {

struct GraphModule;
struct Arg;
using ArgList = std::vector<Arg>;
using ArgDict = std::vector<std::pair<std::string, Arg>>;
struct OperatorName {
  std::string name;
};

/// A node argument: None, a node, a plain constant, a list, a dict, or a sub-graph (get_attr of a GraphModule).
struct Arg
    : std::variant<std::monostate, Node*, std::int64_t, double, bool, std::string, ScalarType, Layout, MemoryFormat,
                   Device, std::pair<double, double>, ArgList, ArgDict, std::shared_ptr<GraphModule>, OperatorName> {
  using variant::variant;
  [[nodiscard]] bool is_none() const { return index() == 0; }
  [[nodiscard]] Node* node() const {
    auto* const* n = std::get_if<Node*>(static_cast<const variant*>(this));
    return n == nullptr ? nullptr : *n;
  }
  template <typename T>
  [[nodiscard]] const T* if_holds() const {
    return std::get_if<T>(static_cast<const variant*>(this));
  }
};

enum class NodeOp : std::uint8_t { kPlaceholder, kGetAttr, kCall, kGetItem, kOutput };

/// A path into a node's value at which a fresh unbacked symbol is found (pytree key path).
struct KeyStep {
  enum class Kind : std::uint8_t { kItem, kSize, kStride, kStorageOffset, kConvertBool, kDivide } kind = Kind::kItem;
  std::int64_t index = 0;
};
struct UnbackedBinding {
  expr::Expr symbol = nullptr;
  std::vector<KeyStep> path;
};

struct Node {
  NodeOp op = NodeOp::kCall;
  std::string name;
  std::uint32_t index = 0;                   // in order of creation in its graph
  const ops::Operator* operation = nullptr;  // of a kCall whose target is registered
  std::string_view target;  // kCall: "torch.ops.aten.add.Tensor"; kGetAttr: FQN; kPlaceholder: argument's name
  ArgList args;             // kGetItem: (node, index); kOutput: the results
  ArgDict kwargs;
  Value val;  // meta["val"]; ValueList for several results
  bool has_val = false;
  bool single_tensor_return = false;  // a higher-order operator that returned a bare value
  std::vector<UnbackedBinding> unbacked_bindings;
  const ir::Node* origin = nullptr;  // node of the program that this one was traced from (metadata)
  Node* previous = nullptr;
  Node* next = nullptr;
  bool erased = false;
  Users users;
  [[nodiscard]] bool is_call(std::string_view name_of_target) const {
    return op == NodeOp::kCall && target == name_of_target;
  }
};

/// Nodes used by `arg`, in order, with repeats.
void collect_nodes(const Arg& arg, std::vector<Node*>& out);
std::vector<Node*> all_input_nodes(const Node& node);  // distinct, in order

class Graph {
 public:
  Graph();
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Appends before the insertion point (end of the graph unless set).
  Node& create(NodeOp op, std::string_view target, ArgList args, ArgDict kwargs, std::string_view name_hint);
  /// The same under a name that is given, for a graph whose nodes have their names.
  Node& create_as(std::string_view name, NodeOp op, std::string_view target, ArgList args, ArgDict kwargs);
  /// A call of a known operator.
  Node& create(const ops::Operator& operation, ArgList args, ArgDict kwargs);
  /// A node that would be dropped unused only takes a name.
  void take_name(std::string_view hint) { names_->create(hint); }
  /// New nodes go before `at`; null: the end.
  void insert_before(Node* at) { insertion_point_ = at; }
  [[nodiscard]] Node* insertion_point() const { return insertion_point_; }
  void erase(Node& node);  // it has no users; it stays where it is until the graph goes
  /// Nobody asks for the node's arguments again. What has no users left but placeholders is freed; `gone` is told
  /// first.
  template <typename Gone>
  void finish(Node& node, Gone&& gone);
  void replace_all_uses(Node& node, Node& by);
  void set_args(Node& node, ArgList args, ArgDict kwargs);
  void move_before(Node& node, Node& at);
  /// A get_attr node reads its tensor from an input from now on, which stands before `at`.
  void make_placeholder(Node& attribute, Node& at);
  /// The nodes' names, as a graph gives them whose nodes are made in this order: hint(node) of each but inputs.
  template <typename Hint>
  void name_anew(Hint&& hint);

  [[nodiscard]] Node* first() const { return sentinel_.next == &sentinel_ ? nullptr : sentinel_.next; }
  /// Successor, null at the end.
  [[nodiscard]] Node* after(const Node& node) const { return node.next == &sentinel_ ? nullptr : node.next; }
  /// Nodes made so far, those that are gone too.
  [[nodiscard]] std::size_t created() const { return created_; }
  /// Was a call among the nodes that were erased?
  [[nodiscard]] bool lost_call() const;
  [[nodiscard]] std::vector<Node*> nodes() const;
  [[nodiscard]] std::vector<Node*> placeholders() const;

 private:
  Node& make(NodeOp op, std::string_view stored_target, ArgList args, ArgDict kwargs, std::string name);
  void link(Node& node);
  void add_uses(Node& node);
  void drop_uses(Node& node);
  static void unlink(Node& node);
  Arena arena_;
  hash::TextStore targets_{arena_, 64};  // those that no operator holds
  std::vector<std::unique_ptr<Node>> erased_;
  std::uint32_t created_ = 0;
  mutable Node sentinel_;
  Node* insertion_point_ = nullptr;
  std::optional<Namespace> names_{std::in_place};
};

template <typename Hint>
void Graph::name_anew(Hint&& hint) {
  names_.emplace();
  for (Node* node = first(); node != nullptr; node = after(*node))
    if (node->op != NodeOp::kPlaceholder) node->name = names_->create(hint(*node));
}

template <typename Gone>
void Graph::finish(Node& node, Gone&& gone) {
  std::vector<Node*> done = all_input_nodes(node);
  drop_uses(node);
  node.args = {};
  node.kwargs = {};
  done.push_back(&node);
  for (Node* of : done) {
    if (!of->users.empty() || of->op == NodeOp::kPlaceholder) continue;
    gone(*of);
    unlink(*of);
    delete of;
  }
}

struct GraphModule {
  Graph graph;
  const ir::Graph* source = nullptr;  // the recorded graph it was imported from
  std::string name;                   // as the sub-graph argument is called ("true_graph_0")
  bool single_return = false;         // output is a bare value, not a tuple
};

/// Keeps nodes alive while inserting elsewhere.
class InsertBefore {
 public:
  InsertBefore(Graph& graph, Node* at) : graph_(graph), old_(graph.insertion_point()) { graph.insert_before(at); }
  ~InsertBefore() { graph_.insert_before(old_); }
  InsertBefore(const InsertBefore&) = delete;
  InsertBefore& operator=(const InsertBefore&) = delete;

 private:
  Graph& graph_;
  Node* old_;
};

}  // namespace retrace::trace
