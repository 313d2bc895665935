// SPDX-License-Identifier: Apache-2.0
// SymPy's two orders: Basic.compare (arguments of Add and Mul) and default_sort_key (printing, Max, And, ...).
#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

int three_way(auto a, auto b) { return a < b ? -1 : (b < a ? 1 : 0); }

/// Index in sympy.core.basic.ordering_of_classes; what is not there comes last, by name.
constexpr int kUnknownClass = 1000;

int integer_class(std::int64_t value) {
  switch (value) {
    case 0:
      return 0;
    case 1:
      return 1;
    case -1:
      return 5;
    default:
      return 7;
  }
}

int class_index(Expr e) {
  switch (e->kind) {
    case Kind::kInteger:
      return integer_class(e->value);
    case Kind::kRational:
      return e->value == 1 && e->denominator == 2 ? 2 : 8;
    case Kind::kInfinity:
      return 3;
    case Kind::kNaN:
      return 4;
    case Kind::kNegInfinity:
      return 6;
    case Kind::kFloat:
      return 9;
    case Kind::kSymbol:
      return 13;
    case Kind::kPow:
      return 15;
    case Kind::kMul:
      return 16;
    case Kind::kAdd:
      return 17;
    case Kind::kEq:
      return 60;
    case Kind::kNe:
      return 61;
    case Kind::kGt:
      return 62;
    case Kind::kLt:
      return 63;
    case Kind::kGe:
      return 64;
    case Kind::kLe:
      return 65;
    default:
      return kUnknownClass;
  }
}

/// How many assumptions SymPy derives: symbols with fewer of them come first.
int assumption_rank(Expr symbol) { return (symbol->is_positive ? 2 : 0) + (symbol->is_integer ? 1 : 0); }

int compare_floats(double a, double b) {  // by mpmath's (sign, mantissa, exponent)
  if (std::signbit(a) != std::signbit(b)) return std::signbit(a) ? 1 : -1;
  int ea = 0;
  int eb = 0;
  const auto mantissa = [](double v, int& exponent) {
    auto m = static_cast<std::uint64_t>(std::ldexp(std::frexp(std::fabs(v), &exponent), 53));
    while (m != 0 && m % 2 == 0) {
      m /= 2;
      ++exponent;
    }
    return m;
  };
  const auto ma = mantissa(a, ea);
  const auto mb = mantissa(b, eb);
  return ma != mb ? three_way(ma, mb) : three_way(ea, eb);
}

int compare_atoms(Expr a, Expr b) {
  if (a->kind == Kind::kFloat) return compare_floats(a->real, b->real);
  if (a->kind == Kind::kSymbol) {
    if (int c = three_way(assumption_rank(a), assumption_rank(b))) return c;
    return three_way(a->name, b->name);
  }
  if (a->value != b->value) return three_way(a->value, b->value);
  return three_way(a->denominator, b->denominator);
}

struct SortKey {  // Expr.sort_key: class, arguments, exponent, coefficient
  int major = 5;
  int minor = 0;
  Expr head = nullptr;
  std::span<const Expr> args;
  Expr exponent = nullptr;
  Expr coefficient = nullptr;
};

void set_class(SortKey& key, Expr e) {
  switch (e->kind) {
    case Kind::kSymbol:
      key.major = 2;
      return;
    case Kind::kMul:
      key.major = 3;
      return;
    case Kind::kAdd:
      key.major = 3, key.minor = 1;
      return;
    case Kind::kPow:
      key.major = 3, key.minor = 2;
      return;
    case Kind::kMax:
    case Kind::kMin:
      return;
    case Kind::kPiecewise:
    case Kind::kIdentity:
    case Kind::kIsNonOverlappingAndDense:
      key.major = 4;
      return;
    default:
      if (is_number(e))
        key.major = 1;
      else if (!is_boolean(e->kind))
        key.major = 4, key.minor = 10000;
  }
}

