// SPDX-License-Identifier: Apache-2.0
#include "core/trace/unbacked_bindings.h"

#include <algorithm>

#include "core/base/failure.h"
#include "core/trace/tracer.h"

namespace retrace::trace {

namespace {

/// _free_unbacked_symbols_with_path: `pending` symbols found in a value, each once, in the order of the walk.
class BindingSearch {
 public:
  explicit BindingSearch(std::vector<expr::Expr> pending) : pending_(std::move(pending)) {}

  void visit(const Value& value, const std::vector<KeyStep>& path) {
    if (value.holds<ValueList>()) {
      const ValueList& list = value.get<ValueList>();
      for (std::size_t i = 0; i < list.size(); ++i) {
        visit(list[i], extended(path, {KeyStep::Kind::kItem, static_cast<std::int64_t>(i)}));
      }
    } else if (value.holds<FakeTensor*>()) {
      visit_tensor(*value.get<FakeTensor*>(), path);
    } else if (value.holds<SymInt>()) {
      visit_integer(value.get<SymInt>(), path);
    } else if (value.holds<SymFloat>()) {
      match_symbol(value.get<SymFloat>().node(), path);
    } else if (value.holds<SymBool>()) {
      visit_bool(value.get<SymBool>().node(), path);
    }
  }

  std::vector<UnbackedBinding> found;
  [[nodiscard]] const std::vector<expr::Expr>& pending() const { return pending_; }

 private:
  static std::vector<KeyStep> extended(std::vector<KeyStep> path, const KeyStep& step) {
    path.push_back(step);
    return path;
  }

  void visit_tensor(const FakeTensor& tensor, const std::vector<KeyStep>& path) {
    for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
      visit_integer(tensor.sizes[i], extended(path, {KeyStep::Kind::kSize, static_cast<std::int64_t>(i)}));
    }
    for (std::size_t i = 0; i < tensor.strides.size(); ++i) {
      visit_integer(tensor.strides[i], extended(path, {KeyStep::Kind::kStride, static_cast<std::int64_t>(i)}));
    }
    visit_integer(tensor.storage_offset, extended(path, {KeyStep::Kind::kStorageOffset, 0}));
  }

  void visit_integer(const SymInt& value, const std::vector<KeyStep>& path) {
    const expr::Expr e = value.node();
    if (e == nullptr || match_symbol(e, path)) return;
    if (e->kind != expr::Kind::kMul || e->args.size() != 2 || e->args[1]->kind != expr::Kind::kSymbol) return;
    const expr::Expr coefficient = e->args[0];
    if (coefficient->kind != expr::Kind::kInteger || !is_pending(e->args[1])) return;
    bind(e->args[1], extended(path, {KeyStep::Kind::kDivide, coefficient->value}));
  }

  void visit_bool(expr::Expr e, const std::vector<KeyStep>& path) {
    if (e == nullptr || e->kind != expr::Kind::kEq || !expr::is_integer_value(e->args[1], 1)) return;
    if (is_pending(e->args[0])) bind(e->args[0], extended(path, {KeyStep::Kind::kConvertBool, 0}));
  }

  bool match_symbol(expr::Expr e, const std::vector<KeyStep>& path) {
    if (e == nullptr || e->kind != expr::Kind::kSymbol || !is_pending(e)) return false;
    bind(e, path);
    return true;
  }

  [[nodiscard]] bool is_pending(expr::Expr symbol) const {
    return std::find(pending_.begin(), pending_.end(), symbol) != pending_.end();
  }
  void bind(expr::Expr symbol, std::vector<KeyStep> path) {
    found.push_back({symbol, std::move(path)});
    std::erase(pending_, symbol);
  }

  std::vector<expr::Expr> pending_;
};

}  // namespace

std::vector<UnbackedBinding> compute_unbacked_bindings(shapes::ShapeEnv& env, const Value& value) {
  std::vector<expr::Expr> pending = env.take_fresh_unbacked();
  if (pending.empty()) return {};
  BindingSearch search(std::move(pending));
  search.visit(value, {});
  if (!search.pending().empty()) {
    raise(ErrorType::kRuntimeError,
          "Pending unbacked symbols {" + expr::str(search.pending().front()) + "} not in returned outputs");
  }
  return std::move(search.found);
}

namespace {

/// pytree.key_get: the number at the end of a path; null: a plain one, or the path is not there.
expr::Expr at_path(const Value& value, const std::vector<KeyStep>& path) {
  Value at = value;
  bool converted = false;
  for (const KeyStep& step : path) {
    const auto index = static_cast<std::size_t>(step.index);
    switch (step.kind) {
      case KeyStep::Kind::kItem:
        at = Value(at.get<ValueList>().at(index));
        break;
      case KeyStep::Kind::kSize:
        at = Value(at.get<FakeTensor*>()->sizes.at(index));
        break;
      case KeyStep::Kind::kStride:
        at = Value(at.get<FakeTensor*>()->strides.at(index));
        break;
      case KeyStep::Kind::kStorageOffset:
        at = Value(at.get<FakeTensor*>()->storage_offset);
        break;
      case KeyStep::Kind::kConvertBool:
        converted = true;
        break;
      case KeyStep::Kind::kDivide:
        at = Value(floordiv(at.get<SymInt>(), SymInt(step.index)));
        break;
    }
  }
  const expr::Expr e = expression_of(at);
  if (!converted || e == nullptr) return e;
  return e->kind == expr::Kind::kEq && expr::is_integer_value(e->args[1], 1) ? e->args[0] : e;
}

}  // namespace

void rebind_unbacked(shapes::ShapeEnv& env, const Node& node, const Value& value) {
  for (const UnbackedBinding& binding : node.unbacked_bindings) {
    const expr::Expr fresh = at_path(value, binding.path);
    const expr::Expr old = env.renamed(binding.symbol);
    if (fresh == nullptr || fresh->kind != expr::Kind::kSymbol || !fresh->has_unbacked || fresh == old) continue;
    env.rename_unbacked(fresh, old);
  }
}

}  // namespace retrace::trace
