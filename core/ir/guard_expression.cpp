// SPDX-License-Identifier: Apache-2.0
#include "core/ir/guard_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/failure.h"
#include "core/ir/tree_spec.h"

namespace retrace::ir {

using Op = GuardExpression::Op;

namespace {

struct Spelling {
  std::string_view text;
  Op op;
  int level = 0;  // of a binary operator: how tightly it binds
};
constexpr std::array<Spelling, 6> kComparisons = {
    {{"==", Op::kEq}, {"!=", Op::kNe}, {"<=", Op::kLe}, {">=", Op::kGe}, {"<", Op::kLt}, {">", Op::kGt}}};

/// Python's binary operators; longer spellings first.
constexpr std::array<Spelling, 11> kBinary = {{{"//", Op::kFloorDiv, 6},
                                               {"<<", Op::kLShift, 4},
                                               {">>", Op::kRShift, 4},
                                               {"*", Op::kMul, 6},
                                               {"/", Op::kTrueDiv, 6},
                                               {"%", Op::kMod, 6},
                                               {"+", Op::kAdd, 5},
                                               {"-", Op::kSub, 5},
                                               {"&", Op::kBitAnd, 3},
                                               {"^", Op::kBitXor, 2},
                                               {"|", Op::kBitOr, 1}}};

}  // namespace

class GuardParser {
 public:
  explicit GuardParser(std::string_view text) : text_(text) {}

  GuardExpression run() {
    conditional();
    skip_space();
    if (at_ != text_.size()) fail("end of guard expected");
    return std::move(out_);
  }

 private:
  using Index = std::uint32_t;

