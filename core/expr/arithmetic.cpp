// SPDX-License-Identifier: Apache-2.0
// Sums, products and powers in SymPy's canonical form (Add.flatten, Mul.flatten, Pow.__new__) and expansion.
#include <unordered_map>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

/// Collects (key, number) pairs in order of first occurrence: the terms of a sum, the powers of a product.
class Collector {
 public:
  void add(Expr key, Expr amount) {
    if (entries_.size() >= kLinear) {
      if (index_.empty()) {
        for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
      }
      const auto [at, fresh] = index_.try_emplace(key, entries_.size());
      if (!fresh) return merge(entries_[at->second].second, amount);
    } else {
      for (auto& [k, v] : entries_) {
        if (k == key) return merge(v, amount);
      }
    }
    entries_.emplace_back(key, amount);
  }
  [[nodiscard]] const std::vector<std::pair<Expr, Expr>>& entries() const { return entries_; }

 private:
  static constexpr std::size_t kLinear = 12;
  static void merge(Expr& into, Expr amount) { into = expr::add(into, amount); }
  std::vector<std::pair<Expr, Expr>> entries_;
  std::unordered_map<Expr, std::size_t> index_;
};

Expr scaled(Expr coefficient, Expr term) {
  Pool& pool = *term->pool;
  if (is_one(coefficient)) return term;
  if (is_number(term)) return number_mul(coefficient, term);
  if (term->kind == Kind::kAdd) return pool.make_raw(Kind::kMul, {coefficient, term});
  if (term->kind != Kind::kMul) return mul(coefficient, term);
  Args args{coefficient};
  args.insert(args.end(), term->args.begin(), term->args.end());
  return pool.make_raw(Kind::kMul, args);
}

void collect_terms(std::span<const Expr> args, Expr& constant, Collector& terms) {
  for (Expr e : args) {
    if (is_number(e)) {
      constant = number_add(constant, e);
    } else if (e->kind == Kind::kAdd) {
      collect_terms(e->args, constant, terms);
    } else {
      const auto [coefficient, rest] = as_coeff_mul(e);
      terms.add(rest, coefficient);
    }
  }
}

/// Drops what an infinite constant swallows.
void absorb(Expr constant, Args& terms) {
  if (constant->kind != Kind::kInfinity && constant->kind != Kind::kNegInfinity) return;
  std::erase_if(terms, [&](Expr t) {
    return (t->is_real && t->is_finite) ||
           (t->is_real && (constant->kind == Kind::kInfinity ? t->is_nonnegative : is_nonpositive(t) == true));
  });
}

Expr assemble(Pool& pool, Kind kind, Args& args, Expr number, std::int64_t identity) {
  std::sort(args.begin(), args.end(), compare_less);
  if (!is_integer_value(number, identity)) args.insert(args.begin(), number);
  if (args.empty()) return pool.integer(identity);
  return args.size() == 1 ? args[0] : pool.make_raw(kind, args);
}

/// number * (a + b) = number*a + number*b
Expr distribute(Expr number, Expr sum) {
  Args terms;
  terms.reserve(sum->args.size());
  for (Expr t : sum->args) terms.push_back(mul(number, t));
  return make_add(*sum->pool, terms);
}

/// Mul.flatten for two factors, one a rational number; nullptr: the general way.
Expr mul_by_rational(Expr a, Expr b) {
  if (is_exact(b)) std::swap(a, b);
  if (!is_exact(a) || is_zero_value(a)) return nullptr;
  const auto [coefficient, sum] = as_coeff_mul(b);
  if (sum->kind != Kind::kAdd) return nullptr;
  if (is_one(coefficient)) return distribute(a, sum);
  Expr product = number_mul(a, coefficient);
  return is_one(product) ? sum : a->pool->make_raw(Kind::kMul, {product, sum});
}

void collect_factors(std::span<const Expr> args, Expr& coefficient, Collector& powers) {
  for (Expr e : args) {
    if (is_number(e)) {
      coefficient = number_mul(coefficient, e);
    } else if (e->kind == Kind::kMul) {
      collect_factors(e->args, coefficient, powers);
    } else {
      const auto [base, exponent] = as_base_exp(e);
      powers.add(base, exponent);
    }
  }
}

/// The factors base**exponent; a product among them (a base that was itself a product) is taken apart once more.
bool build_powers(const Collector& powers, Expr& coefficient, Args& factors) {
  bool again = false;
  for (const auto& [base, exponent] : powers.entries()) {
    if (is_zero_value(exponent)) continue;
    Expr p = make_pow(base, exponent);
    if (is_number(p))
      coefficient = number_mul(coefficient, p);
    else
      factors.push_back(p);
    again |= p->kind == Kind::kMul;
  }
  return again;
}

