// SPDX-License-Identifier: Apache-2.0
// Reads srepr text and infix str() text; every node is built by its evaluating constructor, as sympify does.
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <stdexcept>

#include "core/expr/names.h"
#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

constexpr int kMaxNesting = 1000;

enum Level { kLowest, kOr, kAnd, kCompare, kSum, kProduct, kUnary, kPower };

struct Operator {
  std::string_view text;
  Level level;
  Kind kind;
};
// Longer ones first, where one begins another.
constexpr Operator kOperators[] = {
    {"**", kPower, Kind::kPow},  {"//", kProduct, Kind::kFloorDiv}, {"<=", kCompare, Kind::kLe},
    {">=", kCompare, Kind::kGe}, {"==", kCompare, Kind::kEq},       {"!=", kCompare, Kind::kNe},
    {"<", kCompare, Kind::kLt},  {">", kCompare, Kind::kGt},        {"|", kOr, Kind::kOr},
    {"&", kAnd, Kind::kAnd},     {"+", kSum, Kind::kAdd},           {"-", kSum, Kind::kNot},
    {"*", kProduct, Kind::kMul}, {"/", kProduct, Kind::kNot},       {"%", kProduct, Kind::kPythonMod},
};

class Parser {
 public:
  Parser(Pool& pool, std::string_view text) : pool_(pool), text_(text) {}

  Expr whole() {
    Expr e = expression(kLowest);
    skip_space();
    if (at_ != text_.size()) fail("unexpected text");
    return e;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw std::invalid_argument(fmt::format("expression: {} at position {}", what, at_));
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  bool take(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!take(token)) fail(fmt::format("expected '{}'", token));
  }

  const Operator* peek_operator(Level above) {
    skip_space();
    for (const Operator& op : kOperators) {
      if (text_.substr(at_).starts_with(op.text)) return op.level > above ? &op : nullptr;
    }
    return nullptr;
  }

  Expr apply(const Operator& op, Expr a, Expr b) {
    if (op.text == "-") return sub(a, b);
    if (op.text == "/") return div(a, b);
    if (op.text == "%" && a->is_nonnegative && b->is_nonnegative) return pool_.make(Kind::kMod, {a, b});
    return pool_.make(op.kind, {a, b});
  }

  /// Operators that bind tighter than `above`.
  Expr expression(Level above) {
    if (++nesting_ > kMaxNesting) fail("nested too deeply");
    Expr left = operand();
    while (const Operator* op = peek_operator(above)) {
      at_ += op->text.size();
      if (op->kind == Kind::kMul) {  // one product of all factors: 2*(x + 1)*y is not (2*x + 2)*y
        left = product(left);
        continue;
      }
      const Level right_above = op->level == kPower ? kUnary : op->level;
      left = apply(*op, left, expression(right_above));
    }
    --nesting_;
    return left;
  }

  Expr product(Expr first) {
    Args factors{first, expression(kProduct)};
    for (const Operator* op = peek_operator(kSum); op != nullptr && op->kind == Kind::kMul; op = peek_operator(kSum)) {
      at_ += op->text.size();
      factors.push_back(expression(kProduct));
    }
    return pool_.make(Kind::kMul, factors);
  }

  Expr operand() {
    skip_space();
    if (at_ == text_.size()) fail("unexpected end");
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (std::isdigit(c) != 0 || c == '.') return number();
    if (std::isalpha(c) != 0 || c == '_') return named();
    if (take("-")) return neg(expression(kSum));
    if (take("~")) return logical_not(expression(kUnary));
    if (!take("(")) fail("unexpected character");
    Expr e = expression(kLowest);
    expect(")");
    return e;
  }

  Expr number() {
    const std::size_t start = at_;
    const auto digit = [&] { return at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; };
    while (digit()) ++at_;
    bool integral = true;
    if (at_ < text_.size() && text_[at_] == '.') {
      integral = false;
      ++at_;
      while (digit()) ++at_;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      integral = false;
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      while (digit()) ++at_;
    }
    const std::string_view token = text_.substr(start, at_ - start);
    return integral ? pool_.integer(to_integer(token)) : pool_.floating(to_float(token));
  }

