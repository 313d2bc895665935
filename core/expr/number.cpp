// SPDX-License-Identifier: Apache-2.0
// Arithmetic of numbers: exact integers and rationals within 64 bits, floats, the infinities of SymPy and of
// torch.utils._sympy.numbers (int_oo).
#include <cmath>
#include <limits>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

Expr add_infinities(Expr a, Expr b) {
  Pool& pool = *a->pool;
  if (!is_infinity(a)) std::swap(a, b);
  if (!is_infinity(b)) return a;
  if (number_is_negative(a) != number_is_negative(b)) return pool.nan();
  return a->kind == Kind::kInfinity || a->kind == Kind::kNegInfinity ? a : b;
}

Expr mul_infinities(Expr a, Expr b) {
  Pool& pool = *a->pool;
  if (!is_infinity(a)) std::swap(a, b);
  if (to_double(b) == 0) return pool.nan();
  const bool negative = number_is_negative(a) != number_is_negative(b);
  const bool integral = (a->kind == Kind::kIntInfinity || a->kind == Kind::kNegIntInfinity) &&
                        b->kind != Kind::kInfinity && b->kind != Kind::kNegInfinity;
  if (integral) return negative ? pool.neg_int_oo() : pool.int_oo();
  return negative ? pool.neg_infinity() : pool.infinity();
}

}  // namespace

bool is_exact(Expr e) { return e->kind == Kind::kInteger || e->kind == Kind::kRational; }

bool number_is_negative(Expr e) {
  if (is_exact(e)) return e->value < 0;
  if (e->kind == Kind::kFloat) return e->real < 0;
  return e->kind == Kind::kNegIntInfinity || e->kind == Kind::kNegInfinity;
}

double to_double(Expr e) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  switch (e->kind) {
    case Kind::kInteger:
      return static_cast<double>(e->value);
    case Kind::kRational:
      return static_cast<double>(e->value) / static_cast<double>(e->denominator);
    case Kind::kFloat:
      return e->real;
    case Kind::kIntInfinity:
    case Kind::kInfinity:
      return kInf;
    case Kind::kNegIntInfinity:
    case Kind::kNegInfinity:
      return -kInf;
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

int compare_numbers(Expr a, Expr b) {
  if (a == b) return 0;
  if (is_exact(a) && is_exact(b)) {
    const Int128 left = Int128{a->value} * b->denominator;
    const Int128 right = Int128{b->value} * a->denominator;
    return left < right ? -1 : (left > right ? 1 : 0);
  }
  if (is_infinity(a) && is_infinity(b) && number_is_negative(a) == number_is_negative(b)) {
    const bool a_outer = a->kind == Kind::kInfinity || a->kind == Kind::kNegInfinity;  // oo > int_oo
    return a_outer != number_is_negative(a) ? 1 : -1;
  }
  const double x = to_double(a);
  const double y = to_double(b);
  return x < y ? -1 : (x > y ? 1 : 0);
}

Expr number_add(Expr a, Expr b) {
  Pool& pool = *a->pool;
  if (a->kind == Kind::kNaN || b->kind == Kind::kNaN) return pool.nan();
  if (is_infinity(a) || is_infinity(b)) return add_infinities(a, b);
  if (is_exact(a) && is_exact(b)) {
    return make_rational(pool, Int128{a->value} * b->denominator + Int128{b->value} * a->denominator,
                         Int128{a->denominator} * b->denominator);
  }
  const double sum = to_double(a) + to_double(b);
  return sum == 0 ? pool.integer(0) : pool.floating(sum);  // SymPy: 0.5 - 0.5 is the integer 0
}

Expr number_mul(Expr a, Expr b) {
  Pool& pool = *a->pool;
  if (a->kind == Kind::kNaN || b->kind == Kind::kNaN) return pool.nan();
  if (is_infinity(a) || is_infinity(b)) return mul_infinities(a, b);
  if (is_exact(a) && is_exact(b)) {
    return make_rational(pool, Int128{a->value} * b->value, Int128{a->denominator} * b->denominator);
  }
  const double product = to_double(a) * to_double(b);
  return product == 0 ? pool.integer(0) : pool.floating(product);  // SymPy: 0 * 0.5 is the integer 0
}

std::int64_t magnitude(std::int64_t number) {
  if (number == INT64_MIN) throw Overflow();
  return number < 0 ? -number : number;
}

Expr number_neg(Expr a) { return number_mul(a, a->pool->integer(-1)); }

Expr number_pow(Expr base, std::int64_t exponent) {
  Pool& pool = *base->pool;
  if (base->kind == Kind::kFloat) return pool.floating(std::pow(base->real, static_cast<double>(exponent)));
  if (exponent < 0) {
    if (is_infinity(base)) return pool.integer(0);
    return number_pow(make_rational(pool, base->denominator, base->value), magnitude(exponent));
  }
  Expr result = pool.integer(1);
  for (Expr square = base; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = number_mul(result, square);
    if (exponent > 1) square = number_mul(square, square);
  }
  return result;
}

}  // namespace retrace::expr
