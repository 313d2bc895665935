// SPDX-License-Identifier: Apache-2.0
// torch/fx/passes/runtime_assert.py insert_deferred_runtime_asserts: the assertions that tracing put off become
// nodes right after the symbol they wait for; size arithmetic is shared; size reads of intermediate tensors
// become arithmetic on input sizes.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "core/exporter/finish/passes.h"
#include "core/exporter/finish/reify.h"
#include "core/trace/tracer.h"

namespace retrace::exporter {

namespace {

using expr::Expr;
using expr::Kind;
using trace::Arg;
using trace::Graph;
using trace::KeyStep;
using trace::Node;
using trace::NodeOp;

constexpr std::string_view kAssertScalar = "torch.ops.aten._assert_scalar.default";

class AssertPass {
 public:
  AssertPass(trace::Session& session, Graph& graph, bool exporting)
      : env_(session.env()), graph_(graph), reifier_(session, graph, exporting) {
    for (const auto& pending : env_.deferred_asserts()) waiting_of(pending.symbol).is_shared = true;
  }

  void run() {
    const std::vector<Node*> nodes = graph_.nodes();
    Node* first = nullptr;
    for (Node* node : nodes) {
      if (node->op != NodeOp::kPlaceholder) {
        first = node;
        break;
      }
      placeholders_.insert(node);
    }
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
      Node& node = *nodes[i];
      const bool is_placeholder = placeholders_.contains(&node);
      const trace::InsertBefore here(graph_, is_placeholder ? first : nodes[i + 1]);
      if (is_placeholder) match_placeholder(node);
      if (&node == first) add_asserts(nullptr);
      if (node.is_call(kAssertScalar)) visit_assert(node);
      if (!node.erased && node.op != NodeOp::kPlaceholder) share_symbol(node);
      if (!node.erased && is_range_constraint(node)) graph_.erase(node);
      bind_symbols(node);
    }
    drop_unused_symbols();
  }

 private:
  static bool is_range_constraint(const Node& node) {
    return node.is_call("torch.ops.aten.sym_constrain_range.default") ||
           node.is_call("torch.ops.aten.sym_constrain_range_for_size.default");
  }

  // ---- Symbols of inputs

  void match_placeholder(Node& node) {
    if (!node.has_val) return;
    match_symbol(trace::expression_of(node.val), [&]() -> Node& { return node; });
    if (!node.val.holds<FakeTensor*>()) return;
    const FakeTensor& tensor = *node.val.get<FakeTensor*>();
    for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
      match_symbol(tensor.sizes[i].node(), [&]() -> Node& {
        return read(node, {KeyStep::Kind::kSize, static_cast<std::int64_t>(i)});
      });
    }
    for (std::size_t i = 0; i < tensor.strides.size(); ++i) {
      match_symbol(tensor.strides[i].node(), [&]() -> Node& {
        return read(node, {KeyStep::Kind::kStride, static_cast<std::int64_t>(i)});
      });
    }
    match_symbol(tensor.storage_offset.node(), [&]() -> Node& {
      return read(node, {KeyStep::Kind::kStorageOffset, 0});
    });
  }

  template <typename Make>
  void match_symbol(Expr raw, Make&& make) {
    if (raw == nullptr) return;
    const Expr e = env_.renamed(raw);
    if (e->kind == Kind::kSymbol && !reifier_.knows(e)) reifier_.learn(e, make());
  }

