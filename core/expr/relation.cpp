// SPDX-License-Identifier: Apache-2.0
// Relations: what SymPy's constructors decide by assumptions (is_ge, is_eq), and their canonical forms.
#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

std::optional<bool> fuzzy_not(std::optional<bool> v) { return v ? std::optional(!*v) : std::nullopt; }

bool is_truth(Expr e) { return e->kind == Kind::kTrue || e->kind == Kind::kFalse; }

/// sympy.core.relational.is_ge
std::optional<bool> is_ge(Expr a, Expr b) {
  if (is_number(a) && is_number(b)) return compare_numbers(a, b) >= 0;
  if (!a->is_real || !b->is_real) return std::nullopt;
  if (a->kind == Kind::kInfinity || b->kind == Kind::kNegInfinity) return true;
  return is_nonnegative(sub(a, b));
}

std::optional<bool> is_eq(Expr a, Expr b) {
  if (a == b) return true;
  if (is_truth(a) && is_truth(b)) return false;
  const bool any_symbol = a->kind == Kind::kSymbol || b->kind == Kind::kSymbol;
  if (!any_symbol && is_boolean(a->kind) != is_boolean(b->kind)) return false;
  if (is_boolean(a->kind) || is_boolean(b->kind)) return std::nullopt;
  if (is_number(a) && is_number(b)) return compare_numbers(a, b) == 0;
  const auto infinite = [](Expr e) { return e->kind == Kind::kInfinity || e->kind == Kind::kNegInfinity; };
  if (infinite(a) || infinite(b)) {
    return (infinite(a) ? b : a)->is_finite ? std::optional(false) : std::nullopt;
  }
  return is_zero(sub(a, b));
}

std::optional<bool> decide(Kind kind, Expr a, Expr b) {
  switch (kind) {
    case Kind::kEq:
      return is_eq(a, b);
    case Kind::kNe:
      return fuzzy_not(is_eq(a, b));
    case Kind::kGe:
      return is_ge(a, b);
    case Kind::kLe:
      return is_ge(b, a);
    case Kind::kLt:
      return fuzzy_not(is_ge(a, b));
    default:
      return fuzzy_not(is_ge(b, a));
  }
}

bool is_numeric(Expr e) { return is_number(e) || (!is_boolean(e->kind) && free_symbols(e).empty()); }

Expr reversed(Expr r) { return r->pool->make_raw(mirrored(r->kind), {r->args[1], r->args[0]}); }

Expr reversed_sign(Expr r) { return r->pool->make_raw(mirrored(r->kind), {neg(r->args[0]), neg(r->args[1])}); }

/// A number goes right; else the sides by sympy.ordered.
Expr sides_in_order(Expr r) {
  Expr lhs = r->args[0];
  Expr rhs = r->args[1];
  if (is_numeric(rhs)) {
    return is_number(lhs) && is_number(rhs) && compare_numbers(lhs, rhs) > 0 ? reversed(r) : r;
  }
  return is_numeric(lhs) || ordered_less(rhs, lhs) ? reversed(r) : r;
}

}  // namespace

Kind mirrored(Kind relation) {
  switch (relation) {
    case Kind::kLt:
      return Kind::kGt;
    case Kind::kGt:
      return Kind::kLt;
    case Kind::kLe:
      return Kind::kGe;
    case Kind::kGe:
      return Kind::kLe;
    default:
      return relation;
  }
}

Kind negated(Kind relation) {
  switch (relation) {
    case Kind::kEq:
      return Kind::kNe;
    case Kind::kNe:
      return Kind::kEq;
    case Kind::kLt:
      return Kind::kGe;
    case Kind::kGe:
      return Kind::kLt;
    case Kind::kLe:
      return Kind::kGt;
    default:
      return Kind::kLe;
  }
}

Expr make_relation(Pool& pool, Kind kind, Expr lhs, Expr rhs) {
  if (kind != Kind::kEq && kind != Kind::kNe) {
    if (lhs->kind == Kind::kNaN || rhs->kind == Kind::kNaN) raise(ErrorType::kTypeError, "Invalid NaN comparison");
    if (is_boolean(lhs->kind) || is_boolean(rhs->kind)) {
      raise(ErrorType::kTypeError, "Can only compare inequalities with Expr");
    }
  }
  if (const auto known = decide(kind, lhs, rhs)) return pool.boolean(*known);
  return pool.make_raw(kind, {lhs, rhs});
}

Expr canonical_relation(Expr r) {
  Expr lhs = r->args[0];
  Expr rhs = r->args[1];
  Expr inner[] = {is_relational(lhs->kind) ? canonical_relation(lhs) : lhs,
                  is_relational(rhs->kind) ? canonical_relation(rhs) : rhs};
  if (inner[0] != lhs || inner[1] != rhs) {
    r = make_relation(*r->pool, r->kind, inner[0], inner[1]);
    if (!is_relational(r->kind)) return r;
  }
  r = sides_in_order(r);
  if (is_boolean(r->args[0]->kind) || is_boolean(r->args[1]->kind)) return r;
  if (could_extract_minus_sign(r->args[0])) return reversed_sign(r);
  if (!is_numeric(r->args[1]) && could_extract_minus_sign(r->args[1])) {
    if (ordered_less(neg(r->args[1]), r->args[0])) return reversed_sign(reversed(r));
  }
  return r;
}

}  // namespace retrace::expr
