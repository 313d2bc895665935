// SPDX-License-Identifier: Apache-2.0
// And, Or, Not, Piecewise as SymPy folds them; conjunctive normal form; torch's canonicalize_bool_expr.
#include <numeric>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

bool contains_arg(std::span<const Expr> args, Expr e) { return std::find(args.begin(), args.end(), e) != args.end(); }

Expr negated_relation(Expr r) { return r->pool->make_raw(negated(r->kind), r->args); }

/// LatticeOp._new_args_filter: flattened, without the identity; false: the zero was met.
bool flatten(Kind kind, std::span<const Expr> in, Args& out) {
  const Kind zero = kind == Kind::kAnd ? Kind::kFalse : Kind::kTrue;
  const Kind identity = kind == Kind::kAnd ? Kind::kTrue : Kind::kFalse;
  for (Expr e : in) {
    if (e->kind == zero) return false;
    if (e->kind == identity) continue;
    if (e->kind == kind)
      out.insert(out.end(), e->args.begin(), e->args.end());
    else
      out.push_back(e);
  }
  std::stable_sort(out.begin(), out.end(), ordered_less);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return true;
}

/// Drops relations that say the same; false: two contradict (And), two cover everything (Or).
bool drop_same_relations(Args& args) {
  Args seen;
  Args kept;
  for (Expr e : args) {
    if (is_relational(e->kind)) {
      Expr c = canonical_relation(e);
      if (contains_arg(seen, c)) continue;
      if (is_relational(c->kind) && contains_arg(seen, canonical_relation(negated_relation(c)))) return false;
      seen.push_back(c);
    }
    kept.push_back(e);
  }
  args.swap(kept);
  return true;
}

}  // namespace

Expr make_and_or(Pool& pool, Kind kind, std::span<const Expr> in) {
  Args args;
  if (!flatten(kind, in, args) || !drop_same_relations(args)) return pool.boolean(kind == Kind::kOr);
  if (args.empty()) return pool.boolean(kind == Kind::kAnd);
  return args.size() == 1 ? args[0] : pool.make_raw(kind, args);
}

Expr make_not(Pool& pool, Expr e) {
  if (e->kind == Kind::kTrue || e->kind == Kind::kFalse) return pool.boolean(e->kind == Kind::kFalse);
  if (is_number(e)) return pool.boolean(to_double(e) == 0);
  if (e->kind == Kind::kNot) return e->args[0];
  if (is_relational(e->kind)) return negated_relation(e);
  return pool.make_raw(Kind::kNot, {e});
}

Expr logical_not(Expr e) { return make_not(*e->pool, e); }

// ---- Piecewise

