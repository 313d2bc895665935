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
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrace::expr {

enum class Kind : std::uint8_t {
  // atoms
  kInteger,
  kRational,
  kFloat,
  kIntInfinity,
  kNegIntInfinity,
  kInfinity,
  kNegInfinity,
  kNaN,
  kSymbol,
  kTrue,
  kFalse,
  // arithmetic
  kAdd,
  kMul,
  kPow,
  kMax,
  kMin,
  kFloorDiv,
  kMod,
  kPythonMod,
  kCleanDiv,
  kCeilDiv,
  kModularIndexing,
  kPowByNatural,
  kLShift,
  kRShift,
  kBitwiseAnd,
  kBitwiseOr,
  kBitwiseXor,
  // float paths
  kToFloat,
  kFloatTrueDiv,
  kIntTrueDiv,
  kFloatPow,
  kTruncToInt,
  kTruncToFloat,
  kCeilToInt,
  kFloorToInt,
  kRoundToInt,
  kRoundDecimal,
  kOpaqueUnary,
  // choice
  kWhere,
  kPiecewise,
  kIdentity,
  kIsNonOverlappingAndDense,
  // relations and logic
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kAnd,
  kOr,
  kNot,
};

class Pool;

/// One immutable expression node. `args` are canonical and ordered as SymPy orders them.
struct Node {
  Kind kind;
  bool is_integer = false;  // SymPy assumptions of the expression
  bool is_positive = false;
  bool is_nonnegative = false;
  bool has_unbacked = false;  // holds a symbol whose name starts with u<digit> or zuf<digit>
  bool is_real = false;       // also of the infinities (SymPy's is_extended_real)
  bool is_finite = false;
  std::uint8_t signs = 7;        // which signs the value may have: 1 negative, 2 zero, 4 positive
  std::uint8_t parity = 3;       // which parities: 1 even, 2 odd; 3 undecided
  std::uint16_t depth = 0;       // of the tree below; limited, so that recursion over a node is bounded
  std::uint64_t kinds = 0;       // a bit for each Kind in the tree
  double nodes = 1;              // size of the tree (SymPy's _node_count)
  std::uint32_t id = 0;          // order of creation in the pool: never used for output order
  std::int64_t value = 0;        // kInteger; numerator of kRational
  std::int64_t denominator = 1;  // kRational
  double real = 0;               // kFloat
  std::string_view name{};       // kSymbol; function name of kOpaqueUnary ("sqrt", "cos", ...)
  std::span<const Node* const> args{};
  Pool* pool = nullptr;
  mutable std::span<const Node* const> ordered{};  // as_ordered_terms, as_ordered_factors, once asked for
  mutable std::span<const Node* const> symbols{};  // free_symbols, once asked for
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
  /// The node as it is, nothing evaluated or sorted (SymPy's evaluate=False, `_from_args`).
  Expr make_raw(Kind kind, std::span<const Expr> args);
  Expr make_raw(Kind kind, std::initializer_list<Expr> args) {
    return make_raw(kind, std::span(args.begin(), args.size()));
  }
  /// SymPy's oo, -oo (floats), nan.
  Expr infinity();
  Expr neg_infinity();
  Expr nan();
  /// The symbol of that name, whatever its assumptions; nullptr if there is none.
  [[nodiscard]] Expr find_symbol(std::string_view name) const;
  /// OpaqueUnaryFn_<name>(arg).
  Expr opaque(std::string_view name, Expr arg);

 private:
  friend struct PoolAccess;
  struct State;
  std::unique_ptr<State> state_;
};

// ---- What an expression is

constexpr bool is_number(Kind k) { return k <= Kind::kNaN; }
constexpr bool is_infinite(Kind k) { return k >= Kind::kIntInfinity && k <= Kind::kNegInfinity; }
constexpr bool is_relational(Kind k) { return k >= Kind::kEq && k <= Kind::kGe; }
constexpr bool is_boolean(Kind k) { return k == Kind::kTrue || k == Kind::kFalse || k >= Kind::kEq; }
constexpr std::uint64_t kind_bit(Kind k) { return std::uint64_t{1} << static_cast<unsigned>(k); }
constexpr std::uint64_t kBooleanKinds = kind_bit(Kind::kTrue) | kind_bit(Kind::kFalse) | ~(kind_bit(Kind::kEq) - 1);
inline bool has_kind(Expr e, Kind kind) { return (e->kinds & kind_bit(kind)) != 0; }
inline bool is_integer_value(Expr e, std::int64_t v) { return e->kind == Kind::kInteger && e->value == v; }

/// SymPy's three-valued assumptions.
std::optional<bool> is_negative(Expr e);
std::optional<bool> is_nonnegative(Expr e);
std::optional<bool> is_nonpositive(Expr e);
std::optional<bool> is_zero(Expr e);
std::optional<bool> is_even(Expr e);
std::optional<bool> is_odd(Expr e);

/// SymPy's Basic.compare, the order of arguments: negative, zero, positive.
int compare(Expr a, Expr b);
/// sympy.core.sorting.default_sort_key as a three-way comparison.
int default_sort_compare(Expr a, Expr b);

/// Add.make_args, Mul.make_args: `e` itself when it is no sum, no product.
std::span<const Expr> add_args(const Expr& e);
std::span<const Expr> mul_args(const Expr& e);
/// (number, rest) with e = number * rest; (number, rest) with e = number + rest.
std::pair<Expr, Expr> as_coeff_mul(Expr e);
std::pair<Expr, Expr> as_coeff_add(Expr e);

// ---- Arithmetic

/// a + b, a * b, a - b, -a, a / b, as SymPy's operators give them.
Expr add(Expr a, Expr b);
Expr mul(Expr a, Expr b);
Expr sub(Expr a, Expr b);
Expr neg(Expr a);
Expr div(Expr a, Expr b);
/// torch.utils._sympy.functions.simple_floordiv_gcd; sympy.gcd of polynomials with integer coefficients.
Expr simple_floordiv_gcd(Expr p, Expr q);
Expr gcd(Expr p, Expr q);
/// The value of an expression without symbols as a double (infinities included).
double to_double(Expr number);
/// Order of two numbers (no NaN): negative, zero, positive.
int compare_numbers(Expr a, Expr b);
/// torch.fx.experimental.symbolic_shapes.safe_expand: multiplied out.
Expr expand(Expr e);
/// Logical negation with relations flipped (Not(a < b) is a >= b).
Expr logical_not(Expr e);

// ---- Relations

/// a < b as b > a; Lt for Gt; Not(a < b)'s kind. Only for relations.
Kind mirrored(Kind relation);
Kind negated(Kind relation);
/// sympy.to_cnf.
Expr to_cnf(Expr e);
/// symbolic_shapes.canonicalize_bool_expr.
Expr canonicalize_bool_expr(Expr e);

struct Solved {
  Expr relation;  // `thing` alone on the left
  Expr rhs;
};
/// torch.utils._sympy.solve.try_solve.
std::optional<Solved> try_solve(Expr relation, Expr thing, int trials = 5, bool floordiv_inequality = true);

// ---- Substitution and symbols

using Substitution = std::vector<std::pair<Expr, Expr>>;
/// SymPy xreplace: simultaneous, rebuilt through the evaluating constructors.
Expr substitute(Expr e, std::span<const std::pair<Expr, Expr>> replacements);
/// Distinct symbols, in order of first occurrence in a walk of `args`.
std::span<const Expr> free_symbols(Expr e);
/// Does `part` occur in `e` (also as `e` itself)? SymPy's has() for an exact sub-expression.
bool contains(Expr e, Expr part);
/// Every distinct sub-expression of the kind, innermost first.
std::vector<Expr> find_all(Expr e, Kind kind);

/// SymPy's srepr, the text of `expr_str`; infix str(), the text of messages and of range_constraints' keys.
std::string srepr(Expr e);
std::string str(Expr e);
/// Parses srepr text (and, where it is infix, SymPy's str form). Raises std::invalid_argument with position.
/// Symbols already in the pool under the name keep their assumptions when the text carries none.
Expr parse(Pool& pool, std::string_view text);

}  // namespace retrace::expr
