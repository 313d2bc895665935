// SPDX-License-Identifier: Apache-2.0
// What the files of this room share: interning, number arithmetic, SymPy's orders.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/failure.h"
#include "core/expr/expr.h"

namespace retrace::expr {

using Args = std::vector<Expr>;
__extension__ typedef __int128 Int128;

/// Room-internal services of a pool.
struct PoolAccess {
  /// Results of expand, simplify_quotient and canonicalize_bool_expr: expressions share parts, walks must not repeat
  /// them.
  struct Memo {
    std::unordered_map<Expr, Expr> expanded;
    std::unordered_map<Expr, Expr> simplified;
    std::unordered_map<Expr, Expr> canonical;
    std::unordered_map<Expr, double> operations;
  };
  static Memo& memo(Pool& pool);

  /// A copy of `args` that lives as long as the pool.
  static std::span<const Expr> store(Pool& pool, std::span<const Expr> args);
};

/// Fills the assumptions, size and depth of a node from its kind and args.
void assume(Node& node);

// ---- Numbers (kInteger .. kNaN)

/// n / d in lowest terms. Raises Failure beyond 64 bits.
Expr make_rational(Pool& pool, Int128 numerator, Int128 denominator);
/// Without its sign. Raises Overflow for the least one.
std::int64_t magnitude(std::int64_t number);
Expr number_add(Expr a, Expr b);
Expr number_mul(Expr a, Expr b);
Expr number_pow(Expr base, std::int64_t exponent);
Expr number_neg(Expr a);
bool is_exact(Expr e);                 // Integer or Rational
bool number_is_negative(Expr number);  // also the infinities
inline bool is_one(Expr e) { return is_integer_value(e, 1); }
inline bool is_minus_one(Expr e) { return is_integer_value(e, -1); }
inline bool is_zero_value(Expr e) { return is_integer_value(e, 0); }
inline bool is_number(Expr e) { return is_number(e->kind); }

// ---- Orders

inline bool compare_less(Expr a, Expr b) { return compare(a, b) < 0; }
/// sympy.core.sorting.ordered: by size, then by default_sort_key.
bool ordered_less(Expr a, Expr b);
/// The order in which SymPy prints the terms of a sum, the factors of a product; else the expression itself.
std::span<const Expr> as_ordered_terms(const Expr& e);
std::span<const Expr> as_ordered_factors(const Expr& e);
/// (base, exponent): exponent 1 for what is no power.
std::pair<Expr, Expr> as_base_exp(Expr e);
/// SymPy's class name: "StrictLessThan", "OpaqueUnaryFn_sqrt".
std::string class_name(Expr e);
std::string_view kind_name(Kind kind);
bool could_extract_minus_sign(Expr e);

// ---- Evaluating constructors by family (Pool::make dispatches)

Expr make_add(Pool& pool, std::span<const Expr> args);
Expr make_mul(Pool& pool, std::span<const Expr> args);
Expr make_pow(Expr base, Expr exponent);
Expr make_min_max(Pool& pool, Kind kind, std::span<const Expr> args);
Expr make_function(Pool& pool, Kind kind, std::span<const Expr> args);
Expr make_opaque(Pool& pool, std::string_view name, Expr arg);
Expr make_division(Pool& pool, Kind kind, Expr base, Expr divisor);
Expr make_relation(Pool& pool, Kind kind, Expr lhs, Expr rhs);
Expr make_and_or(Pool& pool, Kind kind, std::span<const Expr> args);
Expr make_not(Pool& pool, Expr arg);
Expr make_piecewise(Pool& pool, std::span<const Expr> args);

/// sympy.simplify, as far as quotients of integer polynomials need it.
Expr simplify_quotient(Expr e);
/// p / divisor, divided out where the divisor is a polynomial factor of p.
Expr cancel(Expr p, Expr divisor);
/// The relation as And, Or and Piecewise compare it (Relational.canonical).
Expr canonical_relation(Expr relation);
/// `kind(args)` with the children replaced, evaluated.
Expr rebuild(Expr e, std::span<const Expr> args);
/// int_oo, -int_oo, oo, -oo.
inline bool is_infinity(Expr e) { return is_infinite(e->kind); }

}  // namespace retrace::expr
