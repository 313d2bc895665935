// SPDX-License-Identifier: Apache-2.0
// The Python expressions of guards, as trees: what guards_code holds and `_guards_fn` asserts.
//
// The language is what PyTorch's guard printer writes: numbers, input sources ("L['x'].size()[0]"), arithmetic,
// comparisons, and/or/not, a conditional, calls of max, min, math.* and torch.sym_*. Nesting is limited
// (kMaxGuardDepth), so that walks over a tree may recurse.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace retrace::ir {

inline constexpr std::uint32_t kMaxGuardDepth = 500;

class GuardExpression {
 public:
  enum class Op : std::uint8_t {
    kNumber,
    kFloat,
    kBool,
    kString,
    kSource,  // text: "L['x'].size()[0]"
    kName,    // a bare name: math.inf, nan
    kCall,    // text: the function
    kPow,
    kNeg,
    kPos,
    kMul,
    kTrueDiv,
    kFloorDiv,
    kMod,
    kAdd,
    kSub,
    kLShift,
    kRShift,
    kBitAnd,
    kBitXor,
    kBitOr,
    kEq,
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kCompare,  // a chain; `compares` between args
    kNot,
    kAnd,
    kOr,
    kConditional,  // args: value, condition, otherwise
  };
  struct Node {
    Op op = Op::kNumber;
    std::vector<std::uint32_t> args;  // indices of nodes
    std::vector<Op> compares;
    std::string text;
    std::int64_t number = 0;
    double real = 0;
    std::uint32_t depth = 0;
    bool operator==(const Node&) const = default;
  };
  bool operator==(const GuardExpression&) const = default;

  /// Raises std::invalid_argument with the offset on text that is no guard.
  static GuardExpression parse(std::string_view text);

  [[nodiscard]] const Node& node(std::uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] const Node& root() const { return nodes_.back(); }
  /// ast.unparse: no redundant parentheses.
  [[nodiscard]] std::string unparse() const;

 private:
  friend class GuardParser;
  std::vector<Node> nodes_;  // children before parents
};

}  // namespace retrace::ir
