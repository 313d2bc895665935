// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/guards_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/base/failure.h"
#include "core/expr/precedence.h"
#include "core/shapes/state.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;

std::string float_text(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".einf") == std::string::npos ? text + ".0" : text;
}

class Printer {
 public:
  explicit Printer(const SymbolText& symbol_text) : symbol_text_(symbol_text) {}

  /// Parts come before what they are part of: they were made earlier.
  std::string print(Expr whole) {
    std::vector<Expr> parts = sub_expressions(whole);
    std::sort(parts.begin(), parts.end(), [](Expr a, Expr b) { return a->id < b->id; });
    for (const Expr part : parts) texts_.try_emplace(part, render(part));
    return texts_.at(whole);
  }

 private:
  const std::string& text(Expr e) { return texts_.at(e); }
  std::string parenthesize(Expr e, double level) {
    return expr::precedence(e) <= level ? "(" + text(e) + ")" : text(e);
  }
  std::string join(std::span<const Expr> args, std::string_view separator, double level) {
    std::string joined;
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (i != 0) joined += separator;
      joined += parenthesize(args[i], level);
    }
    return joined;
  }
  std::string call(std::string_view function, Expr e) {
    return fmt::format("{}({})", function, join(e->args, ", ", 0));
  }

  std::string power(Expr e) {
    const Expr exponent = e->args[1];
    if (exponent->kind != Kind::kInteger || exponent->value < 0) {
      raise(ErrorType::kAssertionError, "exponent must be non-negative, got " + expr::str(exponent));
    }
    if (exponent->value == 0) return "1";
    const std::vector<Expr> factors(static_cast<std::size_t>(exponent->value), e->args[0]);
    return join(factors, "*", expr::kMulLevel);
  }

  std::string modular_indexing(Expr e) {
    const double level = expr::kAtomLevel - 0.5;
    std::string base = parenthesize(e->args[0], level);
    const std::string divisor = parenthesize(e->args[1], level);
    if (divisor != "1") base = fmt::format("({} // {})", base, divisor);
    return fmt::format("({} % {})", base, parenthesize(e->args[2], level));
  }

  std::string piecewise(Expr e) {
    std::string result;
    for (std::size_t i = e->args.size(); i >= 2; i -= 2) {
      const std::string& value = text(e->args[i - 2]);
      const bool is_default = e->args[i - 1]->kind == Kind::kTrue || result.empty();
      result = is_default ? value : fmt::format("({} if {} else {})", value, text(e->args[i - 1]), result);
    }
    return result;
  }

  std::string opaque(Expr e) {
    return e->name == "sqrt" ? call("torch._sym_sqrt", e) : call(fmt::format("math.{}", e->name), e);
  }

  std::string relation(Expr e, std::string_view op) { return join(e->args, op, expr::precedence(e)); }

  std::string render(Expr e) {
    const double tight = expr::kAtomLevel - 0.5;
    switch (e->kind) {
      case Kind::kSymbol:
        return symbol_text_(e);
      case Kind::kFloat:
        return float_text(e->real);
      case Kind::kInfinity:
        return "math.inf";
      case Kind::kNegInfinity:
        return "-math.inf";
      case Kind::kIntInfinity:
        return "IntInfinity()";
      case Kind::kNegIntInfinity:
        return "NegativeIntInfinity()";
      case Kind::kNaN:
        return "math.nan";
      case Kind::kAdd:
        return join(e->args, " + ", expr::kAddLevel);
      case Kind::kMul:
        return join(e->args, "*", expr::precedence(e));
      case Kind::kPow:
        return power(e);
      case Kind::kMax:
        return call("max", e);
      case Kind::kMin:
        return call("min", e);
      case Kind::kFloorDiv:
      case Kind::kCleanDiv:
        return join(e->args, " // ", tight);
      case Kind::kMod:
      case Kind::kPythonMod:
        return join(e->args, " % ", tight);
      case Kind::kIntTrueDiv:
        return join(e->args, " / ", tight);
      case Kind::kFloatTrueDiv:
        return "(" + join(e->args, " / ", tight) + ")";
      case Kind::kModularIndexing:
        return modular_indexing(e);
      case Kind::kPowByNatural:
      case Kind::kFloatPow:
        return join(e->args, " ** ", expr::kPowLevel);
      case Kind::kBitwiseAnd:
        return join(e->args, " & ", expr::kBitwiseAndLevel);
      case Kind::kBitwiseOr:
        return join(e->args, " | ", expr::kBitwiseOrLevel);
      case Kind::kBitwiseXor:
        return join(e->args, " ^ ", expr::kBitwiseXorLevel);
      case Kind::kToFloat:
        return call("torch.sym_float", e);
      case Kind::kTruncToInt:
        return call("math.trunc", e);
      case Kind::kCeilToInt:
        return call("math.ceil", e);
      case Kind::kFloorToInt:
        return call("math.floor", e);
      case Kind::kRoundToInt:
      case Kind::kRoundDecimal:
        return call("round", e);
      case Kind::kOpaqueUnary:
        return opaque(e);
      case Kind::kPiecewise:
        return piecewise(e);
      case Kind::kIdentity:
        return text(e->args[0]);
      case Kind::kEq:
        return relation(e, " == ");
      case Kind::kNe:
        return relation(e, " != ");
      case Kind::kLt:
        return relation(e, " < ");
      case Kind::kLe:
        return relation(e, " <= ");
      case Kind::kGt:
        return relation(e, " > ");
      case Kind::kGe:
        return relation(e, " >= ");
      case Kind::kAnd:
        return join(e->args, " and ", expr::kAndLevel);
      case Kind::kOr:
        return join(e->args, " or ", expr::kOrLevel);
      case Kind::kNot:
        return "not (" + text(e->args[0]) + ")";
      default:
        return expr::str(e);
    }
  }

  const SymbolText& symbol_text_;
  std::unordered_map<Expr, std::string> texts_;
};

}  // namespace

std::string python_code(Expr e, const SymbolText& symbol_text) { return Printer(symbol_text).print(e); }

std::string python_code(Expr e, const ShapeEnv& env) {
  return python_code(e, [&env](Expr symbol) { return std::string(env.source_of(symbol)); });
}

std::vector<std::string> guards_code(const ShapeEnv& env) {
  std::vector<std::string> lines;
  for (const Guard& guard : env.guards()) {
    const std::span<const Expr> symbols = expr::free_symbols(guard.expression);
    const bool local = std::all_of(symbols.begin(), symbols.end(), [&env](Expr symbol) {
      return !env.source_of(symbol).empty() && !env.is_phantom(symbol);
    });
    if (!local) continue;
    std::string line = python_code(guard.expression, env);
    if (line.find("L['self']") == std::string::npos) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace retrace::shapes
