// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/shapes/state.h"

namespace retrace::shapes {

using expr::Expr;
using expr::Kind;
using State = ShapeEnv::State;

namespace {

bool is_subset(const std::vector<Expr>& part, const std::vector<Expr>& whole) {
  return std::all_of(part.begin(), part.end(),
                     [&whole](Expr e) { return std::find(whole.begin(), whole.end(), e) != whole.end(); });
}

bool has_floor_div(Expr e) { return expr::has_kind(e, Kind::kFloorDiv) || expr::has_kind(e, Kind::kCleanDiv); }

}  // namespace

Expr safe_expand(Expr e) {
  const bool connective = e->kind == Kind::kAnd || e->kind == Kind::kOr || e->kind == Kind::kNot;
  return connective ? e : expr::expand(e);
}

// ShapeEnv._update_version_counter
void State::update_version() {
  const std::array<std::size_t, 3> key = {replacements.size(), divisible.size(), deferred_count};
  if (key[1] != version_key[1]) resimplify_floor_div_axioms = true;
  if (key == version_key) return;
  version_key = key;
  ++version;
  ++lessons;
  divisible_is_current = false;
}

// ShapeEnv._find. A replacement's symbols are resolved first; none leads back to its own symbol.
Expr State::find(Expr symbol) {
  const auto is_replaced = [this](Expr inner) { return replacements.contains(inner); };
  const auto known = replacements.find(symbol);
  if (known == replacements.end()) return symbol;
  if (std::ranges::none_of(expr::free_symbols(known->second), is_replaced)) return known->second;
  std::vector<Expr> pending = {symbol};
  std::unordered_set<Expr> entered;
  while (!pending.empty()) {
    const Expr next = pending.back();
    if (!entered.insert(next).second) {
      pending.pop_back();
      resolve(next);
      continue;
    }
    for (const Expr inner : expr::free_symbols(replacements.at(next))) {
      if (is_replaced(inner) && !entered.contains(inner)) pending.push_back(inner);
    }
  }
  return replacements.at(symbol);
}

/// The symbols of a replacement replaced, which are resolved already.
void State::resolve(Expr symbol) {
  const Expr target = replacements.at(symbol);
  expr::Substitution resolved;
  for (const Expr inner : expr::free_symbols(target)) {
    const auto known = replacements.find(inner);
    if (known != replacements.end()) resolved.emplace_back(inner, known->second);
  }
  if (!resolved.empty()) set_replacement(symbol, expr::substitute(target, resolved));
}

Expr State::replace(Expr e) {
  if (replacements.empty() || expr::is_number(e->kind)) return e;
  if (const Expr* known = replace_cache.find({e}, version)) return *known;
  expr::Substitution resolved;
  for (const Expr symbol : expr::free_symbols(e)) {
    const Expr target = find(symbol);
    if (target != symbol) resolved.emplace_back(symbol, target);
  }
  const Expr result = resolved.empty() ? e : safe_expand(expr::substitute(e, resolved));
  replace_cache.put({e}, version, result);
  return result;
}

/// SymNode's `%`: Mod where both sides are known not to be negative.
Expr State::as_asked(Expr e) {
  e = replace(e);
  if (!expr::has_kind(e, Kind::kPythonMod)) return e;
  note_reading();
  if (const Expr* known = asked_cache.find({e}, version)) return *known;
  expr::Substitution natural;
  for (const Expr mod : expr::find_all(e, Kind::kPythonMod)) {
    if (is_known_nonnegative(mod->args[0]) && is_known_nonnegative(mod->args[1])) {
      natural.emplace_back(mod, pool.make(Kind::kMod, {mod->args[0], mod->args[1]}));
    }
  }
  const Expr result = natural.empty() ? e : expr::substitute(e, natural);
  asked_cache.put({e}, version, result);
  return result;
}

void State::update_divisible() {
  if (divisible_is_current) return;
  divisible_is_current = true;
  std::vector<Expr> settled;
  for (const Expr e : divisible) {
    if (expr::is_number(replace(e)->kind)) settled.push_back(e);
  }
  for (const Expr e : settled) divisible.erase(e);
  update_version();
}

/// CleanDiv is a FloorDiv to SymPy.
const Divisions& State::divisions_in(Expr e) {
  if (const auto known = divisions.find(e); known != divisions.end()) return known->second;
  Divisions found;
  for (const Kind kind : {Kind::kFloorDiv, Kind::kCleanDiv}) {
    for (const Expr atom : expr::find_all(e, kind)) found.push_back({atom, pool.make(Kind::kMod, atom->args)});
  }
  constexpr std::size_t kMostRemembered = 1U << 16U;
  if (divisions_held > kMostRemembered) divisions.clear(), divisions_held = 0;
  divisions_held += found.size();
  return divisions.emplace(e, std::move(found)).first->second;
}

bool State::is_divisible(Expr base, Expr divisor) { return leaves_nothing(pool.make(Kind::kMod, {base, divisor})); }

// ShapeEnv.simplify
Expr State::simplify(Expr e) {
  if (e->is_atom() && e->kind != Kind::kSymbol) return e;
  if (const Expr* known = simplify_cache.find({e}, version)) return *known;
  Expr result = replace(safe_expand(e));
  if (expr::has_kind(result, Kind::kMax)) result = simplify_max(result);
  if (expr::has_kind(result, Kind::kTruncToInt)) result = simplify_trunc(result);
  if (has_floor_div(result)) result = simplify_nested_floor_div(result);
  if (has_floor_div(result)) result = simplify_clean_div(result);
  simplify_cache.put({e}, version, result);
  return result;
}

/// Max(0, x), Max(1, x) is x where x is known to be as large.
Expr State::simplify_max(Expr e) {
  expr::Substitution known;
  for (const Expr atom : expr::find_all(e, Kind::kMax)) {
    if (atom->args.size() > 2) continue;
    Expr a = atom->args[0];
    Expr b = atom->args[1];
    if (expr::is_integer_value(b, 0) || expr::is_integer_value(b, 1)) std::swap(a, b);
    if (!expr::is_integer_value(a, 0) && !expr::is_integer_value(a, 1)) continue;
    const Expr answer = maybe_evaluate_static(pool.make(Kind::kGe, {b, a}));
    if (answer != nullptr && answer->kind == Kind::kTrue) known.emplace_back(atom, b);
  }
  return known.empty() ? e : expr::substitute(e, known);
}

/// TruncToInt(IntTrueDiv(a, b)) is a // b.
Expr State::simplify_trunc(Expr e) {
  expr::Substitution known;
  for (const Expr atom : expr::find_all(e, Kind::kTruncToInt)) {
    const Expr quotient = atom->args[0];
    if (quotient->kind != Kind::kIntTrueDiv) continue;
    const bool clean = expr::is_integer_value(pool.make(Kind::kMod, quotient->args), 0);
    known.emplace_back(atom, pool.make(clean ? Kind::kCleanDiv : Kind::kFloorDiv, quotient->args));
  }
  return known.empty() ? e : expr::substitute(e, known);
}

/// a // (a // b) is b where everything divides.
Expr State::simplify_nested_floor_div(Expr e) {
  update_divisible();
  expr::Substitution known;
  for (const auto& [atom, remainder] : divisions_in(e)) {
    const Expr base = atom->args[0];
    const Expr divisor = atom->args[1];
    if (divisor->kind != Kind::kFloorDiv && divisor->kind != Kind::kCleanDiv) continue;
    if (base != divisor->args[0] || !leaves_nothing(remainder)) continue;
    if (is_divisible(base, divisor->args[1])) known.emplace_back(atom, divisor->args[1]);
  }
  return known.empty() ? e : safe_expand(expr::substitute(e, known));
}

Expr State::simplify_clean_div(Expr e) {
  expr::Substitution known;
  for (const auto& [atom, remainder] : divisions_in(e)) {
    if (leaves_nothing(remainder)) known.emplace_back(atom, pool.make(Kind::kCleanDiv, atom->args));
  }
  if (known.empty()) return e;
  const Expr rewritten = safe_expand(expr::substitute(e, known));
  const bool no_new_division =
      is_subset(expr::find_all(rewritten, Kind::kPow), expr::find_all(e, Kind::kPow)) &&
      is_subset(expr::find_all(rewritten, Kind::kRational), expr::find_all(e, Kind::kRational));
  return no_new_division ? rewritten : e;
}

}  // namespace retrace::shapes
