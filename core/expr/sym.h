// SPDX-License-Identifier: Apache-2.0
// SymInt, SymFloat, SymBool: a plain number, or an expression that stands for one.
//
// Arithmetic is pure: it builds expressions and never evaluates a guard. What asks for a truth value
// (`guard`, `guard_or_false`, ...) is a member of shapes::ShapeEnv. There is no operator== on purpose:
// `sym_eq` builds a relation, `same` asks for structural identity.
#pragma once
#include <cassert>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expr/expr.h"

namespace retrace {

class SymBool {
 public:
  SymBool(bool value = false) : value_(value) {}  // NOLINT(google-explicit-constructor): a bool is a SymBool
  explicit SymBool(expr::Expr e);
  [[nodiscard]] bool is_bool() const { return node_ == nullptr; }
  [[nodiscard]] bool as_bool() const {
    assert(is_bool());
    return value_;
  }
  [[nodiscard]] expr::Expr node() const { return node_; }

 private:
  bool value_ = false;
  expr::Expr node_ = nullptr;
};

class SymInt {
 public:
  SymInt(std::int64_t value = 0) : value_(value) {}  // NOLINT(google-explicit-constructor): an int is a SymInt
  SymInt(int value) : value_(value) {}               // NOLINT(google-explicit-constructor)
  SymInt(std::size_t value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  /// An Integer node becomes the plain number.
  explicit SymInt(expr::Expr e);
  [[nodiscard]] bool is_int() const { return node_ == nullptr; }
  [[nodiscard]] std::int64_t as_int() const {
    assert(is_int());
    return value_;
  }
  [[nodiscard]] std::optional<std::int64_t> maybe_int() const {
    return is_int() ? std::optional(value_) : std::nullopt;
  }
  /// Is it the plain number `v`? (No guard.)
  [[nodiscard]] bool is(std::int64_t v) const { return is_int() && value_ == v; }
  [[nodiscard]] expr::Expr node() const { return node_; }
  /// The expression in `pool`, also for a plain number.
  [[nodiscard]] expr::Expr expression(expr::Pool& pool) const {
    return node_ != nullptr ? node_ : pool.integer(value_);
  }

 private:
  std::int64_t value_ = 0;
  expr::Expr node_ = nullptr;
};

class SymFloat {
 public:
  SymFloat(double value = 0) : value_(value) {}  // NOLINT(google-explicit-constructor): a float is a SymFloat
  explicit SymFloat(expr::Expr e);
  [[nodiscard]] bool is_float() const { return node_ == nullptr; }
  [[nodiscard]] double as_float() const {
    assert(is_float());
    return value_;
  }
  [[nodiscard]] expr::Expr node() const { return node_; }
  [[nodiscard]] expr::Expr expression(expr::Pool& pool) const {
    return node_ != nullptr ? node_ : pool.floating(value_);
  }

 private:
  double value_ = 0;
  expr::Expr node_ = nullptr;
};

using SymInts = std::vector<SymInt>;

SymInt operator+(const SymInt& a, const SymInt& b);
SymInt operator-(const SymInt& a, const SymInt& b);
SymInt operator*(const SymInt& a, const SymInt& b);
SymInt operator-(const SymInt& a);
inline SymInt& operator+=(SymInt& a, const SymInt& b) { return a = a + b; }
inline SymInt& operator-=(SymInt& a, const SymInt& b) { return a = a - b; }
inline SymInt& operator*=(SymInt& a, const SymInt& b) { return a = a * b; }
/// Python's // and %: floor semantics. A zero divisor raises Failure(ZeroDivisionError).
SymInt floordiv(const SymInt& a, const SymInt& b);
SymInt python_mod(const SymInt& a, const SymInt& b);
SymInt ceildiv(const SymInt& a, const SymInt& b);  // -(-a // b), torch's usual spelling
SymInt sym_max(const SymInt& a, const SymInt& b);
SymInt sym_min(const SymInt& a, const SymInt& b);
SymInt product(std::span<const SymInt> values);
SymInt sum(std::span<const SymInt> values);
/// Is one of them no plain number?
bool has_symbols(std::span<const SymInt> values);

SymFloat sym_float(const SymInt& a);
SymFloat operator+(const SymFloat& a, const SymFloat& b);
SymFloat operator-(const SymFloat& a, const SymFloat& b);
SymFloat operator*(const SymFloat& a, const SymFloat& b);
SymFloat true_div(const SymFloat& a, const SymFloat& b);
SymInt trunc_to_int(const SymFloat& a);
SymInt ceil_to_int(const SymFloat& a);

SymBool sym_eq(const SymInt& a, const SymInt& b);
SymBool sym_ne(const SymInt& a, const SymInt& b);
SymBool sym_lt(const SymInt& a, const SymInt& b);
SymBool sym_le(const SymInt& a, const SymInt& b);
SymBool sym_gt(const SymInt& a, const SymInt& b);
SymBool sym_ge(const SymInt& a, const SymInt& b);
SymBool sym_eq(std::span<const SymInt> a, std::span<const SymInt> b);  // lengths differ: false
SymBool sym_and(const SymBool& a, const SymBool& b);
SymBool sym_or(const SymBool& a, const SymBool& b);
SymBool sym_not(const SymBool& a);

/// Structural identity, no guard.
inline bool same(const SymInt& a, const SymInt& b) {
  return a.node() == b.node() && (a.node() != nullptr || a.as_int() == b.as_int());
}
bool same(std::span<const SymInt> a, std::span<const SymInt> b);

/// As Python's str() of the value: "4", "s77 + 1".
std::string to_string(const SymInt& a);
std::string to_string(std::span<const SymInt> values);  // "[2, s77]"
std::string to_string(const SymBool& a);

}  // namespace retrace
