// SPDX-License-Identifier: Apache-2.0
// The shape environment of one export: which symbols there are, what is known of them, what was asked.
//
// Mirrors torch/fx/experimental/symbolic_shapes.py ShapeEnv. Backed symbols (s77) stand for input sizes and
// have a hint, the value at the example inputs; unbacked ones (u0) stand for data-dependent results.
// Asking for a truth value adds a guard when the answer rests on hints, a deferred runtime assertion when it
// rests on data. Replacements (s77 := s17, u0 := 4) are applied by `simplify`.
// It knows no operators, graphs or files; a source is an opaque text.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/failure.h"
#include "core/expr/sym.h"
#include "core/shapes/value_range.h"

namespace retrace::shapes {

/// What a user asked of a dimension (DS _Constraint kinds).
enum class DimDynamic : std::uint8_t { kStatic, kDynamic, kDuck, kUnbacked };

struct Constraint {
  enum class Kind : std::uint8_t { kNone, kStrictMinMax, kRelaxedUnspec } kind = Kind::kNone;
  ValueRange range{0, kOo};
  bool warn_only = false;
  bool operator==(const Constraint&) const = default;
};

struct Guard {
  expr::Expr expression;  // as evaluated, after replacements at that time
  bool operator==(const Guard&) const = default;
};

struct DeferredAssert {
  expr::Expr expression;
  std::string message;
  bool operator==(const DeferredAssert&) const = default;
};

struct Questions;  // questions.h
struct Knowledge;  // knowledge.h

class IntervalAnswers;
class Lessons;

class ShapeEnv {
 public:
  struct State;  // opaque outside this room
  /// `answers` are shared with other environments of the pool; null: there are none.
  explicit ShapeEnv(expr::Pool& pool, IntervalAnswers* answers = nullptr);
  ~ShapeEnv();
  ShapeEnv(const ShapeEnv&) = delete;
  ShapeEnv& operator=(const ShapeEnv&) = delete;

  expr::Pool& pool();

  /// Who is told what is learned of the inputs' sizes; null: nobody. No answer depends on it.
  void observe(Lessons* lessons);
  [[nodiscard]] Lessons* observer() const;

  // ---- Questions that operator rules ask.

  /// evaluate_expr: the truth at the hints, recorded as a guard. Unbacked symbols: raises DataDependent.
  bool guard(const SymBool& condition);
  bool guard_or_false(const SymBool& condition);
  bool guard_or_true(const SymBool& condition);
  /// Known without a guard?
  bool statically_known_true(const SymBool& condition);
  /// torch._check: a guard when backed, else a deferred runtime assertion (then true). False: it does not hold.
  bool expect_true(const SymBool& condition, std::string_view message = {});
  /// The value, specialised: a guard Eq(a, hint). Unbacked: raises DataDependent.
  std::int64_t guard_int(const SymInt& a);
  double guard_float(const SymFloat& a);
  /// At the example inputs, no guard; absent where unbacked symbols remain.
  std::optional<std::int64_t> hint(const SymInt& a);
  /// size_hint with a fallback for unbacked symbols.
  std::int64_t hint_or(const SymInt& a, std::int64_t fallback);

  SymInt new_unbacked_int();
  SymFloat new_unbacked_float();
  SymBool new_unbacked_bool();
  /// _constrain_range_for_size / constrain_range: absent bounds stay open.
  void constrain_range(const SymInt& a, std::optional<std::int64_t> min, std::optional<std::int64_t> max);
  void constrain_range_for_size(const SymInt& a, std::optional<std::int64_t> min, std::optional<std::int64_t> max);

  // ---- Inputs (bind).

