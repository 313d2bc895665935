// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/shapes/questions.h"
#include "core/shapes/state.h"

namespace retrace::shapes {

using expr::Expr;
using expr::Kind;
using State = ShapeEnv::State;

namespace {

/// Number of an unbacked symbol ("u12", "zuf3").
int unbacked_index(Expr symbol) {
  const std::string_view name = symbol->name;
  const std::size_t start = std::min(name.find_first_of("0123456789"), name.size());
  int index = 0;
  std::from_chars(name.data() + start, name.data() + name.size(), index);
  return index;
}

/// The unbacked symbol made last; null: none.
Expr newest_unbacked(Expr e) {
  Expr newest = nullptr;
  for (const Expr symbol : expr::free_symbols(e)) {
    if (!is_unbacked(symbol)) continue;
    const bool newer = newest == nullptr || std::pair(unbacked_index(newest), newest->name) <
                                                std::pair(unbacked_index(symbol), symbol->name);
    if (newer) newest = symbol;
  }
  return newest;
}

bool is_boolean_atom(Expr e) { return e->kind == Kind::kTrue || e->kind == Kind::kFalse; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Expr State::at_hints(Expr e) {
  if (!expr::has_kind(e, Kind::kSymbol)) return e;
  if (const auto done = at_hints_cache.find(e); done != at_hints_cache.end()) return done->second;
  expr::Substitution known;
  for (const Expr symbol : expr::free_symbols(e)) {
    const auto hint = hints.find(symbol);
    if (hint != hints.end()) known.emplace_back(symbol, hint->second);
  }
  const Expr result = known.empty() ? e : expr::substitute(e, known);
  at_hints_cache.emplace(e, result);
  return result;
}

// ShapeEnv.evaluate_expr
Expr State::evaluate(Expr e, bool has_hint, std::optional<bool> fallback) {
  const CacheKey key{e, (has_hint ? 1U : 0U) | (!fallback ? 0U : *fallback ? 4U : 2U) | (guards_suppressed ? 8U : 0U)};
  if (recording != nullptr) recording->asked.push_back(key);
  if (const Expr* known = evaluate_cache.find(key)) return *known;
  const Expr result = evaluate_uncached(e, has_hint, fallback);
  evaluate_cache.put(key, result);
  return result;
}

Expr State::evaluate_uncached(Expr e, bool has_hint, std::optional<bool> fallback) {
  if (is_boolean_atom(e) || expr::is_number(e->kind)) return e;
  if (holds_as_nonnegative_sum(e)) return pool.boolean(true);
  if (const Expr known = maybe_evaluate_static(e)) return known;
  Expr asked = e;
  if (!all_backed(e)) {
    asked = maybe_evaluate_static(e, StaticMode::kUnbackedOnly);
    if (!all_backed(asked)) {
      if (fallback) return pool.boolean(*fallback);
      raise_data_dependent(at_hints(e), e);
    }
  }
  const Expr concrete = has_hint ? at_hints(e) : concrete_value(e);
  add_guard(asked, concrete);
  return concrete;
}

/// guarding_hint_or_throw, or what earlier assertions imply at the hints.
Expr State::concrete_value(Expr e) {
  const Expr value = at_hints(replace(e));
  if (!value->has_unbacked) return value;
  if (const Expr known = maybe_evaluate_static(e, StaticMode::kHint)) return known;
  raise_data_dependent(value, value);
}

void State::add_guard(Expr e, Expr concrete) {
  if (guards_suppressed) return;
  Expr guard = e;
  if (concrete->kind == Kind::kFalse) {
    guard = expr::logical_not(e);
  } else if (concrete->kind != Kind::kTrue) {
    guard = pool.make(Kind::kEq, {e, concrete});
  }
  maybe_guard_rel(guard);
  guards.push_back({guard});
  add_axioms(simplify(guard));
}

// SymNode.expect_true
bool State::expect_true(Expr e, bool has_hint, std::string_view message) {
  if (has_hint && !e->has_unbacked) return evaluate(e, true)->kind == Kind::kTrue;
  return guard_or_defer_runtime_assert(e, message);
}

bool State::guard_or_defer_runtime_assert(Expr e, std::string_view message) {
  note_change();  // of another memo's order of use
  const CacheKey key{e, static_cast<std::uint32_t>(std::hash<std::string_view>()(message))};
  if (const bool* known = runtime_assert_cache.find(key)) return *known;
  const bool result = assert_at_runtime(e, message);
  runtime_assert_cache.put(key, result);
  return result;
}

bool State::assert_at_runtime(Expr e, std::string_view message) {
  if (holds_as_nonnegative_sum(e)) return true;
  if (const Expr known = maybe_evaluate_static(e)) return known->kind == Kind::kTrue;
  const Expr asked = maybe_evaluate_static(e, StaticMode::kUnbackedOnly);
  if (all_backed(asked)) return evaluate(asked, false)->kind == Kind::kTrue;
  defer(e, message);
  return true;
}

void State::defer(Expr e, std::string_view message) {
  if (guards_suppressed) return;
  maybe_guard_rel(e);
  const Expr canonical = expr::canonicalize_bool_expr(e);
  const Expr key = newest_unbacked(canonical);
  auto pending = std::find_if(deferred.begin(), deferred.end(), [key](const auto& p) { return p.symbol == key; });
  if (pending == deferred.end()) pending = deferred.insert(deferred.end(), PendingAsserts{key, {}});
  ++lessons;
  pending->asserts.push_back({canonical, std::string(message)});
  add_axioms(simplify(canonical));
  ++deferred_count;
  update_version();
}

// ShapeEnv._make_data_dependent_error, without its advice on logging.
void State::raise_data_dependent(Expr e, Expr unhinted) {
  std::vector<std::string> size_like_names;
  for (const Expr symbol : sorted_symbols(e)) {
    if (size_like.contains(symbol)) size_like_names.emplace_back(symbol->name);
  }
  const std::string_view what = e->is_integer ? "Could not extract specialized integer from data-dependent expression"
                                              : "Could not guard on data-dependent expression";
  const std::string_view advice = e->is_integer ? ""
                                                : "consider using data-dependent friendly APIs such as guard_or_false, "
                                                  "guard_or_true and statically_known_true.";
  raise(ErrorType::kDataDependent,
        fmt::format("{} {} (unhinted: {}).  (Size-like symbols: {})\n\n{}\n", what, expr::str(e), expr::str(unhinted),
                    size_like_names.empty() ? "none" : joined(size_like_names), advice));
}

}  // namespace retrace::shapes