namespace {

using Piece = std::pair<Expr, Expr>;

/// _canonical_coeff: 2*x + 1 > 5 as x > 2.
Expr canonical_coefficient(Expr r) {
  r = canonical_relation(r);
  if (!is_relational(r->kind) || is_boolean(r->args[1]->kind) || is_boolean(r->args[0]->kind)) return r;
  auto [constant, rest] = as_coeff_add(r->args[0]);
  if (!is_exact(constant)) return r;
  auto [factor, lhs] = as_coeff_mul(rest);
  if (!is_exact(factor) || is_zero_value(factor)) return r;
  Expr rhs = div(sub(r->args[1], constant), factor);
  return make_relation(*r->pool, number_is_negative(factor) ? mirrored(r->kind) : r->kind, lhs, rhs);
}

Expr canonical_condition(Expr c) {
  if (is_relational(c->kind)) return canonical_coefficient(c);
  if (c->kind != Kind::kAnd && c->kind != Kind::kOr && c->kind != Kind::kNot) return c;
  Args args;
  for (Expr a : c->args) args.push_back(canonical_condition(a));
  return c->pool->make(c->kind, args);
}

/// A nested Piecewise under a condition of its own: only the piece of that condition is left.
Expr unnest(Expr e, Expr condition, const Args& earlier) {
  if (e->kind != Kind::kPiecewise) return e;
  Args unmatching;
  for (std::size_t i = 0; i < e->args.size(); i += 2) {
    Expr c = e->args[i + 1];
    if (contains_arg(earlier, c)) continue;
    if (c != condition) {
      unmatching.insert(unmatching.end(), {e->args[i], c});
      continue;
    }
    if (c->kind == Kind::kTrue) break;
    if (unmatching.empty()) return e->args[i];
    unmatching.insert(unmatching.end(), {e->args[i], c});
    return make_piecewise(*e->pool, unmatching);
  }
  return e;
}

bool repeats(Expr condition, const Args& earlier) {
  if (contains_arg(earlier, condition)) return true;
  if (condition->kind != Kind::kAnd) return false;
  return std::any_of(condition->args.begin(), condition->args.end(), [&](Expr c) { return contains_arg(earlier, c); });
}

Expr weakened(Expr r) {
  if (r->kind == Kind::kLt) return r->pool->make_raw(Kind::kLe, r->args);
  return r->kind == Kind::kGt ? r->pool->make_raw(Kind::kGe, r->args) : nullptr;
}

/// What earlier pieces leave of a condition.
Expr reduced(Expr condition, const Args& earlier) {
  Pool& pool = *condition->pool;
  const auto excluded = [&](Expr r) { return contains_arg(earlier, canonical_relation(negated_relation(r))); };
  if (is_relational(condition->kind)) return excluded(condition) ? pool.boolean(true) : condition;
  if (condition->kind != Kind::kAnd) return condition;
  Args kept;
  for (Expr c : condition->args) {
    if (is_relational(c->kind)) {
      if (excluded(c)) continue;
      Expr weak = weakened(c);
      if (weak != nullptr && contains_arg(earlier, weak)) return pool.boolean(false);
    }
    kept.push_back(c);
  }
  return make_and_or(pool, Kind::kAnd, kept);
}

/// _piecewise_collapse_arguments
std::vector<Piece> collapse(const std::vector<Piece>& pieces) {
  std::vector<Piece> out;
  Args earlier;
  for (auto [e, condition] : pieces) {
    condition = canonical_condition(condition);
    e = unnest(e, condition, earlier);
    if (repeats(condition, earlier)) continue;
    condition = reduced(condition, earlier);
    earlier.push_back(condition);
    if (!out.empty() && out.back().first == e) {
      Pool& pool = *e->pool;
      const Expr both[] = {condition, out.back().second};
      out.back().second = to_cnf(make_and_or(pool, Kind::kOr, both));
      continue;
    }
    if (!out.empty() && out.back().second == condition) continue;
    out.emplace_back(e, condition);
  }
  return out;
}

std::vector<Piece> reachable(const std::vector<Piece>& pieces) {
  std::vector<Piece> out;
  for (const Piece& p : pieces) {
    if (p.second->kind == Kind::kFalse) continue;
    out.push_back(p);
    if (p.second->kind == Kind::kTrue) break;
  }
  return out;
}

}  // namespace

Expr make_piecewise(Pool& pool, std::span<const Expr> args) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i + 1 < args.size(); i += 2) pieces.emplace_back(args[i], args[i + 1]);
  for (;;) {
    pieces = reachable(pieces);
    if (pieces.empty()) return pool.nan();
    if (pieces.size() == 1 && pieces[0].second->kind == Kind::kTrue) return pieces[0].first;
    auto next = collapse(pieces);
    if (next == pieces) break;
    pieces.swap(next);
  }
  Args flat;
  for (const auto& [e, condition] : pieces) flat.insert(flat.end(), {e, condition});
  return pool.make_raw(Kind::kPiecewise, flat);
}

// ---- Normal forms

