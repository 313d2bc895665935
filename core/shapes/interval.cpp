// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/interval.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/failure.h"

namespace retrace::shapes {
namespace {

using Kind = Number::Kind;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Wide wide_gcd(Wide a, Wide b) {
  if (a < 0) a = -a;
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest < 0 ? -rest : rest;
  }
  return a;
}

Number saturated(bool positive) { return positive ? Number::int_oo() : Number::neg_int_oo(); }

/// Where the number lies among the infinities: -2 (-oo), -1 (-int_oo), 0, 1, 2.
int rank(const Number& a) {
  if (a.kind == Kind::kIntOo) return 1;
  if (a.kind == Kind::kNegIntOo) return -1;
  if (a.kind == Kind::kFloat && std::isinf(a.real)) return a.real > 0 ? 2 : -2;
  return 0;
}

std::string wide_text(Wide value) {
  if (value == 0) return "0";
  std::string digits;
  for (Wide rest = value; rest != 0; rest /= 10) {
    const int digit = static_cast<int>(rest % 10);
    digits.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
  }
  if (value < 0) digits.push_back('-');
  return {digits.rbegin(), digits.rend()};
}

Wide floor_wide(Wide a, Wide b) {
  const Wide quotient = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? quotient - 1 : quotient;
}

}  // namespace

Number Number::rational(Wide numerator, Wide denominator) {
  if (denominator == 1) return {Kind::kInt, numerator, 1, 0};
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const Wide divisor = wide_gcd(numerator, denominator);
  if (divisor > 1) {
    numerator /= divisor;
    denominator /= divisor;
  }
  return {denominator == 1 ? Kind::kInt : Kind::kRational, numerator, denominator, 0};
}

Number Number::oo() { return floating(kInfinity); }
Number Number::neg_oo() { return floating(-kInfinity); }
Number Number::from_bound(std::int64_t bound) {
  return bound == kOo ? int_oo() : bound == kNegOo ? neg_int_oo() : integer(bound);
}

bool Number::is_infinite() const { return rank(*this) != 0; }

double Number::as_double() const {
  switch (kind) {
    case Kind::kFloat:
      return real;
    case Kind::kIntOo:
      return kInfinity;
    case Kind::kNegIntOo:
      return -kInfinity;
    default:
      return static_cast<double>(num) / static_cast<double>(den);
  }
}

std::int64_t Number::as_bound() const {
  if (rank(*this) != 0) return rank(*this) > 0 ? kOo : kNegOo;
  const Wide value = kind == Kind::kFloat ? static_cast<Wide>(real) : floor_wide(num, den);
  if (value >= kOo) return kOo;
  return value <= kNegOo ? kNegOo : static_cast<std::int64_t>(value);
}

std::string Number::text() const {
  switch (kind) {
    case Kind::kBool:
      return num != 0 ? "True" : "False";
    case Kind::kInt:
      return wide_text(num);
    case Kind::kRational:
      return wide_text(num) + "/" + wide_text(den);
    case Kind::kIntOo:
      return "int_oo";
    case Kind::kNegIntOo:
      return "-int_oo";
    case Kind::kFloat:
      break;
  }
  if (std::isinf(real)) return real > 0 ? "oo" : "-oo";
  return fmt::format("{}", real);
}

int compare(const Number& a, const Number& b) {
  if (a.kind == Kind::kInt && b.kind == Kind::kInt) return (a.num > b.num) - (a.num < b.num);
  const int rank_a = rank(a);
  const int rank_b = rank(b);
  if (rank_a != 0 || rank_b != 0) return (rank_a > rank_b) - (rank_a < rank_b);
  if (a.kind == Kind::kFloat || b.kind == Kind::kFloat) {
    const double x = a.as_double();
    const double y = b.as_double();
    return (x > y) - (x < y);
  }
  Wide left = a.num;
  Wide right = b.num;
  if (a.den != b.den && (__builtin_mul_overflow(a.num, b.den, &left) || __builtin_mul_overflow(b.num, a.den, &right))) {
    return (a.as_double() > b.as_double()) - (a.as_double() < b.as_double());
  }
  return (left > right) - (left < right);
}

int sign(const Number& a) { return compare(a, Number::integer(0)); }

Number add(const Number& a, const Number& b) {
  const bool floating = a.kind == Kind::kFloat || b.kind == Kind::kFloat;
  if (floating) return Number::floating(a.as_double() + b.as_double());
  if (a.is_int_infinite()) return a;
  if (b.is_int_infinite()) return b;
  Wide left = 0;
  Wide right = 0;
  Wide total = 0;
  Wide den = 0;
  if (__builtin_mul_overflow(a.num, b.den, &left) || __builtin_mul_overflow(b.num, a.den, &right) ||
      __builtin_add_overflow(left, right, &total) || __builtin_mul_overflow(a.den, b.den, &den)) {
    return saturated(a.as_double() + b.as_double() > 0);
  }
  return den == 1 ? Number::integer(total) : Number::rational(total, den);
}

Number neg(const Number& a) {
  switch (a.kind) {
    case Kind::kFloat:
      return Number::floating(-a.real);
    case Kind::kIntOo:
      return Number::neg_int_oo();
    case Kind::kNegIntOo:
      return Number::int_oo();
    default:
      return {a.kind, -a.num, a.den, 0};
  }
}