  /// create_symbol: a size, stride or offset of an input at `source` ("L['x'].size()[0]") with value `hint`.
  SymInt create_symbol(std::int64_t hint, std::string_view source, DimDynamic dynamic, const Constraint& constraint,
                       bool positive = true, bool specialize_zero_one = true);
  /// create_unspecified_symbol: an int input marked dynamic.
  SymInt create_unspecified_symbol(std::int64_t hint, std::string_view source);
  /// The symbol of a Dim that is no input's dimension (a ConstantSource named `name`).
  SymInt create_phantom_symbol(std::int64_t hint, std::string_view name, const Constraint& constraint);

  // ---- State that the exporter reads.

  /// Replacements applied, then simplified as SymNode.expr and ShapeEnv.simplify do.
  expr::Expr replace(expr::Expr e);
  expr::Expr simplify(expr::Expr e);
  SymInt replace(const SymInt& a);
  ValueRange range_of(expr::Expr symbol);
  ValueRange bound(expr::Expr e);  // bound_sympy
  void set_range(expr::Expr symbol, const ValueRange& range);
  [[nodiscard]] const std::vector<Guard>& guards() const;
  /// Deferred runtime assertions in order, by the unbacked symbol they wait for (kNegOo key: none).
  struct PendingAsserts {
    expr::Expr symbol;  // null: no unbacked symbol
    std::vector<DeferredAssert> asserts;
    bool operator==(const PendingAsserts&) const = default;
  };
  [[nodiscard]] const std::vector<PendingAsserts>& deferred_asserts() const;
  /// Symbols in order of creation.
  [[nodiscard]] std::vector<expr::Expr> backed_symbols() const;
  [[nodiscard]] std::vector<expr::Expr> unbacked_symbols() const;
  /// Unbacked symbols made since the last call of this (pending_fresh_unbacked_symbols).
  std::vector<expr::Expr> take_fresh_unbacked();
  /// While set, new unbacked symbols are not pending (ignore_fresh_unbacked_symbols). Returns what was set.
  bool ignore_fresh_unbacked(bool ignore);
  /// While set, answers leave no guard and teach nothing (ShapeEnv.suppress_guards). Returns what was set.
  bool suppress_guards(bool suppress);
  /// _rename_unbacked_to: `from` is the symbol of an earlier run of the same node.
  void rename_unbacked(expr::Expr from, expr::Expr to);
  /// unbacked_renamings: what `symbol` was renamed to, or itself.
  [[nodiscard]] expr::Expr renamed(expr::Expr symbol) const;
  [[nodiscard]] std::string_view source_of(expr::Expr symbol) const;  // the first one; empty: none
  [[nodiscard]] bool is_phantom(expr::Expr symbol) const;

  // ---- The same questions about expressions.

  /// _maybe_evaluate_static: a number or truth value known without a guard, else null. Without axioms, what
  /// earlier guards imply is not used.
  expr::Expr maybe_evaluate_static(expr::Expr e, bool with_axioms = true);
  /// evaluate_expr of a boolean.
  bool evaluate(expr::Expr condition);
  /// Backed symbols replaced by their hints.
  expr::Expr at_hints(expr::Expr e);

  // ---- The same questions again (questions.h).

  void start_recording(Questions& questions);
  void stop_recording();
  /// Puts recorded questions again, where that can teach nothing. False: they must be asked in full.
  bool ask_again(const Questions& questions);

  /// Grows with everything learned. While it stands still, a question that was put is answered as it was.
  [[nodiscard]] std::uint64_t learned() const;

  // ---- One environment and that of a later export, over the same pool.

  /// From here on it is noted what is asked.
  void mark();
  /// What was known at the mark, with what was asked since; once a mark.
  std::shared_ptr<const Knowledge> knowledge();
  /// Would every answer that followed the mark of `other` be given here, from now on, too? Asks, so that this
  /// environment remembers answers which it was not asked for: it is of no more use.
  bool would_answer_as(const Knowledge& other);

 private:
  std::unique_ptr<State> state_;
  std::shared_ptr<Knowledge> marked_;
};

}  // namespace retrace::shapes
