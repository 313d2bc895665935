// SPDX-License-Identifier: Apache-2.0
// Evaluates the prefix form of tests/oracle/write_expr_cases.py: "( add s77 ( mul 2 u0 ) )".
#pragma once
#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/expr/expr.h"

namespace retrace::expr {

class Prefix {
 public:
  explicit Prefix(const std::string& text) : tokens_(text) {}

  Expr evaluate() {
    std::string token;
    tokens_ >> token;
    if (token == ")") return nullptr;
    if (token != "(") return atom(token);
    std::string name;
    tokens_ >> name;
    std::vector<Expr> args;
    while (Expr arg = evaluate()) args.push_back(arg);
    return apply(name, args);
  }

 private:
  Expr atom(const std::string& token) {
    if (token.find('.') != std::string::npos) return pool_.floating(std::stod(token));
    if (token[0] == 's') return pool_.symbol(token, true, true);
    if (token[0] == 'u') return pool_.symbol(token, false, true);
    if (token[0] == 'z') return pool_.symbol(token, false, false);
    return pool_.integer(std::stoll(token));
  }

  Expr swapped(Expr e) {
    Expr s77 = pool_.symbol("s77", true, true);
    Expr s17 = pool_.symbol("s17", true, true);
    const Substitution replacements{{s77, s17}, {s17, s77}, {pool_.symbol("u0", false, true), pool_.integer(4)}};
    return substitute(e, replacements);
  }

  Expr apply(const std::string& name, const std::vector<Expr>& a) {
    if (name == "sub") return sub(a[0], a[1]);
    if (name == "neg") return neg(a[0]);
    if (name == "div") return div(a[0], a[1]);
    if (name == "sqrt") return pool_.opaque("sqrt", a[0]);
    if (name == "ite") return pool_.make(Kind::kPiecewise, {a[1], a[0], a[2], pool_.boolean(true)});
    if (name == "expand") return expand(a[0]);
    if (name == "cnf") return to_cnf(a[0]);
    if (name == "canon") return canonicalize_bool_expr(a[0]);
    if (name == "gcd") return gcd(a[0], a[1]);
    if (name == "swap") return swapped(a[0]);
    if (name == "solve") {
      const auto solved = try_solve(a[0], a[1]);
      return solved ? solved->relation : pool_.boolean(false);
    }
    return pool_.make(kind(name), a);
  }

  static Kind kind(const std::string& name) {
    static const std::pair<const char*, Kind> kKinds[] = {
        {"add", Kind::kAdd},
        {"mul", Kind::kMul},
        {"pow", Kind::kPowByNatural},
        {"max", Kind::kMax},
        {"min", Kind::kMin},
        {"floordiv", Kind::kFloorDiv},
        {"ceildiv", Kind::kCeilDiv},
        {"cleandiv", Kind::kCleanDiv},
        {"mod", Kind::kMod},
        {"pymod", Kind::kPythonMod},
        {"modidx", Kind::kModularIndexing},
        {"lshift", Kind::kLShift},
        {"rshift", Kind::kRShift},
        {"tofloat", Kind::kToFloat},
        {"inttruediv", Kind::kIntTrueDiv},
        {"floattruediv", Kind::kFloatTrueDiv},
        {"trunc", Kind::kTruncToInt},
        {"ceil", Kind::kCeilToInt},
        {"eq", Kind::kEq},
        {"ne", Kind::kNe},
        {"lt", Kind::kLt},
        {"le", Kind::kLe},
        {"gt", Kind::kGt},
        {"ge", Kind::kGe},
        {"and", Kind::kAnd},
        {"or", Kind::kOr},
        {"not", Kind::kNot},
    };
    return std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return name == k.first; })->second;
  }

  Pool pool_;
  std::istringstream tokens_;
};

}  // namespace retrace::expr
