// SPDX-License-Identifier: Apache-2.0
// What a ShapeEnv holds, private to this room. The parts, by the file that defines them:
//   symbols.cpp       new symbols and their ranges
//   simplify.cpp      replacements applied, simplification
//   static_eval.cpp   answers without a guard; axioms
//   refine.cpp        what a true relation teaches: ranges, replacements, divisibility
//   evaluate.cpp      guards, deferred assertions, hints, errors
#pragma once
#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/shapes/bound.h"
#include "core/shapes/cache.h"
#include "core/shapes/interval.h"
#include "core/shapes/interval_answers.h"
#include "core/shapes/shape_env.h"
#include "core/shapes/unique_id.h"

namespace retrace::shapes {

/// What an environment knows. Two that know the same answer every question alike, but for what they remember.
struct Facts {
  using Expr = expr::Expr;

  // Symbols.
  std::vector<Expr> backed;
  std::vector<Expr> unbacked;
  std::vector<Expr> fresh_unbacked;  // pending_fresh_unbacked_symbols
  bool ignore_fresh = false;
  bool guards_suppressed = false;
  std::unordered_map<Expr, Expr> hints;  // backed_var_to_val
  std::unordered_map<Expr, std::vector<std::string>> sources;
  std::unordered_set<Expr> phantoms;  // sourced by a ConstantSource
  std::unordered_map<Expr, Interval> ranges;
  std::unordered_set<Expr> size_like;
  std::unordered_map<std::int64_t, Expr> duck_symbols;  // val_to_var
  UniqueIds unique_ids;
  int unbacked_ints = 0;
  int unbacked_floats = 0;
  std::unordered_map<Expr, Expr> renamings;

  // Knowledge.
  std::unordered_map<Expr, Expr> replacements;
  std::unordered_set<Expr> divisible;
  std::unordered_map<Expr, Expr> axioms;  // predicate -> true or false
  std::vector<Guard> guards;
  std::vector<ShapeEnv::PendingAsserts> deferred;
  std::size_t deferred_count = 0;

  // What of it was not worked into the rest yet.
  std::array<std::size_t, 3> version_key{};
  bool resimplify_floor_div_axioms = true;
  bool divisible_is_current = false;

  bool operator==(const Facts&) const = default;
};

/// A division within an expression, and the Mod of the same two.
struct Division {
  expr::Expr atom;
  expr::Expr remainder;
};
using Divisions = std::vector<Division>;

struct ShapeEnv::State : Facts {
  explicit State(expr::Pool& p) : pool(p) {}

  expr::Pool& pool;

  Lessons* observer = nullptr;  // null: nobody asks

  // What a recording of questions goes by (questions.h).
  std::uint64_t lessons = 0;   // grows with everything learned
  std::uint64_t replaced = 0;  // grows with every replacement
  Questions* recording = nullptr;
  /// A question whose answer may be another once more is known.
  void note_reading();
  /// Something that is not done again by asking again.
  void note_change();

  // Memos.
  IntervalAnswers* interval_answers = nullptr;  // of all environments of a check; null: there are no others
  std::uint64_t version = 0;
  VersionedCache<Expr> replace_cache;
  VersionedCache<Expr> asked_cache;  // emptied when a range changes, too
  VersionedCache<Expr> simplify_cache;
  VersionedCache<Expr> static_cache;  // null: not known
  LruCache<Expr> evaluate_cache;
  LruCache<bool> guard_rel_cache;
  LruCache<bool> runtime_assert_cache;
  std::unordered_map<Expr, Expr> at_hints_cache;  // emptied when a symbol is made
  BoundCache bound_cache;                         // emptied when a range changes
  std::unordered_map<Expr, Divisions> divisions;  // by the expression they are in
  std::size_t divisions_held = 0;                 // of all of these

  // symbols.cpp
  Expr create_symbol(std::int64_t hint, std::string_view source, DimDynamic dynamic, const Constraint& constraint,
                     bool positive, bool specialize_zero_one);
  Expr new_backed_symbol(std::int64_t hint, std::string_view source, bool positive, bool specialize_zero_one);
  Expr new_unbacked(std::string_view prefix, int number, bool integer, const Interval& range);
  void update_range(Expr symbol, Interval range, bool is_constraint = false);
  void set_range(Expr symbol, const Interval& range);
  const Interval& range_of(Expr symbol);
  [[nodiscard]] bool is_backed(Expr symbol) const { return hints.contains(symbol); }
  [[nodiscard]] bool all_backed(Expr e) const;

  // simplify.cpp
  Expr find(Expr symbol);
  void resolve(Expr symbol);
  Expr replace(Expr e);
  Expr as_asked(Expr e);  // replace, then `%` as SymNode chooses it
  bool is_known_nonnegative(Expr e) { return e->is_nonnegative || bound(e).range().lower >= 0; }
  Expr simplify(Expr e);
  void update_version();
  void update_divisible();
  const Divisions& divisions_in(Expr e);
  bool leaves_nothing(Expr remainder) { return divisible.contains(replace(remainder)); }
  [[nodiscard]] bool is_divisible(Expr base, Expr divisor);
  Expr simplify_max(Expr e);
  Expr simplify_trunc(Expr e);
  Expr simplify_nested_floor_div(Expr e);
  Expr simplify_clean_div(Expr e);

  // static_eval.cpp
  enum class StaticMode : std::uint8_t { kPlain = 0, kUnbackedOnly = 1, kHint = 2, kNoAxioms = 3 };
  Expr maybe_evaluate_static(Expr e, StaticMode mode = StaticMode::kPlain);
  Expr evaluate_static_uncached(Expr e, StaticMode mode);
  Expr static_worker(Expr e, bool unbacked_only);
  Expr ask_intervals(Expr e, bool unbacked_only);
  Expr apply_axioms(Expr e);
  void add_axioms(Expr fact);
  bool holds_as_nonnegative_sum(Expr e);  // _maybe_fast_eval_comparison
  Interval bound(Expr e);
  Interval bound_size_oblivious(Expr e);

  // refine.cpp
  void maybe_guard_rel(Expr e);
  void guard_equality(Expr e, Expr first);
  void refine_ranges(Expr e);
  void refine_symbol(const expr::Solved& solved, Expr symbol);
  void set_replacement(Expr symbol, Expr target);
  bool keeps_range(Expr symbol, Expr target);
  void invert_range(Expr symbol, Expr target, const Interval& range);

  // evaluate.cpp
  Expr evaluate(Expr e, bool has_hint, std::optional<bool> fallback = std::nullopt);
  Expr evaluate_uncached(Expr e, bool has_hint, std::optional<bool> fallback);
  void add_guard(Expr e, Expr concrete);
  bool expect_true(Expr e, bool has_hint, std::string_view message);
  bool guard_or_defer_runtime_assert(Expr e, std::string_view message);
  bool assert_at_runtime(Expr e, std::string_view message);
  void defer(Expr e, std::string_view message);
  Expr at_hints(Expr e);
  Expr concrete_value(Expr e);
  [[noreturn]] void raise_data_dependent(Expr e, Expr unhinted);
};

/// Symbols in order of their names.
std::vector<expr::Expr> sorted_symbols(expr::Expr e);
bool is_unbacked(expr::Expr symbol);
/// symbolic_shapes.py safe_expand: And, Or and Not have no expand() in SymPy and stay as they are.
expr::Expr safe_expand(expr::Expr e);
/// Every distinct sub-expression, the whole first.
std::vector<expr::Expr> sub_expressions(expr::Expr e);

}  // namespace retrace::shapes
