// SPDX-License-Identifier: Apache-2.0
// One function an operation, named as in SymPyValueRangeAnalysis.
#include "core/shapes/bound.h"

#include <cmath>
#include <vector>

#include "core/base/failure.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;

constexpr Number kZero = Number::integer(0);
constexpr Number kOne = Number::integer(1);

template <typename F>
Interval increasing_map(const Interval& x, F f) {
  return {f(x.lower), f(x.upper)};
}

template <typename F>
Interval coordinatewise_monotone_map(const Interval& a, const Interval& b, F f) {
  const Number corners[] = {f(a.lower, b.lower), f(a.lower, b.upper), f(a.upper, b.lower), f(a.upper, b.upper)};
  Number lowest = corners[0];
  Number highest = corners[0];
  for (const Number& corner : corners) {
    lowest = min(lowest, corner);
    highest = max(highest, corner);
  }
  return {lowest, highest};
}

Interval truth(bool may_be_true, bool may_be_false) {
  return {Number::boolean(!may_be_false), Number::boolean(may_be_true)};
}

Interval boolify(const Interval& a) { return a.is_bool() ? a : Interval::unknown_bool(); }

Interval not_(const Interval& a) {
  const Interval b = boolify(a);
  return {Number::boolean(!b.upper.truth()), Number::boolean(!b.lower.truth())};
}

Interval and_(const Interval& a, const Interval& b) {
  return {Number::boolean(a.lower.truth() && b.lower.truth()), Number::boolean(a.upper.truth() && b.upper.truth())};
}

Interval or_(const Interval& a, const Interval& b) {
  return {Number::boolean(a.lower.truth() || b.lower.truth()), Number::boolean(a.upper.truth() || b.upper.truth())};
}

Interval eq(const Interval& a, const Interval& b) {
  if (a.is_singleton() && b.is_singleton() && a.lower == b.lower) return truth(true, false);
  if (b.upper < a.lower || a.upper < b.lower) return truth(false, true);
  return Interval::unknown_bool();
}

Interval lt(const Interval& a, const Interval& b) {
  if (a.is_bool() && b.is_bool()) return and_(not_(a), b);
  if (a.upper < b.lower) return truth(true, false);
  if (b.upper <= a.lower) return truth(false, true);
  return Interval::unknown_bool();
}

Interval add_ranges(const Interval& a, const Interval& b) { return {add(a.lower, b.lower), add(a.upper, b.upper)}; }

Interval mul_ranges(const Interval& a, const Interval& b) {
  if (a.is_bool() && b.is_bool()) return and_(a, b);
  return coordinatewise_monotone_map(a, b, [](const Number& x, const Number& y) { return mul(x, y); });
}

Interval truediv(const Interval& a, const Interval& b) {
  const auto reaches_infinity = [](const Interval& x) { return x.lower.is_infinite() || x.upper.is_infinite(); };
  if (b.contains(kZero) || (reaches_infinity(a) && reaches_infinity(b))) return Interval::unknown();
  return coordinatewise_monotone_map(
      a, b, [](const Number& x, const Number& y) { return Number::floating(x.as_double() / y.as_double()); });
}

Interval floordiv(const Interval& a, const Interval& b) {
  if (b.contains(kZero)) {
    const bool a_up = kZero <= a.lower;
    const bool a_down = a.upper <= kZero;
    const bool b_up = kZero <= b.lower;
    const bool b_down = b.upper <= kZero;
    if ((b_up && a_up) || (b_down && a_down)) return {kZero, Number::int_oo()};
    if ((b_down && a_up) || (b_up && a_down)) return {Number::neg_int_oo(), kZero};
    return Interval::unknown_int();
  }
  return coordinatewise_monotone_map(a, b, [](const Number& x, const Number& y) { return floor_divide(x, y); });
}

