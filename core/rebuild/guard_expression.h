// SPDX-License-Identifier: Apache-2.0
// The Python expressions of guards: parsed once, evaluated as Python would on symbolic inputs.
//
// `and`, `or` and chained comparisons short-circuit left to right, and each truth value asked of a symbolic
// condition is a guard of the shape environment, as bool(SymBool) is.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/expr/sym.h"
#include "core/shapes/shape_env.h"

namespace retrace::rebuild {

/// What a guard computes with.
using GuardValue = std::variant<SymBool, SymInt, SymFloat, std::string>;

/// The value at a source text ("L['x'].size()[0]", "L['n']"). Raises Failure(IndexError) for a dimension that
/// the tensor does not have.
using SourceLookup = std::function<GuardValue(std::string_view source)>;

class GuardExpression {
 public:
  /// Raises std::invalid_argument with the position on text that is no guard.
  static GuardExpression parse(std::string_view text);

  /// bool(...) of the expression.
  [[nodiscard]] bool holds(shapes::ShapeEnv& env, const SourceLookup& lookup) const;
  /// ast.unparse: the text without redundant parentheses, sources shown as in error messages ("x.size()[0]").
  [[nodiscard]] std::string unparse() const;
  /// The sources it reads.
  [[nodiscard]] std::vector<std::string> sources() const;

  enum class Op : std::uint8_t {
    kNumber,
    kFloat,
    kBool,
    kString,
    kSource,
    kAdd,
    kSub,
    kMul,
    kTrueDiv,
    kFloorDiv,
    kMod,
    kPow,
    kNeg,
    kPos,
    kLShift,
    kRShift,
    kBitAnd,
    kBitOr,
    kBitXor,
    kEq,
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kAnd,
    kOr,
    kNot,
    kCall,
    kCompare,
    kConditional,
  };
  /// Children come before their parents; the root is the last node.
  struct Node {
    Op op;
    std::vector<std::uint32_t> args;
    std::vector<Op> compares;  // kCompare: the operators between args
    std::string text;          // kSource, kString, kCall
    std::int64_t number = 0;
    double real = 0;
  };

 private:
  std::vector<Node> nodes_;
};

}  // namespace retrace::rebuild
