// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/shapes/note_lesson.h"
#include "core/shapes/state.h"

namespace retrace::shapes {

using expr::Expr;
using expr::Kind;
using State = ShapeEnv::State;

namespace {

bool divides_by_more_than_one(Expr e) {
  for (const Kind kind : {Kind::kFloorDiv, Kind::kCleanDiv}) {
    for (const Expr atom : expr::find_all(e, kind)) {
      if (!expr::is_integer_value(atom->args[1], 1)) return true;
    }
  }
  return false;
}

bool all_integers(Expr e) {
  const std::vector<Expr> parts = sub_expressions(e);
  return std::all_of(parts.begin(), parts.end(), [](Expr part) { return part->is_integer; });
}

/// A solution that does not fit in 64 bits bounds nothing that does.
std::optional<expr::Solved> try_solve_within_64_bits(Expr relation, Expr symbol) {
  try {
    return expr::try_solve(relation, symbol);
  } catch (const Overflow&) {
    return std::nullopt;
  }
}

Number rounded(const Number& bound, bool up) {
  if (bound.is_infinite()) return sign(bound) > 0 ? Number::int_oo() : Number::neg_int_oo();
  if (bound.kind == Number::Kind::kInt) return bound;
  const double value = bound.as_double();
  return Number::integer(static_cast<Wide>(up ? std::ceil(value) : std::floor(value)));
}

}  // namespace

// ShapeEnv._maybe_guard_rel: `e` is true from now on.
void State::maybe_guard_rel(Expr e) {
  if (guard_rel_cache.find({e}) != nullptr) return;
  const LearningFrom learning(observer, e);
  if (e->kind == Kind::kAnd) {
    for (const Expr part : e->args) maybe_guard_rel(part);
  } else if (expr::is_relational(e->kind) && e->kind != Kind::kNe) {
    std::vector<Expr> free = sorted_symbols(e);
    if (free.size() <= 5) {
      // The largest hint first, then the last name; symbols without a hint count as the largest.
      const auto hint_of = [this](Expr symbol) {
        const auto hint = hints.find(symbol);
        return hint == hints.end() ? std::numeric_limits<std::int64_t>::max() : hint->second->value;
      };
      std::stable_sort(free.begin(), free.end(), [&hint_of](Expr a, Expr b) {
        const std::int64_t hint_a = hint_of(a);
        const std::int64_t hint_b = hint_of(b);
        return hint_a != hint_b ? hint_a > hint_b : a->name > b->name;
      });
      refine_ranges(e);
      if (e->kind == Kind::kEq && !free.empty()) guard_equality(e, free.front());
    }
  }
  guard_rel_cache.put({e}, true);
}

/// An equality replaces a symbol, or teaches that something divides.
void State::guard_equality(Expr e, Expr first) {
  const std::vector<Expr> mods = expr::find_all(e, Kind::kMod);
  if (!mods.empty()) {
    const auto solved = expr::try_solve(e, mods.front(), 5, false);
    if (!solved || !expr::is_integer_value(solved->rhs, 0)) return;
    divisible.insert(mods.front());
    update_version();
    return;
  }
  if (divides_by_more_than_one(e)) return;
  const auto is_trivial = [](Expr lhs, Expr rhs) {
    return lhs->kind == Kind::kSymbol && is_unbacked(lhs) && !rhs->has_unbacked;
  };
  const auto find_symbol = [this](Expr side) { return side->kind == Kind::kSymbol ? find(side) : side; };
  const Expr lhs = e->args[0];
  const Expr rhs = e->args[1];
  if (is_trivial(lhs, rhs)) return set_replacement(lhs, find_symbol(rhs));
  if (is_trivial(rhs, lhs)) return set_replacement(rhs, find_symbol(lhs));
  const auto solved = expr::try_solve(e, first, 5, false);
  if (!solved || !all_integers(solved->rhs)) return;
  const Expr target = find_symbol(solved->rhs);
  if (!target->has_unbacked) set_replacement(first, target);
}

// ShapeEnv._refine_ranges: each symbol alone on one side, bounded by the interval of the other.
void State::refine_ranges(Expr e) {
  const Expr simplified = simplify(e);
  for (const Expr symbol : sorted_symbols(simplified)) {
    const auto solved = try_solve_within_64_bits(simplified, symbol);
    if (solved && symbol->is_integer && solved->rhs->is_integer) refine_symbol(*solved, symbol);
  }
}

void State::refine_symbol(const expr::Solved& solved, Expr symbol) {
  const Kind kind = solved.relation->kind;
  const Interval known = range_of(symbol);
  const Interval other = bound(solved.rhs);
  Number lower = known.lower;
  Number upper = known.upper;
  const Number one = Number::integer(1);
  const bool bounds_below = kind == Kind::kEq || kind == Kind::kGe || kind == Kind::kGt;
  const bool bounds_above = kind == Kind::kEq || kind == Kind::kLe || kind == Kind::kLt;
  if (bounds_below && lower <= other.lower) lower = kind == Kind::kGt ? add(other.lower, one) : other.lower;
  if (bounds_above && other.upper <= upper) upper = kind == Kind::kLt ? add(other.upper, neg(one)) : other.upper;
  const Interval refined(lower, upper);
  if (refined == known) return;
  update_range(symbol, refined);
  if (range_of(symbol).is_singleton()) set_replacement(symbol, expression_of(pool, range_of(symbol).lower));
  static_cache.clear();
}

// ShapeEnv._set_replacement: `symbol` equals `target`; replaces it if no bound would be forgotten.
void State::set_replacement(Expr symbol, Expr target) {
  const auto known = replacements.find(symbol);
  if (known != replacements.end() && known->second == target) return;
  if (expr::contains(target, symbol)) return;
  ++lessons, ++replaced;
  if (ranges.contains(symbol) && !keeps_range(symbol, target)) return;
  note_lesson(*this, symbol, target, {});
  replacements.insert_or_assign(symbol, target);
  update_version();
}

bool State::keeps_range(Expr symbol, Expr target) {
  const Interval source = range_of(symbol);
  Interval bounds = bound(target);
  update_range(symbol, bounds);
  if (!bounds.is_subset_of(source)) {
    invert_range(symbol, target, source);
    bounds = bound(target);
  }
  if (target->kind == Kind::kSymbol) {
    if (size_like.contains(symbol)) {
      size_like.insert(target);
    } else if (size_like.contains(target)) {
      size_like.insert(symbol);
    }
  }
  if (!bounds.is_subset_of(source)) return false;
  return !size_like.contains(symbol) || bound_size_oblivious(target).is_subset_of(bound_size_oblivious(symbol));
}

/// The range of a symbol, carried over to the only symbol of what it equals.
void State::invert_range(Expr symbol, Expr target, const Interval& range) {
  const std::span<const Expr> free = expr::free_symbols(target);
  if (free.size() != 1) return;
  const auto solved = expr::try_solve(pool.make(Kind::kEq, {symbol, target}), free.front(), 5, false);
  if (!solved) return;
  const Interval exact = bound(solved->rhs);
  update_range(free.front(), Interval(rounded(exact.lower, true), rounded(exact.upper, false)));
  const Interval bounds = bound(target);
  if (bounds.is_subset_of(range)) return;
  raise(ErrorType::kAssertionError,
        fmt::format("tgt_bound={} not a subset of src_bound={}", bounds.text(), range.text()));
}

}  // namespace retrace::shapes
