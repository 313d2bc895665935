// SPDX-License-Identifier: Apache-2.0
// srepr and str, as sympy.printing.repr and sympy.printing.str write them.
//
// Recursion is bounded by the depth that a pool allows.
#include <fmt/format.h>

#include <cstdlib>

#include "core/expr/pool.h"
#include "core/expr/precedence.h"

namespace retrace::expr {

namespace {

/// mpmath.libmp.to_str with `digits` significant digits.
std::string float_text(double value, int digits, bool strip_zeros) {
  if (value == 0) return "0.0";
  const std::string text = fmt::format("{:.{}e}", value < 0 ? -value : value, digits - 1);
  const std::size_t e = text.find('e');
  int exponent = std::atoi(text.c_str() + e + 1);
  std::string mantissa = text.substr(0, 1) + text.substr(2, e - 2);
  std::size_t point = 1;
  if (exponent > std::min(-(digits / 3), -5) && exponent < digits) {
    if (exponent < 0)
      mantissa.insert(0, static_cast<std::size_t>(-exponent), '0');
    else
      point = static_cast<std::size_t>(exponent) + 1;
    exponent = 0;
  }
  mantissa.insert(point, ".");
  if (strip_zeros) mantissa.erase(mantissa.find_last_not_of('0') + 1);
  if (mantissa.back() == '.') mantissa += '0';
  std::string out = (value < 0 ? "-" : "") + mantissa;
  if (exponent != 0) out += fmt::format("e{}{}", exponent > 0 ? "+" : "", exponent);
  return out;
}

std::string_view infinity_text(Kind kind) {
  switch (kind) {
    case Kind::kIntInfinity:
      return "int_oo";
    case Kind::kNegIntInfinity:
      return "-int_oo";
    case Kind::kInfinity:
      return "oo";
    case Kind::kNegInfinity:
      return "-oo";
    default:
      return "nan";
  }
}

// ---- srepr

void repr(std::string& out, Expr e);

void repr_number(std::string& out, Expr e) {
  switch (e->kind) {
    case Kind::kInteger:
      out += fmt::format("Integer({})", e->value);
      return;
    case Kind::kRational:
      out += fmt::format("Rational({}, {})", e->value, e->denominator);
      return;
    case Kind::kFloat:
      out += fmt::format("Float('{}', precision=53)", float_text(e->real, 17, true));
      return;
    default:
      out += infinity_text(e->kind);
  }
}

void repr_symbol(std::string& out, Expr e) {
  out += fmt::format("Symbol('{}'", e->name);
  if (e->is_positive) out += ", positive=True";
  if (e->is_integer) out += ", integer=True";
  out += ')';
}

void repr_pieces(std::string& out, Expr e) {
  for (std::size_t i = 0; i < e->args.size(); i += 2) {
    out += i == 0 ? "ExprCondPair(" : ", ExprCondPair(";
    repr(out, e->args[i]);
    out += ", ";
    repr(out, e->args[i + 1]);
    out += ')';
  }
}

std::span<const Expr> repr_args(Expr& e) {
  if (e->kind == Kind::kAdd) return as_ordered_terms(e);
  return e->kind == Kind::kMul ? as_ordered_factors(e) : e->args;
}

void repr(std::string& out, Expr e) {
  if (is_number(e)) return repr_number(out, e);
  if (e->kind == Kind::kSymbol) return repr_symbol(out, e);
  if (e->kind == Kind::kTrue || e->kind == Kind::kFalse) {
    out += e->kind == Kind::kTrue ? "true" : "false";
    return;
  }
  out += class_name(e);
  out += '(';
  if (e->kind == Kind::kPiecewise) {
    repr_pieces(out, e);
  } else {
    bool first = true;
    for (Expr a : repr_args(e)) {
      if (!first) out += ", ";
      first = false;
      // SymPy's as_ordered_factors splits the sign off a coefficient.
      const bool signed_factor = e->kind == Kind::kMul && is_number(a) && is_negative(a) == true;
      if (signed_factor && !is_integer_value(a, -1)) {
        out += "Integer(-1), ";
        a = neg(a);
      }
      repr(out, a);
    }
  }
  out += ')';
}

// ---- str

void print(std::string& out, Expr e, bool nested = true);

void print_in(std::string& out, Expr e, double level) {
  const bool parens = precedence(e) <= level;
  if (parens) out += '(';
  print(out, e);
  if (parens) out += ')';
}

void print_list(std::string& out, std::span<const Expr> args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i != 0) out += ", ";
    print(out, args[i]);
  }
}

void print_add(std::string& out, Expr e) {
  bool first = true;
  for (Expr term : as_ordered_terms(e)) {
    std::string text;
    print(text, term);
    const bool minus = text.front() == '-' && term->kind != Kind::kAdd;
    if (minus) text.erase(0, 1);
    if (first)
      out += minus ? "-" : "";
    else
      out += minus ? " - " : " + ";
    first = false;
    if (precedence(term) < kAddLevel || term->kind == Kind::kAdd)
      out.append("(").append(text).append(")");
    else
      out += text;
  }
}

void join_factors(std::string& out, const Args& factors, double level) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (i != 0) out += '*';
    print_in(out, factors[i], level);
  }
}

/// x**-2 as x**2
Expr inverse(Expr power) { return make_pow(power->args[0], number_neg(power->args[1])); }

