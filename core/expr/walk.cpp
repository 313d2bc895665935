// SPDX-License-Identifier: Apache-2.0
// Walks over an expression: substitution, the symbols in it, the parts of a kind.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

/// The expressions that a walk has met. Most have few parts, for which a scan beats a set.
class Seen {
 public:
  bool insert(Expr e) {
    if (size_ == few_.size()) return many_.insert(e).second && !is_among_few(e);
    if (is_among_few(e)) return false;
    few_[size_++] = e;
    return true;
  }

 private:
  [[nodiscard]] bool is_among_few(Expr e) const {
    return std::find(few_.begin(), few_.begin() + size_, e) != few_.begin() + size_;
  }

  std::array<Expr, 16> few_;
  std::size_t size_ = 0;
  std::unordered_set<Expr> many_;
};

/// Visits every distinct sub-expression that `enters` once, arguments first; stops when `visit` returns true.
template <class Enters, class Visit>
bool walk(Expr root, Enters&& enters, Visit&& visit) {
  if (!enters(root)) return false;
  if (root->args.empty()) return visit(root);
  Seen seen;
  std::vector<std::pair<Expr, std::size_t>> stack{{root, 0}};
  seen.insert(root);
  while (!stack.empty()) {
    auto& [e, next] = stack.back();
    if (next < e->args.size()) {
      Expr child = e->args[next++];
      if (enters(child) && seen.insert(child)) stack.emplace_back(child, 0);
      continue;
    }
    if (visit(e)) return true;
    stack.pop_back();
  }
  return false;
}

}  // namespace

Expr rebuild(Expr e, std::span<const Expr> args) {
  if (e->kind == Kind::kOpaqueUnary) return e->pool->opaque(e->name, args[0]);
  return e->pool->make(e->kind, args);
}

Expr substitute(Expr root, std::span<const std::pair<Expr, Expr>> replacements) {
  std::unordered_map<Expr, Expr> done;
  for (const auto& [from, to] : replacements) done.try_emplace(from, to);
  std::vector<Expr> stack{root};
  Args args;
  while (!stack.empty()) {
    Expr e = stack.back();
    if (done.contains(e)) {
      stack.pop_back();
      continue;
    }
    const std::size_t before = stack.size();
    for (Expr a : e->args) {
      if (!done.contains(a)) stack.push_back(a);
    }
    if (stack.size() != before) continue;
    stack.pop_back();
    args.clear();
    bool changed = false;
    for (Expr a : e->args) {
      args.push_back(done.at(a));
      changed |= args.back() != a;
    }
    done.emplace(e, changed ? rebuild(e, args) : e);
  }
  return done.at(root);
}

std::span<const Expr> free_symbols(Expr e) {
  if (has_kind(e, Kind::kSymbol) && e->symbols.empty())
    e->symbols = PoolAccess::store(*e->pool, find_all(e, Kind::kSymbol));
  return e->symbols;
}

bool contains(Expr e, Expr part) {
  if (e == part) return true;
  return walk(
      e, [part](Expr x) { return x == part || x->depth > part->depth; }, [part](Expr x) { return x == part; });
}

std::vector<Expr> find_all(Expr e, Kind kind) {
  std::vector<Expr> found;
  const auto visit = [&](Expr x) {
    if (x->kind == kind) found.push_back(x);
    return false;
  };
  walk(
      e, [kind](Expr x) { return has_kind(x, kind); }, visit);
  return found;
}

}  // namespace retrace::expr
