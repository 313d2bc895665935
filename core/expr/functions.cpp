// SPDX-License-Identifier: Apache-2.0
// The automatic rules of torch.utils._sympy.functions, except FloorDiv's (division.cpp) and Max, Min (min_max.cpp).
#include <fmt/format.h>

#include <cmath>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

std::int64_t floor_mod(std::int64_t a, std::int64_t b) {
  const std::int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

Expr literal_mod(Kind kind, Expr p, Expr q) {
  if (kind == Kind::kMod && (number_is_negative(p) || compare_numbers(q, q->pool->integer(1)) < 0)) {
    raise(ErrorType::kAssertionError, str(number_is_negative(p) ? p : q));
  }
  if (p->kind == Kind::kInteger && q->kind == Kind::kInteger) {
    return p->pool->integer(q->value == -1 ? 0 : floor_mod(p->value, q->value));
  }
  const double x = to_double(p);
  const double y = to_double(q);
  return p->pool->floating(x - y * std::floor(x / y));
}

/// Mod and PythonMod share all but the assertion on literals.
Expr make_mod(Kind kind, Expr p, Expr q) {
  Pool& pool = *p->pool;
  if (is_zero(q) == true) raise(ErrorType::kZeroDivisionError, "Modulo by zero");
  if (is_zero_value(p) || p == q || p == neg(q) || is_one(q)) return pool.integer(0);
  if (is_number(p) && is_number(q)) return literal_mod(kind, p, q);
  if (is_integer_value(q, 2)) {
    if (is_even(p) == true) return pool.integer(0);
    if (is_odd(p) == true) return pool.integer(1);
  }
  Expr ratio = div(p, q);
  if (ratio->is_integer) return pool.integer(0);
  if (ratio->is_positive && make_relation(pool, Kind::kLt, p, q)->kind == Kind::kTrue) return p;
  return pool.make_raw(kind, {p, q});
}

bool is_negative_term(Expr term) {
  return (term->kind == Kind::kInteger && term->value < 0) ||
         (term->kind == Kind::kMul && term->args[0]->kind == Kind::kInteger && term->args[0]->value < 0);
}

/// The terms of `base` that divisor * modulus does not divide; nullptr when dropping the others is not allowed.
Expr without_multiples(Expr base, Expr divisor, Expr modulus) {
  constexpr std::size_t kMaxTermsForGcd = 20;  // _MAX_ADD_TERMS_FOR_POLY_GCD
  if (base->kind != Kind::kAdd || base->args.size() > kMaxTermsForGcd) return nullptr;
  Expr period = mul(modulus, divisor);
  Args kept;
  for (Expr term : base->args) {
    if (gcd(term, period) == period) continue;
    if (is_negative_term(term)) return nullptr;
    kept.push_back(term);
  }
  return kept.size() == base->args.size() ? nullptr : make_add(*base->pool, kept);
}

Expr make_modular_indexing(Expr base, Expr divisor, Expr modulus) {
  Pool& pool = *base->pool;
  if (is_zero_value(base) || is_one(modulus)) return pool.integer(0);
  if (base->kind == Kind::kInteger && divisor->kind == Kind::kInteger && modulus->kind == Kind::kInteger) {
    return pool.make(Kind::kPythonMod, {make_division(pool, Kind::kFloorDiv, base, divisor), modulus});
  }
  if (!is_one(divisor)) {
    Expr common = gcd(base, divisor);
    if (!is_one(common)) {
      return make_modular_indexing(simplify_quotient(div(base, common)), simplify_quotient(div(divisor, common)),
                                   modulus);
    }
  }
  if (Expr rest = without_multiples(base, divisor, modulus)) return make_modular_indexing(rest, divisor, modulus);
  if (base->kind == Kind::kFloorDiv || base->kind == Kind::kCleanDiv) {
    return make_modular_indexing(base->args[0], mul(base->args[1], divisor), modulus);
  }
  return pool.make_raw(Kind::kModularIndexing, {base, divisor, modulus});
}

Expr make_ceil_div(Expr base, Expr divisor) {
  Pool& pool = *base->pool;
  if (gcd(base, divisor) == divisor) return make_division(pool, Kind::kCleanDiv, base, divisor);
  return make_division(pool, Kind::kFloorDiv, add(base, sub(divisor, pool.integer(1))), divisor);
}

/// safe_pow: int_oo beyond sys.maxsize.
Expr integer_power(Pool& pool, std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) raise(ErrorType::kValueError, "Exponent must be non-negative.");
  const bool negative = base < 0 && exponent % 2 != 0;
  const Int128 magnitude = base < 0 ? -Int128{base} : Int128{base};
  Int128 result = 1;
  if (magnitude > 1) {
    for (std::int64_t i = 0; i < exponent; ++i) {
      result *= magnitude;
      if (result > INT64_MAX) return negative ? pool.neg_int_oo() : pool.int_oo();
    }
  } else if (exponent > 0) {
    result = magnitude;
  }
  return pool.integer(static_cast<std::int64_t>(negative ? -result : result));
}

