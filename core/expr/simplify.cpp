// SPDX-License-Identifier: Apache-2.0
// sympy.simplify as FloorDiv needs it after cancelling: the shorter of the factored and the expanded form.
#include <numeric>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

/// SymPy's count_ops, near enough to choose between a factored and an expanded form.
double count_ops(Expr e);

double count_own_ops(Expr e) {
  double ops = 0;
  for (Expr a : e->args) ops += count_ops(a);
  switch (e->kind) {
    case Kind::kAdd:
      return ops + static_cast<double>(e->args.size()) - 1;
    case Kind::kMul:
      return ops + static_cast<double>(e->args.size()) - (is_minus_one(e->args[0]) ? 2 : 1);
    default:
      return ops + 1;
  }
}

double count_ops(Expr e) {
  if (e->args.empty()) return e->kind == Kind::kRational ? 1 : 0;
  auto& memo = PoolAccess::memo(*e->pool).operations;
  if (const auto known = memo.find(e); known != memo.end()) return known->second;
  const double ops = count_own_ops(e);
  memo.emplace(e, ops);
  return ops;
}

/// The powers that all terms share.
Args common_factors(Expr sum) {
  Args common;
  for (Expr factor : mul_args(sum->args[0])) {
    const auto [base, exponent] = as_base_exp(factor);
    if (is_number(factor) || exponent->kind != Kind::kInteger) continue;
    std::int64_t least = exponent->value;
    for (Expr term : sum->args) {
      std::int64_t power = 0;
      for (Expr f : mul_args(term)) {
        const auto [b, e] = as_base_exp(f);
        if (b == base && e->kind == Kind::kInteger) power = e->value;
      }
      least = std::min(least, power);
    }
    if (least > 0) common.push_back(make_pow(base, sum->pool->integer(least)));
  }
  return common;
}

/// factor_terms: the common factor of a sum in front, when it holds a symbol.
Expr factor_terms(Expr sum) {
  if (sum->kind != Kind::kAdd) return sum;
  Pool& pool = *sum->pool;
  Args factors = common_factors(sum);
  if (factors.empty()) return sum;
  std::int64_t number = 0;
  for (Expr term : sum->args) {
    Expr first = mul_args(term)[0];
    number = std::gcd(number, first->kind == Kind::kInteger ? first->value : 1);
  }
  factors.push_back(pool.integer(number));
  Expr front = make_mul(pool, factors);
  Args rest;
  for (Expr term : sum->args) rest.push_back(div(term, front));
  factors.push_back(make_add(pool, rest));
  return make_mul(pool, factors);
}

bool has_sign(Expr term, bool negative) { return could_extract_minus_sign(term) == negative; }

/// The number that all terms share, negative when all are; 1 for what is no sum.
Expr numeric_content(Expr e) {
  Pool& pool = *e->pool;
  if (e->kind != Kind::kAdd) return pool.integer(1);
  std::int64_t number = 0;
  for (Expr term : e->args) {
    Expr first = mul_args(term)[0];
    number = std::gcd(number, first->kind == Kind::kInteger ? first->value : 1);
  }
  const bool negative = std::all_of(e->args.begin(), e->args.end(), [](Expr t) { return has_sign(t, true); });
  return pool.integer(negative ? -number : number);
}

/// Numbers out of the sums of a product; a sign left over goes into a sum of mixed signs.
Expr gather_numbers(Expr product) {
  if (product->kind != Kind::kMul) return product;
  Pool& pool = *product->pool;
  Expr number = pool.integer(1);
  Args factors;
  for (Expr f : product->args) {
    Expr content = numeric_content(f);
    number = number_mul(number, is_number(f) ? f : content);
    if (!is_number(f)) factors.push_back(is_one(content) ? f : div(f, content));
  }
  const auto mixed = [](Expr f) {
    return f->kind == Kind::kAdd &&
           std::any_of(f->args.begin(), f->args.end(), [](Expr t) { return has_sign(t, true); });
  };
  const auto absorbing = std::find_if(factors.begin(), factors.end(), mixed);
  if (number_is_negative(number) && absorbing != factors.end()) {
    *absorbing = neg(*absorbing);
    number = number_neg(number);
  }
  factors.push_back(number);
  return make_mul(pool, factors);
}

Expr simplified(Expr e) {
  const bool arithmetic = e->kind == Kind::kAdd || e->kind == Kind::kMul || e->kind == Kind::kPow;
  Args args;
  bool changed = false;
  for (Expr a : e->args) {
    args.push_back(simplify_quotient(a));
    changed |= args.back() != a;
  }
  if (changed) e = rebuild(e, args);
  if (!arithmetic) return e;
  Expr factored = factor_terms(gather_numbers(e));
  Expr expanded = expand(e);
  Expr refactored = factor_terms(expanded);
  if (count_ops(refactored) < count_ops(factored)) factored = refactored;
  return count_ops(expanded) < count_ops(factored) ? expanded : factored;
}

}  // namespace

Expr simplify_quotient(Expr e) {
  if (e->args.empty()) return e;
  auto& memo = PoolAccess::memo(*e->pool).simplified;
  if (const auto known = memo.find(e); known != memo.end()) return known->second;
  Expr result = simplified(e);
  memo.emplace(e, result);
  return result;
}

}  // namespace retrace::expr
