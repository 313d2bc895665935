// SPDX-License-Identifier: Apache-2.0
// Numbers with infinities and intervals of them, for integers, floats and booleans alike: the arithmetic of
// torch.utils._sympy.value_ranges.ValueRanges.
#pragma once
#include <cstdint>
#include <string>

#include "core/expr/expr.h"
#include "core/shapes/value_range.h"

namespace retrace::shapes {

__extension__ typedef __int128 Wide;

/// int_oo and -int_oo are kinds of their own; the float infinities are values of kFloat. Integers saturate.
struct Number {
  enum class Kind : std::uint8_t { kBool, kInt, kRational, kFloat, kIntOo, kNegIntOo } kind = Kind::kInt;
  Wide num = 0;
  Wide den = 1;
  double real = 0;

  static constexpr Number integer(Wide value);
  static Number rational(Wide numerator, Wide denominator);
  static Number floating(double value) { return {Kind::kFloat, 0, 1, value}; }
  static Number boolean(bool value) { return {Kind::kBool, value ? 1 : 0, 1, 0}; }
  static Number int_oo() { return {Kind::kIntOo, 0, 1, 0}; }
  static Number neg_int_oo() { return {Kind::kNegIntOo, 0, 1, 0}; }
  static Number oo();
  static Number neg_oo();
  static Number from_bound(std::int64_t bound);  // kOo, kNegOo: infinities

  [[nodiscard]] bool is_int_infinite() const { return kind == Kind::kIntOo || kind == Kind::kNegIntOo; }
  [[nodiscard]] bool is_infinite() const;
  [[nodiscard]] bool is_integral() const { return kind == Kind::kInt || is_int_infinite(); }
  [[nodiscard]] double as_double() const;
  [[nodiscard]] std::int64_t as_bound() const;  // clamped
  [[nodiscard]] bool truth() const { return num != 0; }
  [[nodiscard]] std::string text() const;
};

constexpr Number Number::integer(Wide value) { return {Kind::kInt, value, 1, 0}; }

int compare(const Number& a, const Number& b);
inline bool operator==(const Number& a, const Number& b) { return compare(a, b) == 0; }
inline bool operator<(const Number& a, const Number& b) { return compare(a, b) < 0; }
inline bool operator<=(const Number& a, const Number& b) { return compare(a, b) <= 0; }
inline const Number& min(const Number& a, const Number& b) { return b < a ? b : a; }
inline const Number& max(const Number& a, const Number& b) { return a < b ? b : a; }
int sign(const Number& a);
Number add(const Number& a, const Number& b);
Number neg(const Number& a);
Number mul(const Number& a, const Number& b);  // 0 * oo is 0
Number floor_divide(const Number& a, const Number& b);
Number power(const Number& base, const Number& exponent);  // safe_pow

struct Interval {
  Number lower = Number::neg_int_oo();
  Number upper = Number::int_oo();

  Interval() = default;
  /// Raises Failure (ValueRangeError) when lower > upper.
  Interval(const Number& low, const Number& high);
  explicit Interval(const Number& value) : lower(value), upper(value) {}
  explicit Interval(const ValueRange& range);
  static Interval unknown() { return {Number::neg_oo(), Number::oo()}; }
  static Interval unknown_int() { return {}; }
  static Interval unknown_bool() { return {Number::boolean(false), Number::boolean(true)}; }

  [[nodiscard]] bool is_bool() const { return lower.kind == Number::Kind::kBool; }
  [[nodiscard]] bool is_int() const { return lower.is_integral() && upper.is_integral(); }
  [[nodiscard]] bool is_unknown() const;
  [[nodiscard]] bool is_singleton() const { return lower == upper; }
  [[nodiscard]] bool contains(const Number& v) const { return lower <= v && v <= upper; }
  [[nodiscard]] bool is_subset_of(const Interval& other) const { return other.lower <= lower && upper <= other.upper; }
  [[nodiscard]] ValueRange range() const { return {lower.as_bound(), upper.as_bound()}; }
  [[nodiscard]] std::string text() const;  // "VR[2, int_oo]"
  bool operator==(const Interval& other) const { return lower == other.lower && upper == other.upper; }
};
Interval intersect(const Interval& a, const Interval& b);
Interval unite(const Interval& a, const Interval& b);

/// The number that the expression is; only for SymPy numbers, true and false.
Number number_of(expr::Expr e);
expr::Expr expression_of(expr::Pool& pool, const Number& a);

}  // namespace retrace::shapes