  /// A node that reads a size, stride, offset or item of `of`.
  Node& read(Node& of, const KeyStep& step) {
    std::string_view target = "torch.ops.aten.sym_storage_offset.default";
    trace::ArgList args{Arg(&of)};
    Value value;
    const auto index = static_cast<std::size_t>(step.index);
    switch (step.kind) {
      case KeyStep::Kind::kItem: {
        Node& node = graph_.create(NodeOp::kGetItem, "_operator.getitem", {Arg(&of), Arg(step.index)}, {}, "getitem");
        node.val = of.val.get<ValueList>()[index];
        node.has_val = true;
        return node;
      }
      case KeyStep::Kind::kSize:
        target = "torch.ops.aten.sym_size.int";
        value = Value(of.val.get<FakeTensor*>()->sizes[index]);
        break;
      case KeyStep::Kind::kStride:
        target = "torch.ops.aten.sym_stride.int";
        value = Value(of.val.get<FakeTensor*>()->strides[index]);
        break;
      case KeyStep::Kind::kStorageOffset:
        value = Value(of.val.get<FakeTensor*>()->storage_offset);
        break;
      case KeyStep::Kind::kConvertBool:
        return reifier_.call("torch.sym_ite", {Arg(&of), Arg(std::int64_t{1}), Arg(std::int64_t{0})});
      case KeyStep::Kind::kDivide:
        return reifier_.call("_operator.floordiv", {Arg(&of), Arg(step.index)});
    }
    if (step.kind != KeyStep::Kind::kStorageOffset) args.push_back(step.index);
    Node& node = graph_.create(NodeOp::kCall, target, std::move(args), {}, trace::base_name(target));
    node.val = value;
    node.has_val = true;
    return node;
  }

  // ---- Assertions that are there already

  void visit_assert(Node& node) {
    const Arg condition = node.args.empty() ? Arg() : node.args[0];
    const auto* plain = condition.if_holds<bool>();
    const Expr e = condition.node() == nullptr ? nullptr : symbolic_val(env_, *condition.node());
    if ((plain != nullptr && *plain) || (e != nullptr && reifier_.knows(e) && added_.contains(e))) {
      graph_.erase(node);
      Node* of = condition.node();
      if (of != nullptr && of->users.empty() && of->op != NodeOp::kPlaceholder) graph_.erase(*of);
    } else if (e != nullptr) {
      added_.insert(e);
    }
  }

  // ---- Symbolic nodes

  bool reads_intermediate(const Node& node, Expr e) const {
    if (expr::is_number(e->kind) || is_uninterpretable(e)) return false;
    return std::any_of(node.args.begin(), node.args.end(), [](const Arg& a) {
      const Node* of = a.node();
      return of != nullptr && of->has_val && of->val.holds<FakeTensor*>() && of->op != NodeOp::kPlaceholder;
    });
  }

  bool all_symbols_known(Expr e) const {
    const std::span<const Expr> symbols = expr::free_symbols(e);
    return std::all_of(symbols.begin(), symbols.end(), [&](Expr s) { return reifier_.knows(s); });
  }

  bool binds_new_symbol(const Node& node) const {
    return std::any_of(node.unbacked_bindings.begin(), node.unbacked_bindings.end(),
                       [&](const trace::UnbackedBinding& b) { return !reifier_.knows(env_.renamed(b.symbol)); });
  }

  void share_symbol(Node& node) {
    const Expr e = symbolic_val(env_, node);
    if (e == nullptr) return;
    const bool intermediate = reads_intermediate(node, e);
    if ((reifier_.knows(e) || (intermediate && all_symbols_known(e))) && !binds_new_symbol(node)) {
      if (intermediate) reifier_.reify(e);
      Node* shared = reifier_.find(e);
      if (shared == &node) return;
      graph_.replace_all_uses(node, *shared);
      graph_.erase(node);
    } else if (!reifier_.knows(e) && !expr::is_number(e->kind) && e->kind != Kind::kTrue && e->kind != Kind::kFalse) {
      reifier_.learn(e, node);
    }
  }

  // ---- Unbacked symbols and what waits for them

  void bind_symbols(Node& node) {
    if (node.erased) return;
    std::vector<Expr> bound;
    for (const trace::UnbackedBinding& binding : node.unbacked_bindings) {
      const Expr symbol = env_.renamed(binding.symbol);
      bound.push_back(symbol);
      if (reifier_.knows(symbol)) continue;
      Node* at = &node;
      for (const KeyStep& step : binding.path) at = &read(*at, step);
      reifier_.learn(symbol, *at);
    }
    for (const Expr symbol : bound) {
      if (!constrained_.insert(symbol).second) {
        drop_waiting(symbol);
        continue;
      }
      add_bounds(symbol);
      add_asserts(symbol);
    }
  }

  void add_bounds(Expr symbol) {
    shapes::ValueRange range = env_.range_of(symbol);
    if (range.upper == std::numeric_limits<std::int64_t>::max() - 1) range.upper = shapes::kOo;
    expr::Pool& pool = env_.pool();
    if (range.lower != shapes::kNegOo) add_bound(pool.make(Kind::kGe, {symbol, pool.integer(range.lower)}));
    if (range.upper != shapes::kOo) add_bound(pool.make(Kind::kLe, {symbol, pool.integer(range.upper)}));
  }

