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

/// Results by expression. Most substitutions have few, for which a scan beats a table.
class Results {
 public:
  [[nodiscard]] Expr find(Expr e) const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (few_[i].first == e) return few_[i].second;
    }
    if (many_.empty()) return nullptr;
    const auto known = many_.find(e);
    return known == many_.end() ? nullptr : known->second;
  }
  void add(Expr e, Expr result) {
    if (size_ < few_.size())
      few_[size_++] = {e, result};
    else
      many_.emplace(e, result);
  }

 private:
  std::array<std::pair<Expr, Expr>, 16> few_;
  std::size_t size_ = 0;
  std::unordered_map<Expr, Expr> many_;
};

}  // namespace

Expr rebuild(Expr e, std::span<const Expr> args) {
  if (e->kind == Kind::kOpaqueUnary) return e->pool->opaque(e->name, args[0]);
  return e->pool->make(e->kind, args);
}

Expr substitute(Expr root, std::span<const std::pair<Expr, Expr>> replacements) {
  Results done;
  std::uint64_t replaced_kinds = 0;
  for (const auto& [from, to] : replacements) {
    if (done.find(from) == nullptr) done.add(from, to);
    replaced_kinds |= kind_bit(from->kind);
  }
  const auto result_of = [&](Expr e) { return (e->kinds & replaced_kinds) == 0 ? e : done.find(e); };
  std::vector<Expr> stack{root};
  Args args;
  while (!stack.empty()) {
    Expr e = stack.back();
    if (result_of(e) != nullptr) {
      stack.pop_back();
      continue;
    }
    args.clear();
    const std::size_t before = stack.size();
    for (Expr a : e->args) {
      args.push_back(result_of(a));
      if (args.back() == nullptr) stack.push_back(a);
    }
    if (stack.size() != before) continue;
    stack.pop_back();
    const bool same = std::equal(args.begin(), args.end(), e->args.begin());
    done.add(e, same ? e : rebuild(e, args));
  }
  return result_of(root);
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