Number mul(const Number& a, const Number& b) {
  const bool floating = a.kind == Kind::kFloat || b.kind == Kind::kFloat;
  const int sign_ab = sign(a) * sign(b);
  if (sign_ab == 0) return floating ? Number::floating(0) : Number::integer(0);
  if (floating) return Number::floating(a.as_double() * b.as_double());
  if (a.is_int_infinite() || b.is_int_infinite()) return saturated(sign_ab > 0);
  Wide num = 0;
  Wide den = 0;
  if (__builtin_mul_overflow(a.num, b.num, &num) || __builtin_mul_overflow(a.den, b.den, &den)) {
    return saturated(sign_ab > 0);
  }
  return den == 1 ? Number::integer(num) : Number::rational(num, den);
}

Number floor_divide(const Number& a, const Number& b) {
  if (a.is_infinite() && b.is_infinite()) return saturated(sign(a) * sign(b) > 0);
  if (a.is_infinite()) return saturated(sign(a) * sign(b) > 0);
  if (b.is_infinite()) return Number::integer(0);
  if (a.kind == Kind::kInt && b.kind == Kind::kInt) return Number::integer(floor_wide(a.num, b.num));
  if (a.kind == Kind::kFloat || b.kind == Kind::kFloat) {
    return Number::integer(static_cast<Wide>(std::floor(a.as_double() / b.as_double())));
  }
  const Number quotient = mul(a, Number::rational(b.den, b.num));
  return quotient.is_int_infinite() ? quotient : Number::integer(floor_wide(quotient.num, quotient.den));
}

Number power(const Number& base, const Number& exponent) {
  if (sign(exponent) == 0) return Number::integer(1);
  if (exponent.is_infinite()) return Number::int_oo();
  Number result = Number::integer(1);
  const Number limit = Number::integer(kOo);
  for (Wide i = 0; i < exponent.num; ++i) {
    result = mul(result, base);
    const bool too_big = limit <= result || result <= neg(limit);
    if (too_big) return saturated(sign(base) > 0 || exponent.num % 2 == 0);
    if (result == Number::integer(0) || result == Number::integer(1)) return result;
  }
  return result;
}

Interval::Interval(const Number& low, const Number& high) : lower(low), upper(high) {
  if (high < low) raise(ErrorType::kRuntimeError, fmt::format("Invalid ranges [{}:{}]", low.text(), high.text()));
  const bool float_lower = lower.kind == Kind::kFloat && std::isinf(lower.real);
  const bool float_upper = upper.kind == Kind::kFloat && std::isinf(upper.real);
  if (lower.kind == Kind::kInt && float_upper) upper = Number::int_oo();
  if (upper.kind == Kind::kInt && float_lower) lower = Number::neg_int_oo();
}

Interval::Interval(const ValueRange& range)
    : Interval(Number::from_bound(range.lower), Number::from_bound(range.upper)) {}

bool Interval::is_unknown() const {
  const int low = rank(lower);
  return (low == -1 && rank(upper) == 1) || (low == -2 && rank(upper) == 2);
}

std::string Interval::text() const { return fmt::format("VR[{}, {}]", lower.text(), upper.text()); }

Interval intersect(const Interval& a, const Interval& b) {
  if (b.is_unknown()) return a;
  if (a.is_unknown()) return b;
  return {max(a.lower, b.lower), min(a.upper, b.upper)};
}

Interval unite(const Interval& a, const Interval& b) { return {min(a.lower, b.lower), max(a.upper, b.upper)}; }

ValueRange intersect(const ValueRange& a, const ValueRange& b) { return intersect(Interval(a), Interval(b)).range(); }

Number number_of(expr::Expr e) {
  switch (e->kind) {
    case expr::Kind::kInteger:
      return Number::integer(e->value);
    case expr::Kind::kRational:
      return Number::rational(e->value, e->denominator);
    case expr::Kind::kFloat:
      return Number::floating(e->real);
    case expr::Kind::kIntInfinity:
      return Number::int_oo();
    case expr::Kind::kNegIntInfinity:
      return Number::neg_int_oo();
    case expr::Kind::kInfinity:
      return Number::oo();
    case expr::Kind::kNegInfinity:
      return Number::neg_oo();
    case expr::Kind::kTrue:
      return Number::boolean(true);
    case expr::Kind::kFalse:
      return Number::boolean(false);
    default:
      throw Bug("not a number: " + expr::str(e));
  }
}

expr::Expr expression_of(expr::Pool& pool, const Number& a) {
  switch (a.kind) {
    case Kind::kBool:
      return pool.boolean(a.num != 0);
    case Kind::kIntOo:
      return pool.int_oo();
    case Kind::kNegIntOo:
      return pool.neg_int_oo();
    case Kind::kRational:
      return pool.rational(static_cast<std::int64_t>(a.num), static_cast<std::int64_t>(a.den));
    case Kind::kFloat:
      return std::isinf(a.real) ? (a.real > 0 ? pool.infinity() : pool.neg_infinity()) : pool.floating(a.real);
    case Kind::kInt:
      break;
  }
  if (a.num > kOo) return pool.int_oo();
  return a.num < kNegOo ? pool.neg_int_oo() : pool.integer(static_cast<std::int64_t>(a.num));
}

}  // namespace retrace::shapes
