// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/shapes/note_lesson.h"
#include "core/shapes/state.h"

namespace retrace::shapes {

using expr::Expr;
using State = ShapeEnv::State;

std::vector<Expr> sorted_symbols(Expr e) {
  const std::span<const Expr> free = expr::free_symbols(e);
  std::vector<Expr> symbols(free.begin(), free.end());
  std::sort(symbols.begin(), symbols.end(), [](Expr a, Expr b) { return a->name < b->name; });
  return symbols;
}

bool is_unbacked(Expr symbol) { return symbol->has_unbacked; }

bool State::all_backed(Expr e) const {
  const std::span<const Expr> symbols = expr::free_symbols(e);
  return std::all_of(symbols.begin(), symbols.end(), [this](Expr s) { return is_backed(s); });
}

const Interval& State::range_of(Expr symbol) { return ranges.at(symbol); }

void State::set_range(Expr symbol, const Interval& range) {
  ++lessons;
  ranges.insert_or_assign(symbol, range);
  forget_all(bound_cache);
  asked_cache.clear();
}

// ShapeEnv.create_symbol
Expr State::create_symbol(std::int64_t hint, std::string_view source, DimDynamic dynamic, const Constraint& constraint,
                          bool positive, bool specialize_zero_one) {
  Constraint::Kind kind = constraint.kind;
  if (kind == Constraint::Kind::kStrictMinMax && constraint.range.is_singleton()) {
    if (constraint.range.lower != hint) {
      raise(ErrorType::kConstraintViolation,
            fmt::format("Static shape constraint of {} does not match input size of {}, for {}", constraint.range.lower,
                        hint, source));
    }
    dynamic = DimDynamic::kStatic;
    kind = Constraint::Kind::kNone;
  }
  if (dynamic == DimDynamic::kUnbacked) {
    const Expr symbol = new_unbacked("u", unbacked_ints++, true, Interval(ValueRange{0, kOo}));
    size_like.insert(symbol);
    sources[symbol].emplace_back(source);
    return symbol;
  }
  if (kind != Constraint::Kind::kNone) dynamic = DimDynamic::kDynamic;
  const bool zero_one = specialize_zero_one && (hint == 0 || hint == 1);
  if (dynamic == DimDynamic::kStatic || zero_one) return pool.integer(hint);
  const bool duck = dynamic == DimDynamic::kDuck;
  if (duck && duck_symbols.contains(hint)) {
    const Expr symbol = duck_symbols.at(hint);
    sources[symbol].emplace_back(source);
    return symbol;
  }
  const Expr symbol = new_backed_symbol(hint, source, positive, specialize_zero_one);
  if (duck) duck_symbols.emplace(hint, symbol);
  if (kind == Constraint::Kind::kStrictMinMax) update_range(symbol, Interval(constraint.range), true);
  const Interval& range = range_of(symbol);
  if (!range.contains(Number::integer(hint))) {
    raise(ErrorType::kConstraintViolation,
          fmt::format("{} not in range [{}, {}]", hint, range.lower.text(), range.upper.text()));
  }
  return symbol;
}

Expr State::new_backed_symbol(std::int64_t hint, std::string_view source, bool positive, bool specialize_zero_one) {
  const Expr symbol = pool.symbol(fmt::format("s{}", unique_ids.take(source_id(source))), positive, true);
  backed.push_back(symbol);
  hints.emplace(symbol, pool.integer(hint));
  forget_all(at_hints_cache);
  sources[symbol].emplace_back(source);
  set_range(symbol, positive ? Interval(ValueRange{specialize_zero_one ? 2 : 0, kOo}) : Interval::unknown_int());
  return symbol;
}

Expr State::new_unbacked(std::string_view prefix, int number, bool integer, const Interval& range) {
  note_change();
  const Expr symbol = pool.symbol(fmt::format("{}{}", prefix, number), false, integer);
  unbacked.push_back(symbol);
  if (!ignore_fresh) fresh_unbacked.push_back(symbol);
  set_range(symbol, range);
  return symbol;
}

// ShapeEnv._update_var_to_range
void State::update_range(Expr symbol, Interval range, bool is_constraint) {
  const Number two = Number::integer(2);
  if (range.upper < two && size_like.contains(symbol)) range = Interval(range.lower, two);
  const auto known = ranges.find(symbol);
  const Interval updated = known == ranges.end() ? range : intersect(known->second, range);
  if (known == ranges.end() || !(updated == known->second)) {
    if (known != ranges.end())
      note_lesson(*this, symbol, nullptr, {known->second.lower < updated.lower, updated.upper < known->second.upper});
    set_range(symbol, updated);
  }
  const auto hint = hints.find(symbol);
  if (hint == hints.end() || is_constraint || updated.contains(number_of(hint->second))) return;
  raise(ErrorType::kAssertionError, fmt::format("{} not in {}", expr::str(hint->second), updated.text()));
}

}  // namespace retrace::shapes
