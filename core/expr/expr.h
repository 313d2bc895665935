// SPDX-License-Identifier: Apache-2.0
// Symbolic expressions over integers, floats and booleans, as SymPy and torch.utils._sympy build them.
//
// An expression is a pointer to an immutable node, hash-consed in a Pool: two expressions of one pool are
// equal exactly when their pointers are. The builders below return SymPy's canonical form (what evaluating
// constructors give: flattened and sorted sums, collected coefficients, folded constants, the automatic
// rules of torch.utils._sympy.functions), so structural identity here is structural identity there.
// Nodes live as long as their pool. A node knows its pool, so arithmetic needs no context.
// What this room does not know: tensors, hints, ranges, where a symbol came from.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace retrace::expr {

enum class Kind : std::uint8_t {
  // atoms
  kInteger, kRational, kFloat, kIntInfinity, kNegIntInfinity, kInfinity, kNegInfinity, kNaN, kSymbol, kTrue, kFalse,
  // arithmetic
  kAdd, kMul, kPow, kMax, kMin,
  kFloorDiv, kMod, kPythonMod, kCleanDiv, kCeilDiv, kModularIndexing, kPowByNatural, kLShift, kRShift,
  kBitwiseAnd, kBitwiseOr, kBitwiseXor,
  // float paths
  kToFloat, kFloatTrueDiv, kIntTrueDiv, kFloatPow, kTruncToInt, kTruncToFloat, kCeilToInt, kFloorToInt,
  kRoundToInt, kRoundDecimal, kOpaqueUnary,
  // choice
  kWhere, kPiecewise, kIdentity, kIsNonOverlappingAndDense,
  // relations and logic
  kEq, kNe, kLt, kLe, kGt, kGe, kAnd, kOr, kNot,
};

class Pool;

/// One immutable expression node. `args` are canonical and ordered as SymPy orders them.
struct Node {
  Kind kind;
  bool is_integer = false;      // SymPy assumptions of the expression
  bool is_positive = false;
  bool is_nonnegative = false;
  bool has_unbacked = false;    // holds a symbol whose name starts with u<digit> or zuf<digit>
  std::uint32_t id = 0;         // order of creation in the pool: never used for output order
  std::int64_t value = 0;       // kInteger; numerator of kRational
  std::int64_t denominator = 1; // kRational
  double real = 0;              // kFloat
  std::string_view name;        // kSymbol; function name of kOpaqueUnary ("sqrt", "cos", ...)
  std::span<const Node* const> args;
  Pool* pool = nullptr;
  [[nodiscard]] bool is_atom() const { return args.empty(); }
};
using Expr = const Node*;

/// Owns the nodes. Not thread-safe: one pool a check.
class Pool {
 public:
  Pool();
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  Expr integer(std::int64_t value);
  Expr rational(std::int64_t numerator, std::int64_t denominator);
  Expr floating(double value);
  Expr boolean(bool value);
  Expr int_oo();
  Expr neg_int_oo();
  /// `positive`, `integer`: SymPy's assumptions. The same name with other assumptions is another symbol.
  Expr symbol(std::string_view name, bool positive, bool integer);

  /// The evaluating constructor of `kind`. Relations, And/Or/Not fold as SymPy's do.
  Expr make(Kind kind, std::span<const Expr> args);
  Expr make(Kind kind, std::initializer_list<Expr> args) { return make(kind, std::span(args.begin(), args.size())); }
  /// OpaqueUnaryFn_<name>(arg).
  Expr opaque(std::string_view name, Expr arg);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// a - b, -a, as SymPy writes them.
Expr sub(Expr a, Expr b);
Expr neg(Expr a);
/// torch.fx.experimental.symbolic_shapes.safe_expand: multiplied out.
Expr expand(Expr e);
/// Logical negation with relations flipped (Not(a < b) is a >= b).
Expr logical_not(Expr e);

using Substitution = std::vector<std::pair<Expr, Expr>>;
/// SymPy xreplace: simultaneous, rebuilt through the evaluating constructors.
Expr substitute(Expr e, std::span<const std::pair<Expr, Expr>> replacements);
/// Distinct symbols, in order of first occurrence in a walk of `args`.
std::vector<Expr> free_symbols(Expr e);
bool contains(Expr e, Expr symbol);

/// SymPy's srepr, the text of `expr_str`; infix str(), the text of messages and of range_constraints' keys.
std::string srepr(Expr e);
std::string str(Expr e);
/// Parses srepr text (and, where it is infix, SymPy's str form). Raises std::invalid_argument with position.
/// Symbols already in the pool under the name keep their assumptions when the text carries none.
Expr parse(Pool& pool, std::string_view text);

}  // namespace retrace::expr