Interval abs_range(const Interval& x) {
  const Number highest = max(x.upper, neg(x.lower));
  if (x.contains(kZero)) return {kZero, highest};
  return {min(sign(x.lower) < 0 ? neg(x.lower) : x.lower, sign(x.upper) < 0 ? neg(x.upper) : x.upper), highest};
}

/// C semantics: the sign of the dividend.
Number c_mod(const Number& a, const Number& modulus) {
  return a.is_infinite() ? kZero : Number::integer(a.num % modulus.num);
}

Interval mod(const Interval& x, const Interval& y) {
  if (y.contains(kZero)) return Interval::unknown_int();
  if (!y.is_singleton()) {
    const Number upper = add(abs_range(y).upper, Number::integer(-1));
    return {neg(upper), upper};
  }
  const Number modulus = abs_range(y).upper;
  if (modulus.kind != Number::Kind::kInt) return Interval::unknown_int();
  const bool bounded = x.lower.kind == Number::Kind::kInt && x.upper.kind == Number::Kind::kInt;
  if (bounded && x.lower.num / modulus.num == x.upper.num / modulus.num) {
    return {c_mod(x.lower, modulus), c_mod(x.upper, modulus)};
  }
  const Number largest = add(modulus, Number::integer(-1));
  if (x.upper < kZero) return {neg(largest), kZero};
  if (kZero < x.lower) return {kZero, largest};
  return {max(neg(largest), x.lower), min(largest, x.upper)};
}

Interval python_mod(const Interval& x, const Interval& y) {
  if (kZero <= x.lower && kZero <= y.lower) return mod(x, y);
  return {y.lower < kZero ? add(y.lower, kOne) : kZero, kZero < y.upper ? add(y.upper, Number::integer(-1)) : kZero};
}

Interval pow_by_natural(const Interval& a, const Interval& b) {
  if (!a.is_int() || !b.is_int() || b.lower < kZero) return Interval::unknown();
  if (a.is_singleton() && b.is_singleton()) return Interval(power(a.lower, b.lower));
  if (kOne <= a.lower) return {power(a.lower, b.lower), power(a.upper, b.upper)};
  if (b.is_singleton()) {
    const auto raise_to = [&b](const Number& x) { return power(x, b.lower); };
    if (b.lower.num % 2 != 0) return increasing_map(a, raise_to);
    const Number low = raise_to(a.lower);
    const Number high = raise_to(a.upper);
    return {a.contains(kZero) ? kZero : min(low, high), max(low, high)};
  }
  const Number most = power(max(a.upper, neg(a.lower)), b.upper);
  return {neg(most), most};
}

Interval bool_to_int(const Interval& x) {
  if (!x.is_bool()) return x;
  return {Number::integer(x.lower.truth() ? 1 : 0), Number::integer(x.upper.truth() ? 1 : 0)};
}

int bit_length(Wide value) {
  int bits = 0;
  for (; value > 0; value >>= 1) ++bits;
  return bits;
}

Interval bitwise_and(const Interval& x, const Interval& y) {
  if (x.is_bool() && y.is_bool()) return and_(x, y);
  const Interval a = bool_to_int(x);
  const Interval b = bool_to_int(y);
  Number lower = min(a.lower, b.lower);
  if (lower < kZero && !lower.is_infinite()) {
    lower = Number::integer(-(Wide{1} << bit_length(-lower.num - 1)));
  } else {
    lower = kZero;
  }
  return {lower, max(a.upper, b.upper)};
}

Interval bitwise_or(const Interval& x, const Interval& y) {
  if (x.is_bool() && y.is_bool()) return or_(x, y);
  const Interval a = bool_to_int(x);
  const Interval b = bool_to_int(y);
  Number upper = max(a.upper, b.upper);
  if (kZero < upper && !upper.is_infinite()) upper = Number::integer((Wide{1} << bit_length(upper.num)) - 1);
  if (upper < kZero) upper = Number::integer(-1);
  return {min(a.lower, b.lower), upper};
}