SortKey sort_key(Expr e) {
  SortKey key;
  key.head = e;
  if (!is_boolean(e->kind) && !is_number(e)) {
    std::tie(key.coefficient, key.head) = as_coeff_mul(e);
    if (key.head->kind == Kind::kPow) std::tie(key.head, key.exponent) = as_base_exp(key.head);
  }
  set_class(key, key.head);
  if (key.head->kind == Kind::kAdd)
    key.args = as_ordered_terms(key.head);
  else if (key.head->kind == Kind::kMul)
    key.args = as_ordered_factors(key.head);
  else
    key.args = key.head->args;
  return key;
}

int compare_args(const SortKey& a, const SortKey& b) {
  if (a.head->kind == Kind::kSymbol) return three_way(a.head->name, b.head->name);
  if (int c = three_way(a.args.size(), b.args.size())) return c;
  for (std::size_t i = 0; i < a.args.size(); ++i) {
    if (int c = default_sort_compare(a.args[i], b.args[i])) return c;
  }
  return 0;
}

int compare_exponents(Expr a, Expr b) {
  if (a == b) return 0;
  Pool& pool = *(a != nullptr ? a : b)->pool;
  return default_sort_compare(a != nullptr ? a : pool.integer(1), b != nullptr ? b : pool.integer(1));
}

}  // namespace

int compare(Expr a, Expr b) {
  if (a == b) return 0;
  const int ia = class_index(a);
  const int ib = class_index(b);
  if (ia != ib) return three_way(ia, ib);
  if (ia == kUnknownClass && (a->kind != b->kind || a->name != b->name)) {
    return three_way(class_name(a), class_name(b));
  }
  if (a->args.empty() && b->args.empty()) return compare_atoms(a, b);
  if (int c = three_way(a->args.size(), b->args.size())) return c;
  for (std::size_t i = 0; i < a->args.size(); ++i) {
    if (int c = compare(a->args[i], b->args[i])) return c;
  }
  return 0;
}

int default_sort_compare(Expr a, Expr b) {
  if (a == b) return 0;
  const SortKey x = sort_key(a);
  const SortKey y = sort_key(b);
  if (int c = three_way(x.major, y.major)) return c;
  if (x.major == 1) return compare_numbers(a, b);
  if (int c = three_way(x.minor, y.minor)) return c;
  if (x.head->kind != y.head->kind || x.head->kind == Kind::kOpaqueUnary) {
    if (int c = three_way(class_name(x.head), class_name(y.head))) return c;
  }
  if (int c = compare_args(x, y)) return c;
  if (int c = compare_exponents(x.exponent, y.exponent)) return c;
  if (x.coefficient == nullptr || y.coefficient == nullptr) return 0;
  return compare_numbers(x.coefficient, y.coefficient);
}

bool ordered_less(Expr a, Expr b) {
  if (a->nodes != b->nodes) return a->nodes < b->nodes;
  return default_sort_compare(a, b) < 0;
}

namespace {

/// Exponents other than 0, by the generator's place, in its order.
using Monomial = std::vector<std::pair<std::size_t, std::int64_t>>;

struct Term {  // a summand as a monomial in the generators
  Expr expr = nullptr;
  double coefficient = 1;
  std::vector<std::pair<Expr, std::int64_t>> powers{};
  Monomial monomial{};
};

/// Lexicographic, as lists of all generators' exponents are compared.
int compare_monomials(const Monomial& a, const Monomial& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i == b.size() || (i < a.size() && a[i].first < b[i].first)) return a[i].second < 0 ? -1 : 1;
    if (i == a.size() || b[i].first < a[i].first) return b[i].second < 0 ? 1 : -1;
    if (a[i].second != b[i].second) return a[i].second < b[i].second ? -1 : 1;
  }
  return 0;
}