Expr product_with_infinity(Expr coefficient, Args& factors) {
  Pool& pool = *coefficient->pool;
  bool negative = false;
  std::erase_if(factors, [&](Expr f) {
    if (f->signs == 1) negative = !negative;
    return f->signs == 4 || f->signs == 1;
  });
  return assemble(pool, Kind::kMul, factors, negative ? number_neg(coefficient) : coefficient, 1);
}

}  // namespace

std::pair<Expr, Expr> as_coeff_mul(Expr e) {
  Pool& pool = *e->pool;
  if (is_number(e)) return {e, pool.integer(1)};
  if (e->kind != Kind::kMul || !is_number(e->args[0])) return {pool.integer(1), e};
  if (e->args.size() == 2) return {e->args[0], e->args[1]};
  return {e->args[0], pool.make_raw(Kind::kMul, e->args.subspan(1))};
}

std::pair<Expr, Expr> as_coeff_add(Expr e) {
  Pool& pool = *e->pool;
  if (is_number(e)) return {e, pool.integer(0)};
  if (e->kind != Kind::kAdd || !is_number(e->args[0])) return {pool.integer(0), e};
  if (e->args.size() == 2) return {e->args[0], e->args[1]};
  return {e->args[0], pool.make_raw(Kind::kAdd, e->args.subspan(1))};
}

std::pair<Expr, Expr> as_base_exp(Expr e) {
  if (e->kind == Kind::kPow) return {e->args[0], e->args[1]};
  return {e, e->pool->integer(1)};
}

std::span<const Expr> add_args(const Expr& e) { return e->kind == Kind::kAdd ? e->args : std::span(&e, 1); }
std::span<const Expr> mul_args(const Expr& e) { return e->kind == Kind::kMul ? e->args : std::span(&e, 1); }

namespace {

/// sum + term where no term of the sum is like it: one insertion. nullptr: the general way.
Expr insert_term(Expr sum, Expr term) {
  if (sum->kind != Kind::kAdd || term->kind == Kind::kAdd || is_number(term)) return nullptr;
  Expr rest = as_coeff_mul(term).second;
  for (Expr t : sum->args) {
    if (t->kind == Kind::kMul ? as_coeff_mul(t).second == rest : t == rest) return nullptr;
  }
  Args args(sum->args.begin(), sum->args.end());
  const auto first = args.begin() + (is_number(args[0]) ? 1 : 0);
  if (first != args.begin() && is_infinity(args[0])) return nullptr;
  args.insert(std::upper_bound(first, args.end(), term, compare_less), term);
  return sum->pool->make_raw(Kind::kAdd, args);
}

}  // namespace

Expr make_add(Pool& pool, std::span<const Expr> args) {
  if (args.size() == 2) {
    if (Expr quick = insert_term(args[0], args[1])) return quick;
    if (Expr quick = insert_term(args[1], args[0])) return quick;
  }
  Expr constant = pool.integer(0);
  Collector terms;
  collect_terms(args, constant, terms);
  if (constant->kind == Kind::kNaN) return constant;
  Args out;
  out.reserve(terms.entries().size() + 1);
  for (const auto& [term, coefficient] : terms.entries()) {
    if (!is_zero_value(coefficient)) out.push_back(scaled(coefficient, term));
  }
  absorb(constant, out);
  return assemble(pool, Kind::kAdd, out, constant, 0);
}

Expr make_mul(Pool& pool, std::span<const Expr> args) {
  if (args.size() == 2 && !is_one(args[0]) && !is_one(args[1])) {
    if (Expr quick = mul_by_rational(args[0], args[1])) return quick;
  }
  Expr coefficient = pool.integer(1);
  Collector powers;
  collect_factors(args, coefficient, powers);
  Args factors;
  if (build_powers(powers, coefficient, factors)) {
    Collector merged;
    Args first;
    first.swap(factors);
    collect_factors(first, coefficient, merged);
    build_powers(merged, coefficient, factors);
  }
  if (coefficient->kind == Kind::kNaN || is_zero_value(coefficient)) return coefficient;
  if (coefficient->kind == Kind::kInfinity || coefficient->kind == Kind::kNegInfinity) {
    return product_with_infinity(coefficient, factors);
  }
  if (factors.size() == 1 && factors[0]->kind == Kind::kAdd && !is_one(coefficient) && !is_infinity(coefficient)) {
    return distribute(coefficient, factors[0]);
  }
  return assemble(pool, Kind::kMul, factors, coefficient, 1);
}