Interval bitwise_xor(const Interval& x, const Interval& y) {
  if (x.is_bool() && y.is_bool()) return or_(and_(x, not_(y)), and_(not_(x), y));
  const Interval a = bool_to_int(x);
  const Interval b = bool_to_int(y);
  const bool known = a.is_singleton() && b.is_singleton() && !a.lower.is_infinite() && !b.lower.is_infinite();
  return known ? Interval(Number::integer(a.lower.num ^ b.lower.num)) : Interval::unknown_int();
}

/// A float function lifted to integers: infinities become int_oo.
template <typename F>
Interval to_int_map(const Interval& x, F round) {
  return increasing_map(x, [&round](const Number& v) {
    if (v.is_infinite()) return sign(v) > 0 ? Number::int_oo() : Number::neg_int_oo();
    return v.kind == Number::Kind::kInt ? v : Number::integer(static_cast<Wide>(round(v.as_double())));
  });
}

template <typename F>
Interval float_map(const Interval& x, F function) {
  return increasing_map(x, [&function](const Number& v) { return Number::floating(function(v.as_double())); });
}

Interval round_decimal(const Interval& x, const Interval& digits) {
  if (!digits.is_singleton() || digits.lower.is_infinite()) return Interval::unknown();
  const double scale = std::pow(10.0, static_cast<double>(digits.lower.num));
  return float_map(x, [scale](double v) { return std::isinf(v) ? v : std::nearbyint(v * scale) / scale; });
}

Interval opaque_unary(std::string_view name, const Interval& x) {
  if (name == "sqrt")
    return x.lower < kZero ? Interval::unknown() : float_map(x, [](double v) { return std::sqrt(v); });
  if (name == "log") return x.lower <= kZero ? Interval::unknown() : float_map(x, [](double v) { return std::log(v); });
  if (name == "log2")
    return x.lower <= kZero ? Interval::unknown() : float_map(x, [](double v) { return std::log2(v); });
  if (name == "exp") return float_map(x, [](double v) { return std::exp(v); });
  if (name == "cos" || name == "sin") return {Number::floating(-1), Number::floating(1)};
  if (name == "cosh") return {Number::floating(0), Number::oo()};
  return Interval::unknown();
}

/// Arguments come in pairs (value, condition); the union of the values whose condition may hold.
Interval piecewise(std::span<const Interval> args) {
  std::optional<Interval> result;
  for (std::size_t i = 0; i + 1 < args.size(); i += 2) {
    if (!boolify(args[i + 1]).upper.truth()) continue;
    result = result ? unite(*result, args[i]) : args[i];
  }
  return result.value_or(Interval::unknown());
}

template <typename F>
Interval fold(std::span<const Interval> args, F combine) {
  Interval total = args[0];
  for (const Interval& arg : args.subspan(1)) total = combine(total, arg);
  return total;
}

Interval where(std::span<const Interval> args) { return unite(args[1], args[2]); }