  [[noreturn]] void fail(std::string_view why) const {
    throw std::invalid_argument(fmt::format("guard '{}', offset {}: {}", text_, at_, why));
  }
  [[noreturn]] static void too_deep() {
    throw SizeLimit(fmt::format("a guard is nested deeper than {} operations", kMaxGuardDepth));
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool next_is(std::string_view symbol) {
    skip_space();
    return at_ < text_.size() && text_[at_] == symbol.front() && text_.substr(at_, symbol.size()) == symbol;
  }
  bool take(std::string_view symbol) {
    if (!next_is(symbol)) return false;
    at_ += symbol.size();
    return true;
  }
  void expect(std::string_view symbol) {
    if (!take(symbol)) fail(fmt::format("'{}' expected", symbol));
  }
  bool take_word(std::string_view word) {
    if (!next_is(word)) return false;
    if (at_ + word.size() < text_.size() && is_word(text_[at_ + word.size()])) return false;
    at_ += word.size();
    return true;
  }

  Index add(GuardExpression::Node node) {
    for (const Index arg : node.args) node.depth = std::max(node.depth, out_.nodes_[arg].depth + 1);
    if (node.depth > kMaxGuardDepth) too_deep();
    out_.nodes_.push_back(std::move(node));
    return static_cast<Index>(out_.nodes_.size() - 1);
  }
  Index add(Op op, std::vector<Index> args, std::string text = {}) {
    GuardExpression::Node node;
    node.op = op;
    node.args = std::move(args);
    node.text = std::move(text);
    return add(std::move(node));
  }

  Index conditional() {
    if (++nesting_ > kMaxGuardDepth) too_deep();
    Index value = disjunction();
    if (take_word("if")) {
      const Index condition = disjunction();
      if (!take_word("else")) fail("'else' expected");
      const Index otherwise = conditional();
      value = add(Op::kConditional, {value, condition, otherwise});
    }
    --nesting_;
    return value;
  }

  Index joined(std::string_view word, Op op, Index (GuardParser::*part)()) {
    const Index first = (this->*part)();
    if (!take_word(word)) return first;
    std::vector<Index> parts{first};
    do parts.push_back((this->*part)());
    while (take_word(word));
    return add(op, std::move(parts));
  }
  Index disjunction() { return joined("or", Op::kOr, &GuardParser::conjunction); }
  Index conjunction() { return joined("and", Op::kAnd, &GuardParser::negation); }

  Index negation() {
    std::size_t times = 0;
    while (take_word("not")) ++times;
    Index value = comparison();
    for (; times > 0; --times) value = add(Op::kNot, {value});
    return value;
  }

  Index comparison() {
    const Index first = binary(0);
    const Spelling* found = comparison_operator();
    if (found == nullptr) return first;
    GuardExpression::Node chain;
    chain.args.push_back(first);
    for (; found != nullptr; found = comparison_operator()) {
      chain.compares.push_back(found->op);
      chain.args.push_back(binary(0));
    }
    chain.op = chain.compares.size() == 1 ? chain.compares[0] : Op::kCompare;
    return add(std::move(chain));
  }
  const Spelling* comparison_operator() {
    if (next_is("<<") || next_is(">>")) return nullptr;
    for (const Spelling& s : kComparisons)
      if (take(s.text)) return &s;
    return nullptr;
  }

  /// Operators that bind at least so tightly, from the left.
  Index binary(int level) {
    Index left = unary();
    for (const Spelling* found = next_operator(level); found != nullptr; found = next_operator(level)) {
      at_ += found->text.size();
      const Index right = binary(found->level + 1);
      left = add(found->op, {left, right});
    }
    return left;
  }
  const Spelling* next_operator(int level) {
    skip_space();
    const std::string_view next = text_.substr(at_, 2);
    if (next.empty() || next == "**") return nullptr;
    for (const Spelling& s : kBinary)
      if (next.starts_with(s.text)) return s.level >= level ? &s : nullptr;
    return nullptr;
  }

  Index unary() {
    std::vector<Op> signs;
    for (;;) {
      if (take("-"))
        signs.push_back(Op::kNeg);
      else if (take("+"))
        signs.push_back(Op::kPos);
      else
        break;
    }
    Index value = power();
    for (auto sign = signs.rbegin(); sign != signs.rend(); ++sign) value = add(*sign, {value});
    return value;
  }

  Index power() {
    const Index base = primary();
    if (!take("**")) return base;
    if (++nesting_ > kMaxGuardDepth) too_deep();
    const Index exponent = unary();
    --nesting_;
    return add(Op::kPow, {base, exponent});
  }

  Index primary() {
    skip_space();
    if (at_ == text_.size()) fail("operand expected");
    const char c = text_[at_];
    if (c == '(') {
      ++at_;
      const Index inner = conditional();
      expect(")");
      return inner;
    }
    if (c == '\'' || c == '"') return add(Op::kString, {}, string_literal());
    if (is_digit(c) || c == '.') return number();
    if (text_.substr(at_, 2) == "L[") return add(Op::kSource, {}, source());
    return name();
  }

  Index number() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.' ||
                                  ((text_[at_] == '-' || text_[at_] == '+') && text_[at_ - 1] == 'e')))
      ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    GuardExpression::Node node;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, node.number);
    // PyTorch's integers grow. No size comes near half the largest: it compares so with all that lies beyond, and sums
    // with it stay within 64 bits.
    if (error == std::errc::result_out_of_range) node.number = std::numeric_limits<std::int64_t>::max() / 2;
    if (stop == end) return add(std::move(node));
    node.op = Op::kFloat;
    if (std::from_chars(word.data(), end, node.real).ptr != end) fail("number expected");
    return add(std::move(node));
  }

  std::string string_literal() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    expect(std::string_view(&quote, 1));
    return out;
  }

  /// L['x'] with what follows: keys, attributes, argument-less calls.
  std::string source() {
    const std::size_t start = at_++;
    for (;;) {
      if (at_ < text_.size() && text_[at_] == '[') {
        skip_key();
      } else if (text_.substr(at_, 2) == "()") {
        at_ += 2;
      } else if (at_ < text_.size() && text_[at_] == '.') {
        ++at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      } else {
        return std::string(text_.substr(start, at_ - start));
      }
    }
  }
  void skip_key() {
    expect("[");
    skip_space();
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) string_literal();
    while (at_ < text_.size() && text_[at_] != ']') ++at_;
    expect("]");
  }

  Index name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) ++at_;
    std::string word(text_.substr(start, at_ - start));
    if (word.empty()) fail("operand expected");
    if (word == "True" || word == "False") {
      GuardExpression::Node node;
      node.op = Op::kBool;
      node.number = word == "True" ? 1 : 0;
      return add(std::move(node));
    }
    if (!take("(")) return add(Op::kName, {}, std::move(word));
    std::vector<Index> args;
    if (!take(")")) {
      do args.push_back(conditional());
      while (take(","));
      expect(")");
    }
    return add(Op::kCall, std::move(args), std::move(word));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t nesting_ = 0;
  GuardExpression out_;
};