  std::int64_t to_integer(std::string_view token) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc() || end != token.data() + token.size()) fail("bad integer");
    return value;
  }

  double to_float(std::string_view token) const {
    double value = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error == std::errc::invalid_argument || end != token.data() + token.size()) fail("bad number");
    return value;
  }

  std::string_view identifier() {
    skip_space();
    const std::size_t start = at_;
    const auto part = [&](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    while (at_ < text_.size() && part(text_[at_])) ++at_;
    if (start == at_) fail("expected a name");
    return text_.substr(start, at_ - start);
  }

  std::string_view quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("expected a quoted text");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("unterminated text");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  std::int64_t signed_integer() {
    const bool negative = take("-");
    skip_space();
    const std::size_t start = at_;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const std::string digits = (negative ? "-" : "") + std::string(text_.substr(start, at_ - start));
    return to_integer(digits);
  }

  Expr named() {
    const std::string_view name = identifier();
    if (!take("(")) return constant_or_symbol(name);
    Expr e = call(name);
    expect(")");
    return e;
  }

  Expr constant_or_symbol(std::string_view name) {
    if (name == "true" || name == "True") return pool_.boolean(true);
    if (name == "false" || name == "False") return pool_.boolean(false);
    if (name == "int_oo") return pool_.int_oo();
    if (name == "oo") return pool_.infinity();
    if (name == "nan") return pool_.nan();
    if (Expr known = pool_.find_symbol(name)) return known;
    const bool numbered = name.size() > 1 && std::isdigit(static_cast<unsigned char>(name[1])) != 0;
    return pool_.symbol(name, numbered && name[0] == 's', numbered && (name[0] == 's' || name[0] == 'u'));
  }

  Expr symbol() {
    const std::string_view name = quoted();
    bool positive = false;
    bool integer = false;
    bool any = false;
    while (take(",")) {
      const std::string_view assumption = identifier();
      expect("=");
      const bool value = identifier() == "True";
      any = true;
      if (assumption == "positive")
        positive = value;
      else if (assumption == "integer")
        integer = value;
    }
    Expr known = any ? nullptr : pool_.find_symbol(name);
    return known != nullptr ? known : pool_.symbol(name, positive, integer);
  }

  Expr floating() {
    const double value = to_float(quoted());
    if (take(",")) {
      identifier();
      expect("=");
      signed_integer();
    }
    return pool_.floating(value);
  }

  Expr rational() {
    const std::int64_t numerator = signed_integer();
    if (!take(",")) return pool_.integer(numerator);
    const std::int64_t denominator = signed_integer();
    if (denominator == 0) fail("zero denominator");
    return pool_.rational(numerator, denominator);
  }

  Expr call(std::string_view name) {
    if (name == "Symbol") return symbol();
    if (name == "Integer") return pool_.integer(signed_integer());
    if (name == "Rational") return rational();
    if (name == "Float") return floating();
    constexpr std::string_view kOpaquePrefix = "OpaqueUnaryFn_";
    if (name.starts_with(kOpaquePrefix)) return pool_.opaque(name.substr(kOpaquePrefix.size()), expression(kLowest));
    const auto kind = kind_of_function(name);
    if (!kind) fail(fmt::format("unknown function {}", name));
    const Args args = *kind == Kind::kPiecewise ? pieces() : arguments();
    check_count(*kind, args.size());
    return pool_.make(*kind, args);
  }

  Args arguments() {
    Args args;
    skip_space();
    if (at_ < text_.size() && text_[at_] == ')') return args;
    do args.push_back(expression(kLowest));
    while (take(","));
    return args;
  }

  Args pieces() {
    Args args;
    do {
      if (!take("ExprCondPair(")) expect("(");
      args.push_back(expression(kLowest));
      expect(",");
      args.push_back(expression(kLowest));
      expect(")");
    } while (take(","));
    return args;
  }

  void check_count(Kind kind, std::size_t count) const {
    std::size_t wanted = 2;
    switch (kind) {
      case Kind::kAdd:
      case Kind::kMul:
      case Kind::kMax:
      case Kind::kMin:
      case Kind::kAnd:
      case Kind::kOr:
      case Kind::kPiecewise:
        return;
      case Kind::kIsNonOverlappingAndDense:
        if (count == 0 || count % 2 != 0) fail("expected an even number of arguments");
        return;
      case Kind::kModularIndexing:
      case Kind::kWhere:
        wanted = 3;
        break;
      case Kind::kNot:
      case Kind::kIdentity:
      case Kind::kToFloat:
      case Kind::kTruncToInt:
      case Kind::kTruncToFloat:
      case Kind::kCeilToInt:
      case Kind::kFloorToInt:
      case Kind::kRoundToInt:
        wanted = 1;
        break;
      default:
        break;
    }
    if (count != wanted) fail(fmt::format("{} takes {} arguments", kind_name(kind), wanted));
  }

  Pool& pool_;
  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

Expr parse(Pool& pool, std::string_view text) { return Parser(pool, text).whole(); }

}  // namespace retrace::expr