Interval analyse(Expr e, std::span<const Interval> args) {
  switch (e->kind) {
    case Kind::kAdd:
      return fold(args, add_ranges);
    case Kind::kMul:
      return fold(args, mul_ranges);
    case Kind::kPow:
    case Kind::kPowByNatural:
      return pow_by_natural(args[0], args[1]);
    case Kind::kMax:
      return fold(args, [](const Interval& a, const Interval& b) {
        return Interval(max(a.lower, b.lower), max(a.upper, b.upper));
      });
    case Kind::kMin:
      return fold(args, [](const Interval& a, const Interval& b) {
        return Interval(min(a.lower, b.lower), min(a.upper, b.upper));
      });
    case Kind::kFloorDiv:
    case Kind::kCleanDiv:
      return floordiv(args[0], args[1]);
    case Kind::kMod:
      return mod(args[0], args[1]);
    case Kind::kPythonMod:
      return python_mod(args[0], args[1]);
    case Kind::kModularIndexing:
      return mod(floordiv(args[0], args[1]), args[2]);
    case Kind::kBitwiseAnd:
      return bitwise_and(args[0], args[1]);
    case Kind::kBitwiseOr:
      return bitwise_or(args[0], args[1]);
    case Kind::kBitwiseXor:
      return bitwise_xor(args[0], args[1]);
    case Kind::kToFloat:
      return float_map(args[0], [](double v) { return v; });
    case Kind::kFloatTrueDiv:
    case Kind::kIntTrueDiv:
      return truediv(args[0], args[1]);
    case Kind::kTruncToInt:
      return to_int_map(args[0], [](double v) { return std::trunc(v); });
    case Kind::kCeilToInt:
      return to_int_map(args[0], [](double v) { return std::ceil(v); });
    case Kind::kFloorToInt:
      return to_int_map(args[0], [](double v) { return std::floor(v); });
    case Kind::kRoundToInt:
      return to_int_map(args[0], [](double v) { return std::nearbyint(v); });
    case Kind::kTruncToFloat:
      return float_map(args[0], [](double v) { return std::trunc(v); });
    case Kind::kRoundDecimal:
      return round_decimal(args[0], args[1]);
    case Kind::kOpaqueUnary:
      return opaque_unary(e->name, args[0]);
    case Kind::kWhere:
      return where(args);
    case Kind::kPiecewise:
      return piecewise(args);
    case Kind::kIdentity:
      return args[0];
    case Kind::kEq:
      return eq(args[0], args[1]);
    case Kind::kNe:
      return not_(eq(args[0], args[1]));
    case Kind::kLt:
      return lt(args[0], args[1]);
    case Kind::kGt:
      return lt(args[1], args[0]);
    case Kind::kLe:
      return not_(lt(args[1], args[0]));
    case Kind::kGe:
      return not_(lt(args[0], args[1]));
    case Kind::kAnd:
      return fold(args, and_);
    case Kind::kOr:
      return fold(args, or_);
    case Kind::kNot:
      return not_(args[0]);
    case Kind::kIsNonOverlappingAndDense:
    case Kind::kLShift:
    case Kind::kRShift:
    case Kind::kCeilDiv:
      return Interval::unknown_int();
    default:
      return Interval::unknown();
  }
}

Interval bound_atom(Expr e, const RangeLookup& range_of) {
  if (e->kind != Kind::kSymbol) return e->kind == Kind::kNaN ? Interval::unknown() : Interval(number_of(e));
  if (const Interval* known = range_of(e)) return *known;
  if (!e->is_integer) return Interval::unknown();
  if (e->is_positive) return {kOne, Number::int_oo()};
  return e->is_nonnegative ? Interval(kZero, Number::int_oo()) : Interval::unknown_int();
}

}  // namespace

Interval bound_sympy(Expr e, const RangeLookup& range_of, BoundCache& cache) {
  if (e->is_atom()) return bound_atom(e, range_of);
  if (const auto known = cache.find(e); known != cache.end()) return known->second;
  std::vector<Expr> pending = {e};
  std::vector<Interval> args;
  while (!pending.empty()) {
    const Expr next = pending.back();
    const std::size_t before = pending.size();
    args.clear();
    for (const Expr arg : next->args) {
      const auto known = cache.find(arg);
      if (known != cache.end()) {
        args.push_back(known->second);
      } else if (arg->is_atom()) {
        args.push_back(bound_atom(arg, range_of));
      } else {
        pending.push_back(arg);
      }
    }
    if (pending.size() != before) continue;
    pending.pop_back();
    cache.insert_or_assign(next, analyse(next, args));
  }
  return cache.at(e);
}

Interval bound_sympy(Expr e, const RangeLookup& range_of) {
  BoundCache cache;
  return bound_sympy(e, range_of, cache);
}

}  // namespace retrace::shapes