Expr make_pow(Expr base, Expr exponent) {
  Pool& pool = *base->pool;
  if (is_one(exponent)) return base;
  if (is_zero_value(exponent) || is_one(base)) return pool.integer(1);
  if (base->kind == Kind::kNaN || exponent->kind == Kind::kNaN) return pool.nan();
  if (exponent->kind != Kind::kInteger) return pool.make_raw(Kind::kPow, {base, exponent});
  if (is_number(base)) return number_pow(base, exponent->value);
  if (base->kind == Kind::kPow) return make_pow(base->args[0], mul(base->args[1], exponent));
  if (base->kind == Kind::kMul) {
    Args factors;
    for (Expr f : base->args) factors.push_back(make_pow(f, exponent));
    return make_mul(pool, factors);
  }
  if (base->kind == Kind::kPiecewise && exponent->value > 0) {
    Args pieces(base->args.begin(), base->args.end());
    for (std::size_t i = 0; i < pieces.size(); i += 2) pieces[i] = make_pow(pieces[i], exponent);
    return make_piecewise(pool, pieces);
  }
  return pool.make_raw(Kind::kPow, {base, exponent});
}

Expr add(Expr a, Expr b) {
  if (is_number(a) && is_number(b)) return number_add(a, b);
  return a->pool->make(Kind::kAdd, {a, b});
}

Expr mul(Expr a, Expr b) {
  if (is_number(a) && is_number(b)) return number_mul(a, b);
  return a->pool->make(Kind::kMul, {a, b});
}

Expr neg(Expr a) { return mul(a->pool->integer(-1), a); }
Expr sub(Expr a, Expr b) { return add(a, neg(b)); }
Expr div(Expr a, Expr b) { return mul(a, make_pow(b, a->pool->integer(-1))); }

namespace {

constexpr std::size_t kMaxExpandedTerms = 1 << 14;

/// _expandsums: the product of the factors as a sum of products.
Expr expand_sums(Pool& pool, std::span<const Expr> factors, bool& changed) {
  Args sums;
  Args other;
  for (Expr f : factors) (f->kind == Kind::kAdd ? sums : other).push_back(f);
  changed |= sums.size() > 1 || (!sums.empty() && !other.empty());
  Args result{make_mul(pool, other)};
  for (Expr s : sums) {
    Args next;
    if (result.size() * s->args.size() > kMaxExpandedTerms) throw SizeLimit("a product of sums has too many terms");
    next.reserve(result.size() * s->args.size());
    for (Expr left : result) {
      for (Expr right : s->args) next.push_back(mul(left, right));
    }
    result.swap(next);
  }
  return make_add(pool, result);
}

Expr expand_power(Expr e) {
  Expr base = e->args[0];
  Expr exponent = e->args[1];
  constexpr std::int64_t kMaxPower = 100;  // beyond, the sum of products would not fit anywhere
  if (exponent->kind != Kind::kInteger || base->kind != Kind::kAdd) return e;
  if (exponent->value > kMaxPower || exponent->value < -kMaxPower) return e;
  Pool& pool = *e->pool;
  Expr result = base;
  const std::int64_t n = exponent->value < 0 ? -exponent->value : exponent->value;
  for (std::int64_t i = 1; i < n; ++i) {
    bool changed = false;
    const Expr factors[] = {result, base};
    result = expand_sums(pool, factors, changed);
  }
  return exponent->value < 0 ? make_pow(result, pool.integer(-1)) : result;
}

Expr expand_product(Expr e) {
  Pool& pool = *e->pool;
  Args numerator;
  Args denominator;
  bool has_sum = false;
  for (Expr f : e->args) {
    const bool divides = f->kind == Kind::kPow && is_minus_one(f->args[1]);
    Expr factor = divides ? f->args[0] : f;
    (divides ? denominator : numerator).push_back(factor);
    has_sum |= factor->kind == Kind::kAdd;
  }
  if (!has_sum) return e;
  bool changed = false;
  Expr n = expand_sums(pool, numerator, changed);
  Expr d = expand_sums(pool, denominator, changed);
  return changed ? div(n, d) : e;
}

Expr expand_once(Expr e) {
  Args args;
  bool changed = false;
  for (Expr a : e->args) {
    args.push_back(expand(a));
    changed |= args.back() != a;
  }
  if (changed) return expand(rebuild(e, args));
  if (e->kind == Kind::kPow) return expand_power(e);
  return e->kind == Kind::kMul ? expand_product(e) : e;
}

}  // namespace

Expr expand(Expr e) {
  if (!has_kind(e, Kind::kAdd)) return e;
  auto& memo = PoolAccess::memo(*e->pool).expanded;
  if (const auto known = memo.find(e); known != memo.end()) return known->second;
  Expr result = expand_once(e);
  memo.emplace(e, result);
  return result;
}

}  // namespace retrace::expr
