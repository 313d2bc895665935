// SPDX-License-Identifier: Apache-2.0
// SymInt, SymFloat, SymBool arithmetic: what SymNode's magic methods build (torch/fx/experimental/sym_node.py).
//
// Plain integers never touch a pool.
#include "core/expr/sym.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/failure.h"

namespace retrace {

using expr::Expr;
using expr::Kind;
using expr::Pool;

namespace {

Pool& pool_of(const SymInt& a, const SymInt& b) { return *(a.is_int() ? b : a).node()->pool; }
Pool& pool_of(const SymFloat& a, const SymFloat& b) { return *(a.is_float() ? b : a).node()->pool; }

[[noreturn]] void overflow() { throw Overflow(); }

SymInt binary(Kind kind, const SymInt& a, const SymInt& b) {
  Pool& pool = pool_of(a, b);
  return SymInt(pool.make(kind, {a.expression(pool), b.expression(pool)}));
}

SymFloat binary(Kind kind, const SymFloat& a, const SymFloat& b) {
  Pool& pool = pool_of(a, b);
  return SymFloat(pool.make(kind, {a.expression(pool), b.expression(pool)}));
}

/// Python asks the symbolic side of a comparison: `3 < s` is `s > 3`.
SymBool relation(Kind kind, const SymInt& a, const SymInt& b) {
  if (a.is_int()) return relation(expr::mirrored(kind), b, a);
  Pool& pool = pool_of(a, b);
  return SymBool(pool.make(kind, {a.expression(pool), b.expression(pool)}));
}

bool both_int(const SymInt& a, const SymInt& b) { return a.is_int() && b.is_int(); }

void require_nonzero(const SymInt& b, const char* message) {
  if (b.is(0)) raise(ErrorType::kZeroDivisionError, message);
}

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  if (b == -1 && a == INT64_MIN) overflow();
  const std::int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

std::int64_t to_integer(double v) {
  if (!(v >= -9.2233720368547758e18 && v < 9.2233720368547758e18)) overflow();
  return static_cast<std::int64_t>(v);
}

}  // namespace

SymBool::SymBool(Expr e) {
  if (e->kind == Kind::kTrue || e->kind == Kind::kFalse)
    value_ = e->kind == Kind::kTrue;
  else
    node_ = e;
}

SymInt::SymInt(Expr e) {
  if (e->kind == Kind::kInteger)
    value_ = e->value;
  else
    node_ = e;
}

SymFloat::SymFloat(Expr e) {
  if (e->kind == Kind::kFloat || e->kind == Kind::kInteger || e->kind == Kind::kInfinity ||
      e->kind == Kind::kNegInfinity) {
    value_ = expr::to_double(e);
  } else {
    node_ = e;
  }
}

// ---- Integers

SymInt operator+(const SymInt& a, const SymInt& b) {
  if (both_int(a, b)) {
    std::int64_t out = 0;
    if (__builtin_add_overflow(a.as_int(), b.as_int(), &out)) overflow();
    return out;
  }
  if (a.is(0)) return b;
  if (b.is(0)) return a;
  return binary(Kind::kAdd, a, b);
}

SymInt operator-(const SymInt& a, const SymInt& b) {
  if (both_int(a, b)) {
    std::int64_t out = 0;
    if (__builtin_sub_overflow(a.as_int(), b.as_int(), &out)) overflow();
    return out;
  }
  if (b.is(0)) return a;
  Pool& pool = pool_of(a, b);
  return SymInt(expr::sub(a.expression(pool), b.expression(pool)));
}

SymInt operator*(const SymInt& a, const SymInt& b) {
  if (both_int(a, b)) {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(a.as_int(), b.as_int(), &out)) overflow();
    return out;
  }
  if (a.is(1)) return b;
  if (b.is(1)) return a;
  return binary(Kind::kMul, a, b);
}

SymInt operator-(const SymInt& a) { return a.is_int() ? SymInt(0) - a : SymInt(expr::neg(a.node())); }

SymInt floordiv(const SymInt& a, const SymInt& b) {
  require_nonzero(b, "division by zero");
  return both_int(a, b) ? SymInt(floor_quotient(a.as_int(), b.as_int())) : binary(Kind::kFloorDiv, a, b);
}

SymInt python_mod(const SymInt& a, const SymInt& b) {
  require_nonzero(b, "Modulo by zero");
  if (both_int(a, b)) {
    if (b.is(-1)) return 0;
    const std::int64_t rest = a.as_int() % b.as_int();
    return rest != 0 && (rest < 0) != (b.as_int() < 0) ? rest + b.as_int() : rest;
  }
  Pool& pool = pool_of(a, b);
  Expr p = a.expression(pool);
  Expr q = b.expression(pool);
  return SymInt(pool.make(p->is_nonnegative && q->is_nonnegative ? Kind::kMod : Kind::kPythonMod, {p, q}));
}

SymInt ceildiv(const SymInt& a, const SymInt& b) { return -floordiv(-a, b); }

