// SPDX-License-Identifier: Apache-2.0
// The sign of a sum with a constant, by the least value its terms can take (sympy.core.exprtools._monotonic_sign).
#include <optional>

#include "core/expr/pool.h"
#include "core/expr/signs.h"

namespace retrace::expr {

namespace {

struct Quotient {
  Int128 n = 0;
  Int128 d = 1;
};
Quotient plus(Quotient a, Quotient b) { return {a.n * b.d + b.n * a.d, a.d * b.d}; }
int sign_of(Quotient q) { return q.n < 0 ? -1 : (q.n > 0 ? 1 : 0); }

bool exceeds_one(Expr e) {
  if (e->kind == Kind::kInteger) return e->value > 1;
  return e->kind == Kind::kAdd && sub(e, e->pool->integer(1))->signs == kPos;
}

/// SymPy's is_composite, as Mul and Pow decide it for positive integers.
bool is_composite(Expr e) {
  if (e->kind == Kind::kPow) return exceeds_one(e->args[0]) && exceeds_one(e->args[1]);
  if (e->kind != Kind::kMul) return false;
  int large = 0;
  for (Expr a : e->args) {
    if (!a->is_integer || a->signs != kPos) return false;
    if (exceeds_one(a)) ++large;
  }
  return large > 1;
}

/// The value nearest 0 that one signed term can take.
std::optional<Quotient> nearest_of_term(Expr e) {
  if (!e->is_real) return std::nullopt;
  if (e->signs == kPos) {
    if (!e->is_integer) return Quotient{0};
    if (is_composite(e)) return Quotient{e->parity == kOdd ? 9 : 4};
    return Quotient{e->parity == kEven ? 2 : 1};
  }
  if (e->signs == kNeg) return Quotient{e->is_integer ? (e->parity == kEven ? -2 : -1) : 0};
  if (nonnegative(e->signs) || nonpositive(e->signs)) return Quotient{0};
  return std::nullopt;
}

struct Polynomial {  // in one positive integer symbol
  Expr symbol = nullptr;
  Quotient at_one;  // its value at 1, the least value of the symbol
  Quotient linear, quadratic;
  bool any_up = false;  // coefficients of positive powers by sign
  bool any_down = false;
  bool higher = false;
};

bool add_monomial(Polynomial& p, Expr term) {
  const auto [coefficient, rest] = as_coeff_mul(term);
  if (!is_exact(coefficient)) return false;
  const Quotient c{coefficient->value, coefficient->denominator};
  if (is_one(rest)) {
    p.at_one = plus(p.at_one, c);
    return true;
  }
  if (Expr expanded = expand(term); expanded->kind == Kind::kAdd) {
    return std::all_of(expanded->args.begin(), expanded->args.end(), [&](Expr t) { return add_monomial(p, t); });
  }
  const auto [base, exponent] = as_base_exp(rest);
  if (base->kind != Kind::kSymbol || exponent->kind != Kind::kInteger || exponent->value < 1) return false;
  if (!base->is_integer || base->signs != kPos || (p.symbol != nullptr && p.symbol != base)) return false;
  p.symbol = base;
  p.at_one = plus(p.at_one, c);
  (sign_of(c) > 0 ? p.any_up : p.any_down) = true;
  if (exponent->value == 1)
    p.linear = plus(p.linear, c);
  else if (exponent->value == 2)
    p.quadratic = plus(p.quadratic, c);
  else
    p.higher = true;
  return true;
}

/// The univariate case: monotonic from 1 on, and at 1 of the sign in which it grows.
std::optional<Quotient> nearest_of_polynomial(std::span<const Expr> terms) {
  Polynomial p;
  for (Expr t : terms) {
    if (!add_monomial(p, t)) return std::nullopt;
  }
  if (p.symbol == nullptr) return std::nullopt;
  int slope = p.any_up && !p.any_down ? 1 : (p.any_down && !p.any_up ? -1 : 0);
  if (slope == 0 && !p.higher) {  // quadratic: the derivative at 1 has the sign of its leading coefficient
    const Quotient derivative = plus(plus(p.quadratic, p.quadratic), p.linear);
    if (sign_of(derivative) == sign_of(p.quadratic)) slope = sign_of(derivative);
  }
  if (slope > 0 && sign_of(p.at_one) >= 0) return p.at_one;
  if (slope < 0 && sign_of(p.at_one) <= 0) return p.at_one;
  return std::nullopt;
}

}  // namespace

std::uint8_t sum_signs(std::span<const Expr> args) {
  bool all_nonnegative = true;
  bool all_nonpositive = true;
  bool strict = false;
  for (Expr a : args) {
    all_nonnegative &= nonnegative(a->signs);
    all_nonpositive &= nonpositive(a->signs);
    strict |= (a->signs & kZero) == 0;
  }
  if (all_nonnegative) return strict ? kPos : kPos | kZero;
  if (all_nonpositive) return strict ? kNeg : kNeg | kZero;
  return kAnySign;
}

std::uint8_t shifted_signs(const Node& add) {
  Expr c = add.args[0];
  const auto rest = add.args.subspan(1);
  if (!is_exact(c) || is_zero_value(c)) return kAnySign;
  const auto nearest = rest.size() == 1 ? nearest_of_term(rest[0]) : nearest_of_polynomial(rest);
  if (!nearest) return kAnySign;
  const std::uint8_t rest_signs = rest.size() == 1 ? rest[0]->signs : sum_signs(rest);
  std::uint8_t out = kAnySign;
  const auto learn = [&](int sign, bool of_sum) {
    if (sign > 0 && (!of_sum || nonnegative(rest_signs))) out &= kPos;
    if (sign < 0 && (!of_sum || nonpositive(rest_signs))) out &= kNeg;
    if (sign >= 0 && nonnegative(rest_signs)) out &= kPos | kZero;
    if (sign <= 0 && nonpositive(rest_signs)) out &= kNeg | kZero;
  };
  learn(sign_of(plus(*nearest, {c->value, c->denominator})), true);
  if (const auto whole = nearest_of_polynomial(add.args)) learn(sign_of(*whole), false);
  return out;
}

}  // namespace retrace::expr