void print_mul(std::string& out, Expr e) {
  Pool& pool = *e->pool;
  const double level = precedence(e);
  const auto [coefficient, rest] = as_coeff_mul(e);
  Expr positive = e;
  if (number_is_negative(coefficient)) {
    out += '-';
    Expr c = number_neg(coefficient);
    if (is_one(c))
      positive = rest;
    else if (rest->kind == Kind::kAdd)
      positive = pool.make_raw(Kind::kMul, {c, rest});
    else
      positive = mul(c, rest);
  }
  Args above;
  Args below;
  for (Expr f : as_ordered_factors(positive)) {
    if (f->kind == Kind::kPow && f->args[1]->kind == Kind::kInteger && f->args[1]->value < 0) {
      below.push_back(inverse(f));
    } else if (is_exact(f)) {
      if (f->value != 1) above.push_back(pool.integer(f->value));
      if (f->denominator != 1) below.push_back(pool.integer(f->denominator));
    } else {
      above.push_back(f);
    }
  }
  if (above.empty()) above.push_back(pool.integer(1));
  join_factors(out, above, level);
  if (below.empty()) return;
  out += below.size() == 1 ? "/" : "/(";
  join_factors(out, below, level);
  if (below.size() > 1) out += ')';
}

void print_pow(std::string& out, Expr e) {
  if (is_minus_one(e->args[1])) {
    out += "1/";
    return print_in(out, e->args[0], kPowLevel);
  }
  print_in(out, e->args[0], kPowLevel);
  out += "**";
  print_in(out, e->args[1], kPowLevel);
}

std::string_view relation_sign(Kind kind) {
  switch (kind) {
    case Kind::kLt:
      return " < ";
    case Kind::kLe:
      return " <= ";
    case Kind::kGt:
      return " > ";
    default:
      return " >= ";
  }
}

void print_relation(std::string& out, Expr e) {
  if (e->kind == Kind::kEq || e->kind == Kind::kNe) {
    out += e->kind == Kind::kEq ? "Eq(" : "Ne(";
    print_list(out, e->args);
    out += ')';
    return;
  }
  print_in(out, e->args[0], kRelationLevel);
  out += relation_sign(e->kind);
  print_in(out, e->args[1], kRelationLevel);
}

void print_joined(std::string& out, Expr e, std::string_view separator, double level) {
  for (std::size_t i = 0; i < e->args.size(); ++i) {
    if (i != 0) out += separator;
    print_in(out, e->args[i], level);
  }
}

void print_division(std::string& out, Expr e) {
  out += '(';
  print_in(out, e->args[0], kAtomLevel - 0.5);
  out += "//";
  print_in(out, e->args[1], kAtomLevel - 0.5);
  out += ')';
}

void print_pieces(std::string& out, Expr e) {
  out += "Piecewise(";
  for (std::size_t i = 0; i < e->args.size(); i += 2) {
    out += i == 0 ? "(" : ", (";
    print_list(out, e->args.subspan(i, 2));
    out += ')';
  }
  out += ')';
}

void print_call(std::string& out, Expr e) {
  Args args(e->args.begin(), e->args.end());
  if (e->kind == Kind::kMax || e->kind == Kind::kMin) {
    std::stable_sort(args.begin(), args.end(), [](Expr a, Expr b) { return default_sort_compare(a, b) < 0; });
  }
  out += class_name(e);
  out += '(';
  print_list(out, args);
  out += ')';
}

void print_number(std::string& out, Expr e, bool nested) {
  switch (e->kind) {
    case Kind::kInteger:
      out += fmt::format("{}", e->value);
      return;
    case Kind::kRational:
      out += fmt::format("{}/{}", e->value, e->denominator);
      return;
    case Kind::kFloat:
      out += float_text(e->real, 15, nested);
      return;
    default:
      out += infinity_text(e->kind);
  }
}

void print(std::string& out, Expr e, bool nested) {
  switch (e->kind) {
    case Kind::kSymbol:
      out += e->name;
      return;
    case Kind::kTrue:
      out += "True";
      return;
    case Kind::kFalse:
      out += "False";
      return;
    case Kind::kAdd:
      return print_add(out, e);
    case Kind::kMul:
      return print_mul(out, e);
    case Kind::kPow:
      return print_pow(out, e);
    case Kind::kFloorDiv:
    case Kind::kCleanDiv:
      return print_division(out, e);
    case Kind::kIdentity:
      out += '(';
      print(out, e->args[0]);
      out += ')';
      return;
    case Kind::kPiecewise:
      return print_pieces(out, e);
    case Kind::kAnd:
      return print_joined(out, e, " & ", kBitwiseAndLevel);
    case Kind::kOr:
      return print_joined(out, e, " | ", kBitwiseOrLevel);
    case Kind::kNot:
      out += '~';
      return print_in(out, e->args[0], kNotLevel);
    default:
      if (is_number(e)) return print_number(out, e, nested);
      return is_relational(e->kind) ? print_relation(out, e) : print_call(out, e);
  }
}

}  // namespace

std::string srepr(Expr e) {
  std::string out;
  repr(out, e);
  return out;
}

std::string str(Expr e) {
  std::string out;
  print(out, e, false);
  return out;
}

}  // namespace retrace::expr