namespace {

/// Python's _Precedence, loose to tight.
int precedence(Op op) {
  switch (op) {
    case Op::kConditional:
      return 1;
    case Op::kOr:
      return 2;
    case Op::kAnd:
      return 3;
    case Op::kNot:
      return 4;
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe:
    case Op::kGt:
    case Op::kGe:
    case Op::kCompare:
      return 5;
    case Op::kBitOr:
      return 6;
    case Op::kBitXor:
      return 7;
    case Op::kBitAnd:
      return 8;
    case Op::kLShift:
    case Op::kRShift:
      return 9;
    case Op::kAdd:
    case Op::kSub:
      return 10;
    case Op::kMul:
    case Op::kTrueDiv:
    case Op::kFloorDiv:
    case Op::kMod:
      return 11;
    case Op::kNeg:
    case Op::kPos:
      return 12;
    case Op::kPow:
      return 13;
    default:
      return 14;
  }
}

std::string_view spelling(Op op) {
  for (const Spelling& s : kComparisons)
    if (s.op == op) return s.text;
  for (const Spelling& s : kBinary)
    if (s.op == op) return s.text;
  return op == Op::kPow ? "**" : op == Op::kAnd ? "and" : "or";
}

/// Depth is limited by the parser.
class Unparser {
 public:
  explicit Unparser(const GuardExpression& guard) : guard_(guard) {}

  std::string write(const GuardExpression::Node& node) const {
    switch (node.op) {
      case Op::kNumber:
        return fmt::format("{}", node.number);
      case Op::kFloat:
        return fmt::format("{}", node.real);
      case Op::kBool:
        return node.number != 0 ? "True" : "False";
      case Op::kString:
        return python_repr(node.text);
      case Op::kSource:
      case Op::kName:
        return node.text;
      case Op::kCall:
        return fmt::format("{}({})", node.text, joined(node, ", ", 0));
      case Op::kNeg:
        return "-" + child(node, 0, 12);
      case Op::kPos:
        return "+" + child(node, 0, 12);
      case Op::kNot:
        return "not " + child(node, 0, 4);
      case Op::kAnd:
      case Op::kOr:
        return joined(node, fmt::format(" {} ", spelling(node.op)), precedence(node.op) + 1);
      case Op::kConditional:
        return fmt::format("{} if {} else {}", child(node, 0, 2), child(node, 1, 2), child(node, 2, 1));
      case Op::kPow:
        return fmt::format("{} ** {}", child(node, 0, 14), child(node, 1, 13));
      default:
        return node.compares.empty() ? binary(node) : compare(node);
    }
  }

 private:
  [[nodiscard]] std::string child(const GuardExpression::Node& node, std::size_t i, int least) const {
    const GuardExpression::Node& arg = guard_.node(node.args[i]);
    std::string text = write(arg);
    return precedence(arg.op) < least ? fmt::format("({})", text) : text;
  }
  [[nodiscard]] std::string joined(const GuardExpression::Node& node, std::string_view by, int least) const {
    std::string out;
    for (std::size_t i = 0; i < node.args.size(); ++i) (out += i == 0 ? "" : by) += child(node, i, least);
    return out;
  }
  [[nodiscard]] std::string binary(const GuardExpression::Node& node) const {
    const int level = precedence(node.op);
    return fmt::format("{} {} {}", child(node, 0, level), spelling(node.op), child(node, 1, level + 1));
  }
  [[nodiscard]] std::string compare(const GuardExpression::Node& node) const {
    std::string out = child(node, 0, 6);
    for (std::size_t i = 0; i < node.compares.size(); ++i)
      out += fmt::format(" {} {}", spelling(node.compares[i]), child(node, i + 1, 6));
    return out;
  }

  const GuardExpression& guard_;
};

}  // namespace

GuardExpression GuardExpression::parse(std::string_view text) { return GuardParser(text).run(); }

std::string GuardExpression::unparse() const { return Unparser(*this).write(root()); }

}  // namespace retrace::ir
