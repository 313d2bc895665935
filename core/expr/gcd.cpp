// SPDX-License-Identifier: Apache-2.0
// Greatest common divisor of polynomials with integer coefficients (sympy.gcd), and exact division by it.
//
// Generators are symbols and whatever is no sum, product or natural power (FloorDiv(...), Max(...), ...).
#include <algorithm>
#include <cctype>
#include <compare>
#include <map>
#include <numeric>
#include <optional>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

using Monomial = std::vector<std::int64_t>;
using Polynomial = std::map<Monomial, std::int64_t, std::greater<>>;  // leading term first (lex)

class Ring {
 public:
  explicit Ring(Args generators) : generators_(std::move(generators)) {}
  [[nodiscard]] std::size_t generators() const { return generators_.size(); }

  /// nullopt: no polynomial with integer coefficients.
  std::optional<Polynomial> read(Expr e) const {
    Polynomial p;
    for (Expr term : add_args(e)) {
      Monomial m(generators_.size(), 0);
      std::int64_t c = 1;
      for (Expr factor : mul_args(term)) {
        if (factor->kind == Kind::kInteger) {
          c = factor->value;
          continue;
        }
        const auto [base, exponent] = as_base_exp(factor);
        if (is_number(factor) || exponent->kind != Kind::kInteger || exponent->value < 0) return std::nullopt;
        const auto at = std::find(generators_.begin(), generators_.end(), base) - generators_.begin();
        m[static_cast<std::size_t>(at)] = exponent->value;
      }
      if ((p[m] += c) == 0) p.erase(m);
    }
    return p;
  }

  Expr write(Pool& pool, const Polynomial& p) const {
    Args terms;
    for (const auto& [m, c] : p) {
      Args factors{pool.integer(c)};
      for (std::size_t i = 0; i < m.size(); ++i) {
        if (m[i] != 0) factors.push_back(make_pow(generators_[i], pool.integer(m[i])));
      }
      terms.push_back(make_mul(pool, factors));
    }
    return make_add(pool, terms);
  }

 private:
  Args generators_;
};

std::int64_t content(const Polynomial& p) {
  std::int64_t g = 0;
  for (const auto& term : p) g = std::gcd(g, term.second);
  return g;
}

void divide_by(Polynomial& p, std::int64_t d) {
  if (p.empty() || d == 0) return;
  if (p.begin()->second < 0) d = -d;  // leading coefficient positive
  for (auto& term : p) term.second /= d;
}

std::optional<std::int64_t> checked(Int128 v) {
  if (v > INT64_MAX || v < INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(v);
}

/// p * c * x^shift - q * d * x^other, or nullopt on overflow.
bool subtract_scaled(Polynomial& p, const Polynomial& q, std::int64_t factor, const Monomial& shift) {
  for (const auto& [m, c] : q) {
    Monomial at = m;
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += shift[i];
    const auto product = checked(Int128{c} * factor);
    if (!product) return false;
    const auto sum = checked(Int128{p[at]} - *product);
    if (!sum) return false;
    if (*sum == 0)
      p.erase(at);
    else
      p[at] = *sum;
  }
  return true;
}

/// p / q when q divides p exactly.
std::optional<Polynomial> divide(Polynomial p, const Polynomial& q) {
  Polynomial quotient;
  const auto& [lead, lead_coefficient] = *q.begin();
  while (!p.empty()) {
    const auto [m, c] = *p.begin();
    Monomial shift = m;
    for (std::size_t i = 0; i < m.size(); ++i) {
      if ((shift[i] -= lead[i]) < 0) return std::nullopt;
    }
    if (c % lead_coefficient != 0) return std::nullopt;
    quotient[shift] = c / lead_coefficient;
    if (!subtract_scaled(p, q, c / lead_coefficient, shift)) return std::nullopt;
  }
  return quotient;
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::size_t main_generator(const Polynomial& a, const Polynomial& b) {
  const std::size_t n = a.begin()->first.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto has = [&](const auto& term) { return term.first[i] != 0; };
    if (std::any_of(a.begin(), a.end(), has) || std::any_of(b.begin(), b.end(), has)) return i;
  }
  return kNone;
}

std::int64_t degree(const Polynomial& p, std::size_t generator) {
  std::int64_t d = 0;
  for (const auto& term : p) d = std::max(d, term.first[generator]);
  return d;
}

/// The coefficient of generator^power, a polynomial in the others.
Polynomial coefficient(const Polynomial& p, std::size_t generator, std::int64_t power) {
  Polynomial out;
  for (const auto& [m, c] : p) {
    if (m[generator] != power) continue;
    Monomial rest = m;
    rest[generator] = 0;
    out[rest] = c;
  }
  return out;
}

std::optional<Polynomial> multiply(const Polynomial& a, const Polynomial& b) {
  Polynomial out;
  for (const auto& [m, c] : a) {
    if (!subtract_scaled(out, b, -c, m)) return std::nullopt;
  }
  return out;
}

std::optional<Polynomial> polynomial_gcd(Polynomial a, Polynomial b);

/// gcd of the coefficients with respect to the generator.
std::optional<Polynomial> content_in(const Polynomial& p, std::size_t generator) {
  std::optional<Polynomial> g;
  for (std::int64_t power = degree(p, generator); power >= 0; --power) {
    Polynomial c = coefficient(p, generator, power);
    if (c.empty()) continue;
    if (g)
      g = polynomial_gcd(std::move(*g), std::move(c));
    else
      g = std::move(c);
    if (!g) return std::nullopt;
  }
  return g;
}

/// Pseudo-remainder of a by b in the generator.
std::optional<Polynomial> pseudo_remainder(Polynomial a, const Polynomial& b, std::size_t generator) {
  const std::int64_t db = degree(b, generator);
  const Polynomial lead_b = coefficient(b, generator, db);
  while (!a.empty() && degree(a, generator) >= db) {
    const std::int64_t da = degree(a, generator);
    Polynomial lead_a = coefficient(a, generator, da);
    Monomial shift(a.begin()->first.size(), 0);
    shift[generator] = da - db;
    auto left = multiply(a, lead_b);
    auto right = multiply(b, lead_a);
    if (!left || !right || !subtract_scaled(*left, *right, 1, shift)) return std::nullopt;
    a = std::move(*left);
  }
  return a;
}

/// Primitive Euclid, recursive in the generators (their number bounds the recursion).
std::optional<Polynomial> polynomial_gcd(Polynomial a, Polynomial b) {
  if (a.empty() || b.empty()) {
    Polynomial only = a.empty() ? std::move(b) : std::move(a);
    divide_by(only, 1);
    return only;
  }
  const std::size_t x = main_generator(a, b);
  if (x == kNone) {
    const std::int64_t g = std::gcd(content(a), content(b));
    return Polynomial{{a.begin()->first, g}};
  }
  const auto ca = content_in(a, x);
  const auto cb = content_in(b, x);
  if (!ca || !cb) return std::nullopt;
  const auto common = polynomial_gcd(*ca, *cb);
  const bool a_first = degree(a, x) >= degree(b, x);
  auto pa = a_first ? divide(a, *ca) : divide(b, *cb);
  auto pb = a_first ? divide(b, *cb) : divide(a, *ca);
  if (!common || !pa || !pb) return std::nullopt;
  while (!pb->empty() && degree(*pb, x) > 0) {
    auto rest = pseudo_remainder(*pa, *pb, x);
    if (!rest) return std::nullopt;
    pa = std::move(pb);
    if (!rest->empty()) {
      const auto c = content_in(*rest, x);
      if (!c) return std::nullopt;
      rest = divide(*rest, *c);
    }
    pb = std::move(rest);
    if (!pb) return std::nullopt;
  }
  auto g = pb->empty() ? multiply(*pa, *common) : common;
  if (g && g->begin()->second < 0) divide_by(*g, 1);
  return g;
}

void collect_generators(Expr e, Args& generators) {
  for (Expr term : add_args(e)) {
    for (Expr factor : mul_args(term)) {
      if (is_number(factor)) continue;
      generators.push_back(as_base_exp(factor).first);
    }
  }
}

}  // namespace