SymInt sym_max(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymInt(std::max(a.as_int(), b.as_int())) : binary(Kind::kMax, a, b);
}

SymInt sym_min(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymInt(std::min(a.as_int(), b.as_int())) : binary(Kind::kMin, a, b);
}

SymInt product(std::span<const SymInt> values) {
  SymInt out = 1;
  for (const SymInt& v : values) out *= v;
  return out;
}

SymInt sum(std::span<const SymInt> values) {
  SymInt out = 0;
  for (const SymInt& v : values) out += v;
  return out;
}

// ---- Floats

SymFloat sym_float(const SymInt& a) {
  if (a.is_int()) return static_cast<double>(a.as_int());
  return SymFloat(a.node()->pool->make(Kind::kToFloat, {a.node()}));
}

SymFloat operator+(const SymFloat& a, const SymFloat& b) {
  return a.is_float() && b.is_float() ? SymFloat(a.as_float() + b.as_float()) : binary(Kind::kAdd, a, b);
}

SymFloat operator-(const SymFloat& a, const SymFloat& b) {
  if (a.is_float() && b.is_float()) return a.as_float() - b.as_float();
  Pool& pool = pool_of(a, b);
  return SymFloat(expr::sub(a.expression(pool), b.expression(pool)));
}

SymFloat operator*(const SymFloat& a, const SymFloat& b) {
  return a.is_float() && b.is_float() ? SymFloat(a.as_float() * b.as_float()) : binary(Kind::kMul, a, b);
}

SymFloat true_div(const SymFloat& a, const SymFloat& b) {
  if (b.is_float() && b.as_float() == 0) raise(ErrorType::kZeroDivisionError, "float division by zero");
  return a.is_float() && b.is_float() ? SymFloat(a.as_float() / b.as_float()) : binary(Kind::kFloatTrueDiv, a, b);
}

SymInt trunc_to_int(const SymFloat& a) {
  if (a.is_float()) return to_integer(std::trunc(a.as_float()));
  return SymInt(a.node()->pool->make(Kind::kTruncToInt, {a.node()}));
}

SymInt ceil_to_int(const SymFloat& a) {
  if (a.is_float()) return to_integer(std::ceil(a.as_float()));
  return SymInt(a.node()->pool->make(Kind::kCeilToInt, {a.node()}));
}

// ---- Booleans

SymBool sym_eq(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymBool(a.as_int() == b.as_int()) : relation(Kind::kEq, a, b);
}
SymBool sym_ne(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymBool(a.as_int() != b.as_int()) : relation(Kind::kNe, a, b);
}
SymBool sym_lt(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymBool(a.as_int() < b.as_int()) : relation(Kind::kLt, a, b);
}
SymBool sym_le(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymBool(a.as_int() <= b.as_int()) : relation(Kind::kLe, a, b);
}
SymBool sym_gt(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymBool(a.as_int() > b.as_int()) : relation(Kind::kGt, a, b);
}
SymBool sym_ge(const SymInt& a, const SymInt& b) {
  return both_int(a, b) ? SymBool(a.as_int() >= b.as_int()) : relation(Kind::kGe, a, b);
}

SymBool sym_eq(std::span<const SymInt> a, std::span<const SymInt> b) {
  if (a.size() != b.size()) return false;
  SymBool all = true;
  for (std::size_t i = 0; i < a.size(); ++i) all = sym_and(all, sym_eq(a[i], b[i]));
  return all;
}

SymBool sym_and(const SymBool& a, const SymBool& b) {
  if (a.is_bool()) return a.as_bool() ? b : a;
  if (b.is_bool()) return b.as_bool() ? a : b;
  return SymBool(a.node()->pool->make(Kind::kAnd, {a.node(), b.node()}));
}

SymBool sym_or(const SymBool& a, const SymBool& b) {
  if (a.is_bool()) return a.as_bool() ? a : b;
  if (b.is_bool()) return b.as_bool() ? b : a;
  return SymBool(a.node()->pool->make(Kind::kOr, {a.node(), b.node()}));
}

SymBool sym_not(const SymBool& a) { return a.is_bool() ? SymBool(!a.as_bool()) : SymBool(expr::logical_not(a.node())); }

bool has_symbols(std::span<const SymInt> values) {
  return std::any_of(values.begin(), values.end(), [](const SymInt& n) { return !n.is_int(); });
}

bool same(std::span<const SymInt> a, std::span<const SymInt> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const SymInt& x, const SymInt& y) { return same(x, y); });
}

std::string to_string(const SymInt& a) { return a.is_int() ? fmt::format("{}", a.as_int()) : expr::str(a.node()); }

std::string to_string(std::span<const SymInt> values) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ", ";
    out += to_string(values[i]);
  }
  return out + "]";
}

std::string to_string(const SymBool& a) {
  if (a.is_bool()) return a.as_bool() ? "True" : "False";
  return expr::str(a.node());
}

}  // namespace retrace
