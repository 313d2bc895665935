// SPDX-License-Identifier: Apache-2.0
// SymPy's assumptions of a new node: real, integer, finite, which signs and parities are possible.
//
// Mirrors the _eval_is_* handlers of Add, Mul, Pow, Max, Min and of torch's functions. What SymPy leaves
// undecided is left undecided here, also where a cleverer argument would decide it.
#include <cctype>
#include <optional>

#include "core/expr/pool.h"
#include "core/expr/signs.h"

namespace retrace::expr {

namespace {

std::uint8_t product_signs(std::uint8_t a, std::uint8_t b) {
  std::uint8_t out = 0;
  if (((a | b) & kZero) != 0) out |= kZero;
  if (((a & kPos) != 0 && (b & kPos) != 0) || ((a & kNeg) != 0 && (b & kNeg) != 0)) out |= kPos;
  if (((a & kPos) != 0 && (b & kNeg) != 0) || ((a & kNeg) != 0 && (b & kPos) != 0)) out |= kNeg;
  return out;
}

std::uint8_t max_signs(std::uint8_t a, std::uint8_t b) {
  std::uint8_t out = (a | b) & kPos;
  if (((a & kZero) != 0 && (b & (kZero | kNeg)) != 0) || ((b & kZero) != 0 && (a & (kZero | kNeg)) != 0)) out |= kZero;
  if ((a & b & kNeg) != 0) out |= kNeg;
  return out;
}

std::uint8_t flipped(std::uint8_t s) {
  return static_cast<std::uint8_t>((s & kZero) | ((s & kNeg) << 2) | ((s & kPos) >> 2));
}

std::uint8_t number_signs(const Node& n) {
  const double v = to_double(&n);
  return v > 0 ? kPos : (v < 0 ? kNeg : (v == 0 ? kZero : kAnySign));
}

// ---- By kind

void set_integer(Node& n, std::uint8_t signs) {
  n.is_integer = n.is_real = n.is_finite = true;
  n.signs = signs;
}

void set_real(Node& n) { n.is_real = n.is_finite = true; }

void assume_number(Node& n) {
  n.is_real = n.kind != Kind::kNaN;
  n.is_finite = n.kind != Kind::kNaN && n.kind != Kind::kInfinity && n.kind != Kind::kNegInfinity;
  n.is_integer = n.kind == Kind::kInteger || n.kind == Kind::kIntInfinity || n.kind == Kind::kNegIntInfinity;
  n.signs = number_signs(n);
  if (n.kind == Kind::kInteger) n.parity = n.value % 2 == 0 ? kEven : kOdd;
  if (n.kind == Kind::kFloat) n.nodes = 0.5;
}

bool is_unbacked_name(std::string_view name) {
  const std::size_t at = name.starts_with("zuf") ? 3 : 1;
  return (at == 3 || name.starts_with("u")) && name.size() > at && std::isdigit(static_cast<unsigned char>(name[at]));
}

void assume_symbol(Node& n) {
  n.is_real = n.is_integer || n.is_positive;
  n.is_finite = n.is_real;
  n.signs = n.is_positive ? kPos : kAnySign;
  n.has_unbacked = is_unbacked_name(n.name);
}

/// All args of a commutative operation real, finite, integer?
void inherit(Node& n) {
  n.is_real = n.is_finite = n.is_integer = true;
  for (Expr a : n.args) {
    n.is_real &= a->is_real;
    n.is_finite &= a->is_finite;
    n.is_integer &= a->is_integer;
  }
}

void assume_add(Node& n) {
  inherit(n);
  n.signs = sum_signs(n.args);
  if (n.is_real && is_number(n.args[0])) n.signs &= shifted_signs(n);
  if (n.is_integer) {
    n.parity = kEven;
    for (Expr a : n.args)
      n.parity = a->parity == kAnyParity || n.parity == kAnyParity ? kAnyParity : a->parity == n.parity ? kEven : kOdd;
    if (n.parity == kOdd) n.signs &= kNeg | kPos;
  } else if (n.args[0]->kind == Kind::kRational) {  // an integer plus a fraction is not zero
    const auto rest = n.args.subspan(1);
    if (std::all_of(rest.begin(), rest.end(), [](Expr a) { return a->is_integer; })) n.signs &= kNeg | kPos;
  }
}

/// Mul._eval_is_integer with a fraction in front: known only where a factor is even.
bool is_integer_fraction(const Node& n) {
  if (n.args[0]->kind != Kind::kRational) return false;
  std::int64_t twos = 0;
  bool any_even = false;
  for (Expr a : n.args.subspan(1)) {
    if (!a->is_integer) return false;
    if (a->parity == kEven) {
      any_even = true;
      ++twos;
    }
  }
  const std::int64_t d = n.args[0]->denominator;
  return any_even && (d == 2 || (d % 2 == 0 && twos >= __builtin_ctzll(static_cast<unsigned long long>(d))));
}

void assume_mul(Node& n) {
  inherit(n);
  n.signs = kPos;
  std::uint8_t parity = kOdd;
  for (Expr a : n.args) {
    n.signs = product_signs(n.signs, a->signs);
    if (a->parity == kEven)
      parity = kEven;
    else if (a->parity == kAnyParity && parity != kEven)
      parity = kAnyParity;
  }
  if (n.is_integer)
    n.parity = parity;
  else
    n.is_integer = n.is_real && is_integer_fraction(n);
}

void assume_pow(Node& n) {
  Expr base = n.args[0];
  Expr exponent = n.args[1];
  if (exponent->kind != Kind::kInteger) return;
  const bool natural = exponent->value >= 0;
  n.is_integer = base->is_integer && natural;
  n.is_real = base->is_real && (natural || (base->signs & kZero) == 0);
  n.is_finite = base->is_finite && (natural || (base->signs & kZero) == 0);
  if (exponent->value % 2 == 0) {
    if (base->is_real) n.signs = static_cast<std::uint8_t>((base->signs & kZero) | kPos);
  } else {
    n.signs = base->signs;
  }
  if (n.is_integer && exponent->value > 0) n.parity = base->parity;
}

void assume_min_max(Node& n) {
  inherit(n);
  const bool is_min = n.kind == Kind::kMin;
  n.parity = n.args[0]->parity;
  n.signs = 0;
  for (Expr a : n.args) {
    const std::uint8_t signs = is_min ? flipped(a->signs) : a->signs;
    n.signs = n.signs == 0 ? signs : max_signs(n.signs, signs);
    if (a->parity != n.parity) n.parity = kAnyParity;
  }
  if (is_min) n.signs = flipped(n.signs);
}

void assume_floor_div(Node& n) {
  const bool known =
      n.args[0]->is_integer && n.args[1]->is_integer && n.args[0]->is_nonnegative && n.args[1]->is_nonnegative;
  set_integer(n, known ? kPos | kZero : kAnySign);
}

void assume_piecewise(Node& n) {
  n.is_real = n.is_finite = n.is_integer = true;
  n.signs = 0;
  n.parity = n.args[0]->parity;
  for (std::size_t i = 0; i < n.args.size(); i += 2) {
    Expr e = n.args[i];
    n.is_real &= e->is_real;
    n.is_finite &= e->is_finite;
    n.is_integer &= e->is_integer;
    n.signs |= e->signs;
    if (e->parity != n.parity) n.parity = kAnyParity;
  }
  n.nodes += static_cast<double>(n.args.size() / 2);
}

void assume_choice(Node& n) {  // Where
  Expr a = n.args[1];
  Expr b = n.args[2];
  if (a->is_integer && b->is_integer) set_integer(n, kAnySign);
  if (a->is_nonnegative && b->is_nonnegative) n.signs = kPos | kZero;
  if (a->is_positive && b->is_positive) n.signs = kPos;
}

std::uint8_t modulus_signs(const Node& n) {
  if (n.kind == Kind::kMod) return kPos | kZero;
  const std::uint8_t q = n.args[1]->signs;
  if (n.kind == Kind::kPythonMod) return q == kPos ? kPos | kZero : (q == kNeg ? kNeg | kZero : kAnySign);
  const auto p_side = is_nonnegative(n.args[0]);  // ModularIndexing: fuzzy_eq of the two
  const auto q_side = is_nonnegative(n.args[1]);
  if (!p_side || !q_side) return kAnySign;
  return *p_side == *q_side ? kPos | kZero : kNeg;
}

void assume_function(Node& n) {
  switch (n.kind) {
    case Kind::kFloorDiv:
    case Kind::kCleanDiv:
      return assume_floor_div(n);
    case Kind::kMod:
    case Kind::kPythonMod:
    case Kind::kModularIndexing:
      return set_integer(n, modulus_signs(n));
    case Kind::kPowByNatural:
    case Kind::kLShift:
    case Kind::kRShift:
    case Kind::kTruncToInt:
    case Kind::kCeilToInt:
    case Kind::kFloorToInt:
    case Kind::kRoundToInt:
    case Kind::kCeilDiv:
    case Kind::kIsNonOverlappingAndDense:
      return set_integer(n, kAnySign);
    case Kind::kToFloat:
    case Kind::kFloatTrueDiv:
    case Kind::kIntTrueDiv:
    case Kind::kFloatPow:
    case Kind::kTruncToFloat:
    case Kind::kRoundDecimal:
      return set_real(n);
    case Kind::kWhere:
      return assume_choice(n);
    case Kind::kPiecewise:
      return assume_piecewise(n);
    case Kind::kIdentity:
      n.is_integer = n.args[0]->is_integer;
      n.is_real = n.is_finite = n.args[0]->is_real;
      return;
    default:
      return;
  }
}

}  // namespace

void assume(Node& n) {
  double nodes = 1;
  n.kinds = kind_bit(n.kind);
  for (Expr a : n.args) {
    nodes += a->nodes;
    n.depth = std::max(n.depth, static_cast<std::uint16_t>(a->depth + 1));
    n.has_unbacked |= a->has_unbacked;
    n.kinds |= a->kinds;
  }
  n.nodes = nodes;
  switch (n.kind) {
    case Kind::kSymbol:
      assume_symbol(n);
      break;
    case Kind::kAdd:
      assume_add(n);
      break;
    case Kind::kMul:
      assume_mul(n);
      break;
    case Kind::kPow:
      assume_pow(n);
      break;
    case Kind::kMax:
    case Kind::kMin:
      assume_min_max(n);
      break;
    default:
      if (is_number(n.kind))
        assume_number(n);
      else
        assume_function(n);
  }
  if (n.signs == kZero && n.is_finite) {
    n.is_integer = true;
    n.parity = kEven;
  }
  n.is_positive = n.signs == kPos;
  n.is_nonnegative = nonnegative(n.signs);
}

namespace {

std::optional<bool> decide(Expr e, std::uint8_t wanted) {
  if ((e->signs & wanted) == 0) return false;
  if ((e->signs & ~wanted & kAnySign) == 0) return true;
  return std::nullopt;
}

/// Mul._eval_is_odd: two neighbouring factors of unlike parity make an even product (u * (u + 1)).
std::uint8_t parity_of(Expr e) {
  if (e->parity != kAnyParity || e->kind != Kind::kMul || !e->is_integer) return e->parity;
  for (std::size_t i = 1; i < e->args.size(); ++i) {
    if (is_number(e->args[i - 1])) continue;
    if (add(e->args[i - 1], e->args[i])->parity == kOdd) return kEven;
  }
  return kAnyParity;
}

std::optional<bool> decide_parity(Expr e, std::uint8_t wanted) {
  const std::uint8_t parity = parity_of(e);
  if (parity == kAnyParity) return std::nullopt;
  return parity == wanted;
}

}  // namespace

std::optional<bool> is_negative(Expr e) { return decide(e, kNeg); }
std::optional<bool> is_nonnegative(Expr e) { return decide(e, kPos | kZero); }
std::optional<bool> is_nonpositive(Expr e) { return decide(e, kNeg | kZero); }
std::optional<bool> is_zero(Expr e) { return decide(e, kZero); }
std::optional<bool> is_even(Expr e) { return decide_parity(e, kEven); }
std::optional<bool> is_odd(Expr e) { return decide_parity(e, kOdd); }

}  // namespace retrace::expr