namespace {

/// sympy.polys.polyutils._sort_gens: single-letter names first, then by name and number.
struct GeneratorKey {
  int order = 1000;
  std::string name;
  std::int64_t index = 0;
  auto operator<=>(const GeneratorKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

GeneratorKey generator_key(Expr e) {
  GeneratorKey key{.name = str(e)};
  std::size_t digits = key.name.size();
  while (digits > 0 && std::isdigit(static_cast<unsigned char>(key.name[digits - 1])) != 0) --digits;
  if (key.name.size() - digits < 18) {
    for (char c : key.name.substr(digits)) key.index = key.index * 10 + (c - '0');
    key.name.resize(digits);
  }
  if (key.name.size() == 1) {
    const char c = key.name[0];
    if (c >= 'a' && c <= 'z') key.order = (c < 'p' ? 300 : (c < 'x' ? 200 : 100)) + (c - 'a');
  }
  return key;
}

Ring ring_of(Expr p, Expr q) {
  Args generators;
  collect_generators(p, generators);
  collect_generators(q, generators);
  std::sort(generators.begin(), generators.end());
  generators.erase(std::unique(generators.begin(), generators.end()), generators.end());
  std::sort(generators.begin(), generators.end(), [](Expr a, Expr b) { return generator_key(a) < generator_key(b); });
  return Ring(std::move(generators));
}

}  // namespace

Expr gcd(Expr p, Expr q) {
  Pool& pool = *p->pool;
  if (p->kind == Kind::kInteger && q->kind == Kind::kInteger) return pool.integer(std::gcd(p->value, q->value));
  p = expand(p);
  q = expand(q);
  constexpr std::size_t kMaxDense = 1 << 13;  // exponents; the time of Euclid's algorithm grows with a power of them
  const Ring ring = ring_of(p, q);
  if (ring.generators() * (add_args(p).size() + add_args(q).size()) > kMaxDense) return pool.integer(1);
  const auto a = ring.read(p);
  const auto b = ring.read(q);
  if (!a || !b) return pool.integer(1);
  const auto g = polynomial_gcd(*a, *b);
  return g ? ring.write(pool, *g) : pool.integer(1);
}

namespace {

/// Is a factor of the product, or of a term of the sum, a power below zero?
bool has_denominator(Expr e) {
  const auto terms = add_args(e);
  return std::any_of(terms.begin(), terms.end(), [](Expr term) {
    const auto factors = mul_args(term);
    return std::any_of(factors.begin(), factors.end(),
                       [](Expr f) { return f->kind == Kind::kPow && number_is_negative(f->args[1]); });
  });
}

}  // namespace

Expr cancel(Expr p, Expr divisor) {
  Expr quotient = div(p, divisor);
  if (!has_kind(divisor, Kind::kAdd) || !has_denominator(quotient)) return quotient;
  Expr expanded = expand(p);
  Expr q = expand(divisor);
  const Ring ring = ring_of(expanded, q);
  const auto a = ring.read(expanded);
  const auto b = ring.read(q);
  if (!a || !b || b->empty()) return quotient;
  const auto exact = divide(*a, *b);
  return exact ? ring.write(*p->pool, *exact) : quotient;
}

}  // namespace retrace::expr
