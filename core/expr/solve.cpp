// SPDX-License-Identifier: Apache-2.0
// torch.utils._sympy.solve: isolating one expression on the left of a relation.
#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

bool is_inequality(Kind kind) { return kind >= Kind::kLt && kind <= Kind::kGe; }

/// Terms without `thing` go to the right.
Expr move_terms(Expr e, Expr thing) {
  Expr lhs = e->args[0];
  if (lhs->kind != Kind::kAdd) return e->pool->make(e->kind, e->args);
  Args others;
  for (Expr a : lhs->args) {
    if (!contains(a, thing)) others.push_back(a);
  }
  Expr rest = make_add(*e->pool, others);
  return e->pool->make(e->kind, {sub(lhs, rest), sub(e->args[1], rest)});
}

/// Divides by the factors without `thing`, when their sign is known (or it does not matter).
Expr divide_factors(Expr e, Expr thing) {
  Args others;
  for (Expr a : e->args[0]->args) {
    if (!contains(a, thing)) others.push_back(a);
  }
  Expr divisor = make_mul(*e->pool, others);
  const bool inequality = is_inequality(e->kind);
  const auto negative = is_negative(divisor);
  if (inequality && !negative) return e;
  if (!inequality && is_zero(e->args[1]) == true) return e;
  const Kind kind = inequality && *negative ? mirrored(e->kind) : e->kind;
  return e->pool->make(kind, {div(e->args[0], divisor), div(e->args[1], divisor)});
}

/// a // b op c as relations of a, for positive b and integer c.
Expr open_floor_div(Expr e) {
  Pool& pool = *e->pool;
  Expr numerator = e->args[0]->args[0];
  Expr divisor = e->args[0]->args[1];
  Expr rhs = e->args[1];
  Expr lower = mul(rhs, divisor);
  Expr upper = mul(add(rhs, pool.integer(1)), divisor);
  switch (e->kind) {
    case Kind::kEq:
      return pool.make(Kind::kAnd,
                       {pool.make(Kind::kGe, {numerator, lower}), pool.make(Kind::kLt, {numerator, upper})});
    case Kind::kNe:
      return pool.make(Kind::kOr, {pool.make(Kind::kLt, {numerator, lower}), pool.make(Kind::kGe, {numerator, upper})});
    case Kind::kGt:
      return pool.make(Kind::kGe, {numerator, upper});
    case Kind::kGe:
      return pool.make(Kind::kGe, {numerator, lower});
    case Kind::kLt:
      return pool.make(Kind::kLt, {numerator, lower});
    default:
      return pool.make(Kind::kLt, {numerator, upper});
  }
}

Expr isolate(Expr e, Expr thing, bool floordiv_inequality) {
  e = move_terms(e, thing);
  if (is_relational(e->kind) && e->args[0]->kind == Kind::kMul) e = divide_factors(e, thing);
  if (!floordiv_inequality || !is_relational(e->kind)) return e;
  Expr lhs = e->args[0];
  const bool division = lhs->kind == Kind::kFloorDiv || lhs->kind == Kind::kCleanDiv;
  return division && lhs->args[1]->is_positive && e->args[1]->is_integer ? open_floor_div(e) : e;
}

}  // namespace

std::optional<Solved> try_solve(Expr relation, Expr thing, int trials, bool floordiv_inequality) {
  if (!is_relational(relation->kind)) return std::nullopt;
  const bool left = contains(relation->args[0], thing);
  const bool right = contains(relation->args[1], thing);
  if (left == right) return std::nullopt;
  Expr e = left ? relation : relation->pool->make(mirrored(relation->kind), {relation->args[1], relation->args[0]});
  if (!is_relational(e->kind)) return std::nullopt;
  for (int i = 0; i < trials && is_relational(e->kind); ++i) {
    Expr trial = isolate(e, thing, floordiv_inequality);
    if (trial == e) break;
    e = trial;
  }
  if (!is_relational(e->kind) || e->args[0] != thing) return std::nullopt;
  return Solved{e, e->args[1]};
}

}  // namespace retrace::expr