namespace {

bool is_literal(Expr e) { return e->kind != Kind::kAnd && e->kind != Kind::kOr && e->kind != Kind::kNot; }

bool is_clause(Expr e) {
  return is_literal(e) || (e->kind == Kind::kOr && std::all_of(e->args.begin(), e->args.end(), is_literal)) ||
         (e->kind == Kind::kNot && is_literal(e->args[0]));
}

/// to_nnf: Not only before literals.
Expr negations_inward(Expr e, bool negate) {
  Pool& pool = *e->pool;
  if (e->kind == Kind::kNot) return negations_inward(e->args[0], !negate);
  if (e->kind != Kind::kAnd && e->kind != Kind::kOr) return negate ? make_not(pool, e) : e;
  Args args;
  for (Expr a : e->args) args.push_back(negations_inward(a, negate));
  const Kind dual = e->kind == Kind::kAnd ? Kind::kOr : Kind::kAnd;
  return make_and_or(pool, negate ? dual : e->kind, args);
}

/// distribute_and_over_or
Expr distribute(Expr e) {
  Pool& pool = *e->pool;
  Args args;
  if (e->kind == Kind::kAnd) {
    for (Expr a : e->args) args.push_back(distribute(a));
    return make_and_or(pool, Kind::kAnd, args);
  }
  if (e->kind != Kind::kOr) return e;
  const auto conjunction = std::find_if(e->args.begin(), e->args.end(), [](Expr a) { return a->kind == Kind::kAnd; });
  if (conjunction == e->args.end()) return e;
  Args rest;
  std::copy_if(e->args.begin(), e->args.end(), std::back_inserter(rest), [&](Expr a) { return a != *conjunction; });
  for (Expr c : (*conjunction)->args) {
    Args clause{c};
    clause.insert(clause.end(), rest.begin(), rest.end());
    args.push_back(distribute(make_and_or(pool, Kind::kOr, clause)));
  }
  return make_and_or(pool, Kind::kAnd, args);
}

}  // namespace

Expr to_cnf(Expr e) {
  if (e->kind != Kind::kAnd && e->kind != Kind::kOr && e->kind != Kind::kNot) return e;
  const bool is_cnf = e->kind == Kind::kAnd ? std::all_of(e->args.begin(), e->args.end(), is_clause) : is_clause(e);
  return is_cnf ? e : distribute(negations_inward(e, false));
}

// ---- canonicalize_bool_expr

namespace {

std::int64_t integer_coefficient(Expr e) {
  Expr first = mul_args(e)[0];
  if (first->kind != Kind::kInteger) return 1;
  return magnitude(first->value);
}

/// _reduce_to_lowest_terms
Expr lowest_terms(Expr e) {
  Pool& pool = *e->pool;
  if (e->kind == Kind::kInteger) return pool.integer(1);
  std::int64_t factor = 0;
  for (Expr t : add_args(e)) factor = std::gcd(factor, integer_coefficient(t));
  return factor <= 1 ? e : div(e, pool.integer(factor));
}

bool is_negative_term(Expr t) {
  Expr first = mul_args(t)[0];
  return is_number(first) && number_is_negative(first);
}

Expr raw_sum(Pool& pool, const Args& terms) {
  if (terms.empty()) return pool.integer(0);
  return terms.size() == 1 ? terms[0] : pool.make_raw(Kind::kAdd, terms);
}

Expr canonicalize_relation(Expr e) {
  Pool& pool = *e->pool;
  const bool greater = e->kind == Kind::kGt || e->kind == Kind::kGe;
  Expr rhs = lowest_terms(greater ? sub(e->args[0], e->args[1]) : sub(e->args[1], e->args[0]));
  Expr lhs = pool.integer(0);
  if (rhs->kind == Kind::kAdd) {
    Args positive;
    Args negative;
    for (Expr t : rhs->args) {
      if (is_negative_term(t))
        negative.push_back(neg(t));
      else
        positive.push_back(t);
    }
    std::sort(negative.begin() + (negative.empty() || !is_number(negative[0]) ? 0 : 1), negative.end(), compare_less);
    lhs = raw_sum(pool, negative);
    rhs = raw_sum(pool, positive);
  } else if (is_negative_term(rhs)) {
    lhs = neg(rhs);
    rhs = pool.integer(0);
  }
  return pool.make_raw(greater ? mirrored(e->kind) : e->kind, {lhs, rhs});
}

}  // namespace

namespace {

Expr canonicalized(Expr e) {
  if (e->kind == Kind::kAnd || e->kind == Kind::kOr || e->kind == Kind::kNot) e = to_cnf(e);
  if (e->kind == Kind::kAnd || e->kind == Kind::kOr) {
    Args args;
    for (Expr a : e->args) args.push_back(canonicalize_bool_expr(a));
    return make_and_or(*e->pool, e->kind, args);
  }
  return is_relational(e->kind) ? canonicalize_relation(e) : e;
}

}  // namespace

Expr canonicalize_bool_expr(Expr e) {
  if (!is_boolean(e->kind)) return e;
  auto& memo = PoolAccess::memo(*e->pool).canonical;
  if (const auto known = memo.find(e); known != memo.end()) return known->second;
  Expr result = canonicalized(e);
  memo.emplace(e, result);
  return result;
}

}  // namespace retrace::expr