  void add_bound(Expr e) {
    assert_node(e);
    added_.insert(e);
  }

  void assert_node(Expr e) {
    const Arg condition = reifier_.reify(e);
    const std::string label = condition.node() != nullptr ? condition.node()->name : expr::str(e);
    const std::string message =
        fmt::format("Runtime assertion failed for expression {} on node '{}'", expr::str(e), label);
    Node& node = graph_.create(NodeOp::kCall, std::string(kAssertScalar), {condition, Arg(message)}, {},
                               "_assert_scalar_default");
    node.has_val = true;
    assume(condition, message);
  }

  /// _node_metadata_hook runs the new node: what the condition became since it was put off is asserted anew.
  void assume(const Arg& condition, const std::string& message) {
    const Node* node = condition.node();
    if (node == nullptr || !node->val.holds<SymBool>()) return;
    if (!env_.expect_true(node->val.get<SymBool>(), message)) raise(ErrorType::kRuntimeError, message);
  }

  static bool is_bound(Expr e) {
    if (e->kind != Kind::kLe && e->kind != Kind::kGe) return false;
    const Expr a = e->args[0];
    const Expr b = e->args[1];
    return (a->kind == Kind::kSymbol && expr::is_number(b->kind)) ||
           (b->kind == Kind::kSymbol && expr::is_number(a->kind));
  }

  void add_asserts(Expr symbol) {
    for (std::size_t next = 0; next < asserts_of(symbol).size(); ++next) {
      const Expr e = asserts_of(symbol)[next];
      const std::span<const Expr> symbols = expr::free_symbols(e);
      if (added_.contains(e) || (symbols.size() == 1 && constrained_.contains(symbols[0]) && is_bound(e)) ||
          is_uninterpretable(e))
        continue;
      Expr missing = nullptr;
      for (const Expr s : symbols) {
        if (!reifier_.knows(s) && (missing == nullptr || s->name < missing->name)) missing = s;
      }
      if (missing != nullptr) {
        asserts_of(missing).push_back(e);
        continue;
      }
      assert_node(e);
      added_.insert(e);
    }
    drop_waiting(symbol);
  }

  struct Waiting {
    Expr symbol;
    std::vector<Expr> asserts;
    bool is_shared = false;  // it is the environment's own list: what running an assertion puts off comes in on the way
    std::size_t seen = 0;    // of the environment's
  };

  Waiting& waiting_of(Expr symbol) {
    const auto known = std::ranges::find(waiting_, symbol, &Waiting::symbol);
    return known != waiting_.end() ? *known : waiting_.emplace_back(Waiting{symbol, {}, false, 0});
  }

  std::vector<Expr>& asserts_of(Expr symbol) {
    Waiting& waiting = waiting_of(symbol);
    if (!waiting.is_shared) return waiting.asserts;
    for (const auto& pending : env_.deferred_asserts()) {
      if (pending.symbol != symbol) continue;
      for (; waiting.seen < pending.asserts.size(); ++waiting.seen)
        waiting.asserts.push_back(pending.asserts[waiting.seen].expression);
    }
    return waiting.asserts;
  }

  void drop_waiting(Expr symbol) { waiting_of(symbol) = Waiting{symbol, {}, false, 0}; }

  void drop_unused_symbols() {
    for (const auto& [e, node] : reifier_.order()) {
      if (e->kind == Kind::kSymbol && node->op != NodeOp::kPlaceholder && node->users.empty() && !node->erased)
        graph_.erase(*node);
    }
  }

  shapes::ShapeEnv& env_;
  Graph& graph_;
  Reifier reifier_;
  std::unordered_set<const Node*> placeholders_;
  std::unordered_set<Expr> added_;
  std::unordered_set<Expr> constrained_;
  std::vector<Waiting> waiting_;
};

}  // namespace

void insert_runtime_asserts(trace::Session& session, Graph& graph, bool exporting) {
  AssertPass(session, graph, exporting).run();
}

}  // namespace retrace::exporter