/// sympy.core.exprtools.decompose_power
std::pair<Expr, std::int64_t> decompose_power(Expr factor) {
  const auto [base, exponent] = as_base_exp(factor);
  if (exponent->kind == Kind::kInteger) return {base, exponent->value};
  return {factor, 1};
}

Term as_term(Expr e) {
  Term term{.expr = e};
  const auto [coefficient, rest] = as_coeff_mul(e);
  term.coefficient = to_double(coefficient);
  if (is_one(rest)) return term;
  for (Expr factor : mul_args(rest)) {
    if (is_number(factor))
      term.coefficient *= to_double(factor);
    else
      term.powers.push_back(decompose_power(factor));
  }
  return term;
}

void set_monomials(std::vector<Term>& terms) {
  Args generators;
  for (const Term& t : terms) {
    for (const auto& p : t.powers) generators.push_back(p.first);
  }
  std::sort(generators.begin(), generators.end());
  generators.erase(std::unique(generators.begin(), generators.end()), generators.end());
  std::sort(generators.begin(), generators.end(), [](Expr a, Expr b) { return default_sort_compare(a, b) < 0; });
  std::unordered_map<Expr, std::size_t> places;
  for (const Expr generator : generators) places.emplace(generator, places.size());
  for (Term& t : terms) {
    for (const auto& [base, exponent] : t.powers)
      if (exponent != 0) t.monomial.emplace_back(places.at(base), exponent);
    std::sort(t.monomial.begin(), t.monomial.end());
  }
}

/// 1 - 2*x, not -2*x + 1.
bool is_positive_minus_term(Expr e) {
  if (e->args.size() != 2 || !is_number(e->args[0]) || e->args[1]->kind != Kind::kMul) return false;
  Expr mul = e->args[1];
  return mul->args.size() == 2 && is_number(mul->args[0]) && e->args[0]->is_positive &&
         number_is_negative(mul->args[0]);
}

}  // namespace

std::span<const Expr> as_ordered_terms(const Expr& e) {
  if (e->kind != Kind::kAdd) return {&e, 1};
  if (!e->ordered.empty()) return e->ordered;
  if (is_positive_minus_term(e)) return e->ordered = e->args;
  std::vector<Term> terms;
  terms.reserve(e->args.size());
  for (Expr arg : e->args) terms.push_back(as_term(arg));
  set_monomials(terms);
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    const int monomials = compare_monomials(a.monomial, b.monomial);
    return monomials != 0 ? monomials > 0 : a.coefficient < b.coefficient;
  });
  Args sorted;
  for (const Term& t : terms) sorted.push_back(t.expr);
  return e->ordered = PoolAccess::store(*e->pool, sorted);
}

std::span<const Expr> as_ordered_factors(const Expr& e) {
  if (e->kind != Kind::kMul) return {&e, 1};
  if (!e->ordered.empty()) return e->ordered;
  Args sorted(e->args.begin(), e->args.end());
  if (is_number(sorted[0]) && number_is_negative(sorted[0]) && !is_minus_one(sorted[0])) {  // args_cnc splits the sign
    sorted[0] = number_neg(sorted[0]);
    sorted.insert(sorted.begin(), e->pool->integer(-1));
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](Expr a, Expr b) { return default_sort_compare(a, b) < 0; });
  return e->ordered = PoolAccess::store(*e->pool, sorted);
}

bool could_extract_minus_sign(Expr e) {
  if (is_number(e)) return number_is_negative(e);
  if (e->kind == Kind::kMul) return is_number(e->args[0]) && number_is_negative(e->args[0]);
  if (e->kind != Kind::kAdd) return false;
  const auto negative =
      static_cast<std::size_t>(std::count_if(e->args.begin(), e->args.end(), could_extract_minus_sign));
  const std::size_t positive = e->args.size() - negative;
  if (positive != negative) return positive < negative;
  return default_sort_compare(e, neg(e)) < 0;
}

}  // namespace retrace::expr