Expr make_power_by_natural(Expr base, Expr exponent) {
  Pool& pool = *base->pool;
  if (base->kind == Kind::kInteger && exponent->kind == Kind::kInteger) {
    return integer_power(pool, base->value, exponent->value);
  }
  if (exponent->kind == Kind::kInteger) return make_pow(base, exponent);
  if ((exponent->kind == Kind::kIntInfinity || exponent->kind == Kind::kInfinity) && base->is_nonnegative) {
    return pool.int_oo();
  }
  return pool.make_raw(Kind::kPowByNatural, {base, exponent});
}

Expr make_shift(Pool& pool, Kind kind, Expr base, Expr shift) {
  if (is_negative(shift) == true) raise(ErrorType::kValueError, "negative shift count");
  Expr power = make_power_by_natural(pool.integer(2), shift);
  return kind == Kind::kLShift ? mul(base, power) : make_division(pool, Kind::kFloorDiv, base, power);
}

std::int64_t bitwise(Kind kind, std::int64_t a, std::int64_t b) {
  if (kind == Kind::kBitwiseAnd) return a & b;
  return kind == Kind::kBitwiseOr ? a | b : a ^ b;
}

Expr make_bitwise(Pool& pool, Kind kind, Expr a, Expr b) {
  const auto truth = [](Expr e) { return e->kind == Kind::kTrue || e->kind == Kind::kFalse; };
  if (truth(a) && truth(b)) {
    return pool.boolean(bitwise(kind, a->kind == Kind::kTrue ? 1 : 0, b->kind == Kind::kTrue ? 1 : 0) != 0);
  }
  if (truth(a)) a = pool.integer(a->kind == Kind::kTrue ? 1 : 0);
  if (truth(b)) b = pool.integer(b->kind == Kind::kTrue ? 1 : 0);
  if (a->kind == Kind::kInteger && b->kind == Kind::kInteger) return pool.integer(bitwise(kind, a->value, b->value));
  return pool.make_raw(kind, {a, b});
}

double round_half_even(double v) { return std::nearbyint(v); }

Expr to_integer(Pool& pool, double v) {
  constexpr double kLimit = 9.2233720368547758e18;
  if (!(v < kLimit && v >= -kLimit)) throw Overflow();
  return pool.integer(static_cast<std::int64_t>(v));
}

double rounded(Kind kind, double v) {
  switch (kind) {
    case Kind::kTruncToInt:
    case Kind::kTruncToFloat:
      return std::trunc(v);
    case Kind::kCeilToInt:
      return std::ceil(v);
    case Kind::kFloorToInt:
      return std::floor(v);
    default:
      return round_half_even(v);
  }
}

Expr make_rounding(Pool& pool, Kind kind, Expr number) {
  if (!is_number(number) || number->kind == Kind::kNaN) return pool.make_raw(kind, {number});
  const bool to_float = kind == Kind::kTruncToFloat;
  if (is_infinity(number)) {
    if (to_float) return number;
    return number_is_negative(number) ? pool.neg_int_oo() : pool.int_oo();
  }
  if (number->kind == Kind::kInteger && !to_float) return number;
  const double v = rounded(kind, to_double(number));
  return to_float ? pool.floating(v) : to_integer(pool, v);
}

Expr make_to_float(Pool& pool, Expr number) {
  switch (number->kind) {
    case Kind::kInteger:
      return pool.floating(static_cast<double>(number->value));
    case Kind::kIntInfinity:
      return pool.infinity();
    case Kind::kNegIntInfinity:
      return pool.neg_infinity();
    case Kind::kInfinity:
    case Kind::kNegInfinity:
      return number;
    default:
      return pool.make_raw(Kind::kToFloat, {number});
  }
}

Expr make_true_div(Pool& pool, Kind kind, Expr base, Expr divisor) {
  if (is_zero(divisor) == true) raise(ErrorType::kZeroDivisionError, "division by zero");
  const bool literal = is_number(base) && is_number(divisor);
  const bool integers = base->kind == Kind::kInteger && divisor->kind == Kind::kInteger;
  const bool infinite = is_infinity(base) || is_infinity(divisor);
  if (literal && (kind == Kind::kFloatTrueDiv || integers || infinite)) {
    return pool.floating(to_double(base) / to_double(divisor));
  }
  return pool.make_raw(kind, {base, divisor});
}

Expr make_float_pow(Pool& pool, Expr base, Expr exponent) {
  if (is_number(base) && is_number(exponent)) {
    return pool.floating(std::pow(to_double(base), to_double(exponent)));
  }
  return pool.make_raw(Kind::kFloatPow, {base, exponent});
}

