// SPDX-License-Identifier: Apache-2.0
// FloorDiv and CleanDiv: torch's FloorDiv.eval with simple_floordiv_gcd.
#include <cmath>
#include <numeric>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

Expr infinite_quotient(Pool& pool, Expr base, Expr divisor) {
  const double r = to_double(base) / to_double(divisor);
  if (std::isinf(r)) return r > 0 ? pool.int_oo() : pool.neg_int_oo();
  return pool.integer(static_cast<std::int64_t>(std::floor(r)));
}

/// The results that need no look into base or divisor; nullptr: none applies.
Expr trivial_division(Pool& pool, Expr base, Expr divisor) {
  if (is_zero(divisor) == true) raise(ErrorType::kZeroDivisionError, "division by zero");
  if (is_infinity(base) && is_infinity(divisor)) return pool.nan();
  if (base->kind == Kind::kNaN || divisor->kind == Kind::kNaN) return pool.nan();
  if (is_zero(base) == true) return pool.integer(0);
  if (base->is_integer && is_one(divisor)) return base;
  if (base->is_integer && is_minus_one(divisor)) return mul(base, divisor);
  if (base == divisor) return pool.integer(1);
  if (is_number(base) && is_number(divisor) && (is_infinity(base) || is_infinity(divisor))) {
    return infinite_quotient(pool, base, divisor);
  }
  if (base->kind == Kind::kInteger && divisor->kind == Kind::kInteger) {
    return pool.integer(floor_quotient(base->value, divisor->value));
  }
  return nullptr;
}

/// (x + y) // b = x // b + y / b where b divides y; nullptr: it divides no term.
Expr split_multiples(Pool& pool, Expr base, Expr divisor) {
  Args rest;
  Args quotients;
  for (Expr term : add_args(base)) {
    const auto [coefficient, factor] = as_coeff_mul(term);
    const bool divides =
        coefficient->kind == Kind::kInteger && coefficient->value % divisor->value == 0 && factor->is_integer;
    if (divides)
      quotients.push_back(div(term, divisor));
    else
      rest.push_back(term);
  }
  if (quotients.empty()) return nullptr;
  quotients.push_back(make_division(pool, Kind::kFloorDiv, make_add(pool, rest), divisor));
  return make_add(pool, quotients);
}

std::int64_t integer_factor(Expr e) {
  std::int64_t factor = 0;
  for (Expr term : add_args(e)) {
    Expr first = mul_args(term)[0];
    factor = std::gcd(factor, first->kind == Kind::kInteger ? magnitude(first->value) : 1);
  }
  return factor;
}

bool has_factor(Expr term, Expr factor) {
  const auto factors = mul_args(term);
  return std::find(factors.begin(), factors.end(), factor) != factors.end();
}

}  // namespace

Expr simple_floordiv_gcd(Expr p, Expr q) {
  Pool& pool = *p->pool;
  Expr common = pool.integer(std::gcd(integer_factor(p), integer_factor(q)));
  if (!is_one(common) && !is_zero_value(common)) {
    p = div(p, common);
    q = div(q, common);
  }
  const auto terms = add_args(p);
  for (Expr factor : mul_args(q)) {
    if (std::all_of(terms.begin(), terms.end(), [&](Expr t) { return has_factor(t, factor); })) {
      common = mul(common, factor);
    }
  }
  return common;
}

Expr make_division(Pool& pool, Kind kind, Expr base, Expr divisor) {
  constexpr std::size_t kMaxTermsForGcd = 20;  // _MAX_ADD_TERMS_FOR_POLY_GCD
  if (Expr known = trivial_division(pool, base, divisor)) return known;
  if (base->kind == Kind::kFloorDiv || base->kind == Kind::kCleanDiv) {
    return make_division(pool, Kind::kFloorDiv, base->args[0], mul(base->args[1], divisor));
  }
  if (divisor->kind == Kind::kInteger) {
    if (Expr split = split_multiples(pool, base, divisor)) return split;
  }
  Expr common = simple_floordiv_gcd(base, divisor);
  if (is_one(common) && divisor->kind == Kind::kAdd && divisor->args.size() <= kMaxTermsForGcd &&
      add_args(base).size() <= kMaxTermsForGcd) {
    common = gcd(base, divisor);
  }
  if (is_one(common)) return pool.make_raw(kind, {base, divisor});
  return make_division(pool, Kind::kFloorDiv, simplify_quotient(cancel(base, common)),
                       simplify_quotient(cancel(divisor, common)));
}

}  // namespace retrace::expr