Expr make_round_decimal(Pool& pool, Expr number, Expr digits) {
  if (!is_number(number) || digits->kind != Kind::kInteger) return pool.make_raw(Kind::kRoundDecimal, {number, digits});
  const double scale = std::pow(10.0, static_cast<double>(digits->value));
  return pool.floating(round_half_even(to_double(number) * scale) / scale);
}

/// eval_is_non_overlapping_and_dense on literals; `free_size`: the size of the largest stride does not matter.
bool is_dense(std::vector<std::pair<std::int64_t, std::int64_t>> stride_size, bool free_size) {
  std::stable_sort(stride_size.begin(), stride_size.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (free_size) stride_size.back().second = 42;
  if (stride_size.size() == 1) return stride_size[0].first == 1 || stride_size[0].second < 2;
  std::int64_t expected = 1;
  for (const auto& [stride, size] : stride_size) {
    if (size == 1) continue;
    if (stride != expected) return false;
    expected = stride * size;
  }
  return true;
}

Expr make_dense_indicator(Pool& pool, std::span<const Expr> args) {
  const std::size_t dim = args.size() / 2;
  const auto integral = [](Expr e) { return e->kind == Kind::kInteger; };
  if (dim == 1 && (is_one(args[1]) || (is_number(args[0]) && to_double(args[0]) < 2))) return pool.integer(1);
  const auto strides = args.subspan(dim);
  if (dim == 0 || !std::all_of(strides.begin(), strides.end(), integral)) {
    return pool.make_raw(Kind::kIsNonOverlappingAndDense, args);
  }
  std::size_t largest = 0;
  for (std::size_t i = 1; i < dim; ++i) {
    if (strides[i]->value >= strides[largest]->value) largest = i;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < dim; ++i) {
    if (!integral(args[i]) && i != largest) return pool.make_raw(Kind::kIsNonOverlappingAndDense, args);
    pairs.emplace_back(strides[i]->value, args[i]->value);
  }
  return pool.integer(is_dense(std::move(pairs), !integral(args[largest])) ? 1 : 0);
}

using UnaryFunction = double (*)(double);
UnaryFunction unary_function(std::string_view name) {
  static constexpr std::pair<std::string_view, UnaryFunction> kTable[] = {
      {"acos", std::acos}, {"asin", std::asin}, {"asinh", std::asinh}, {"atan", std::atan}, {"cos", std::cos},
      {"cosh", std::cosh}, {"exp", std::exp},   {"log", std::log},     {"log2", std::log2}, {"sin", std::sin},
      {"sinh", std::sinh}, {"sqrt", std::sqrt}, {"tan", std::tan},     {"tanh", std::tanh},
  };
  for (const auto& [known, function] : kTable) {
    if (known == name) return function;
  }
  return nullptr;
}

}  // namespace

Expr make_opaque(Pool& pool, std::string_view name, Expr arg) {
  const bool literal = arg->kind == Kind::kInteger || arg->kind == Kind::kFloat || is_infinity(arg);
  const UnaryFunction function = literal ? unary_function(name) : nullptr;
  if (function == nullptr) return nullptr;
  const double value = function(to_double(arg));
  if (std::isnan(value)) raise(ErrorType::kValueError, "math domain error");
  return pool.floating(value);
}

Expr make_function(Pool& pool, Kind kind, std::span<const Expr> args) {
  switch (kind) {
    case Kind::kMod:
    case Kind::kPythonMod:
      return make_mod(kind, args[0], args[1]);
    case Kind::kCeilDiv:
      return make_ceil_div(args[0], args[1]);
    case Kind::kModularIndexing:
      return make_modular_indexing(args[0], args[1], args[2]);
    case Kind::kPowByNatural:
      return make_power_by_natural(args[0], args[1]);
    case Kind::kLShift:
    case Kind::kRShift:
      return make_shift(pool, kind, args[0], args[1]);
    case Kind::kBitwiseAnd:
    case Kind::kBitwiseOr:
    case Kind::kBitwiseXor:
      return make_bitwise(pool, kind, args[0], args[1]);
    case Kind::kToFloat:
      return make_to_float(pool, args[0]);
    case Kind::kFloatTrueDiv:
    case Kind::kIntTrueDiv:
      return make_true_div(pool, kind, args[0], args[1]);
    case Kind::kFloatPow:
      return make_float_pow(pool, args[0], args[1]);
    case Kind::kTruncToInt:
    case Kind::kTruncToFloat:
    case Kind::kCeilToInt:
    case Kind::kFloorToInt:
    case Kind::kRoundToInt:
      return make_rounding(pool, kind, args[0]);
    case Kind::kRoundDecimal:
      return make_round_decimal(pool, args[0], args[1]);
    case Kind::kWhere:
      if (args[0]->kind == Kind::kTrue) return args[1];
      if (args[0]->kind == Kind::kFalse) return args[2];
      return pool.make_raw(kind, args);
    case Kind::kIsNonOverlappingAndDense:
      return make_dense_indicator(pool, args);
    default:
      return pool.make_raw(kind, args);
  }
}

}  // namespace retrace::expr
