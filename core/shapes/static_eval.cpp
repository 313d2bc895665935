// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/shapes/state.h"

namespace retrace::shapes {

using expr::Expr;
using expr::Kind;
using State = ShapeEnv::State;

namespace {

bool is_constant(Expr e) { return expr::is_number(e->kind) || e->kind == Kind::kTrue || e->kind == Kind::kFalse; }

/// ShapeEnv.get_implications: predicates that follow from a fact, with their truth.
class Implications {
 public:
  explicit Implications(Expr fact) : pool_(*fact->pool) {
    add(fact);
    switch (fact->kind) {
      case Kind::kEq:
        add(raw(Kind::kLe, fact->args[0], fact->args[1]));
        add(raw(Kind::kGe, fact->args[0], fact->args[1]));
        break;
      case Kind::kLt:
        add_less(fact->args[0], fact->args[1]);
        break;
      case Kind::kLe:
        add(raw(Kind::kLt, fact->args[0], expr::add(fact->args[1], pool_.integer(1))));
        break;
      default:
        break;
    }
  }
  [[nodiscard]] const std::vector<std::pair<Expr, bool>>& all() const { return all_; }

 private:
  Expr raw(Kind kind, Expr a, Expr b) { return pool_.make_raw(kind, {a, b}); }

  void add_less(Expr lhs, Expr rhs) {
    add(raw(Kind::kLe, lhs, rhs));
    add(raw(Kind::kNe, lhs, rhs));
    if (lhs->is_integer && rhs->is_integer) add(raw(Kind::kLe, lhs, expr::sub(rhs, pool_.integer(1))));
  }

  void add(Expr fact) {
    const Expr e = expr::canonicalize_bool_expr(fact);
    if (e->kind != Kind::kEq && e->kind != Kind::kNe) {
      all_.emplace_back(e, true);
      all_.emplace_back(expr::canonicalize_bool_expr(expr::logical_not(e)), false);
      return;
    }
    const Kind opposite = e->kind == Kind::kEq ? Kind::kNe : Kind::kEq;
    all_.emplace_back(raw(e->kind, e->args[0], e->args[1]), true);
    all_.emplace_back(raw(e->kind, e->args[1], e->args[0]), true);
    all_.emplace_back(raw(opposite, e->args[0], e->args[1]), false);
    all_.emplace_back(raw(opposite, e->args[1], e->args[0]), false);
  }

  expr::Pool& pool_;
  std::vector<std::pair<Expr, bool>> all_;
};

bool compares_symbol_with_integer(Expr e) {
  if (!expr::is_relational(e->kind)) return false;
  const Kind a = e->args[0]->kind;
  const Kind b = e->args[1]->kind;
  return (a == Kind::kSymbol && b == Kind::kInteger) || (a == Kind::kInteger && b == Kind::kSymbol);
}

}  // namespace

namespace {

/// The distinct truth values in an expression, the whole first.
std::vector<Expr> propositions(Expr e) {
  const auto asks = [](Expr part) { return (part->kinds & expr::kBooleanKinds) != 0; };
  std::vector<Expr> found;
  std::unordered_set<Expr> seen;
  if (asks(e)) found.push_back(e);
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Expr arg : found[i]->args) {
      if (asks(arg) && seen.insert(arg).second) found.push_back(arg);
    }
  }
  return found;
}

}  // namespace

std::vector<Expr> sub_expressions(Expr e) {
  std::vector<Expr> found = {e};
  std::unordered_set<Expr> seen = {e};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Expr arg : found[i]->args) {
      if (seen.insert(arg).second) found.push_back(arg);
    }
  }
  return found;
}

Interval State::bound(Expr e) {
  const auto lookup = [this](Expr symbol) -> const Interval* {
    const auto known = ranges.find(symbol);
    return known == ranges.end() ? nullptr : &known->second;
  };
  return bound_sympy(e, lookup, bound_cache);
}

Interval State::bound_size_oblivious(Expr e) {
  const Interval sizes(ValueRange{2, kOo});
  return bound_sympy(e, [&](Expr symbol) -> const Interval* {
    if (size_like.contains(symbol)) return &sizes;
    const auto known = ranges.find(symbol);
    return known == ranges.end() ? nullptr : &known->second;
  });
}

void State::add_axioms(Expr fact) {
  ++lessons;
  try {
    const Implications implied(fact);
    for (const auto& [predicate, holds] : implied.all()) axioms.insert_or_assign(predicate, pool.boolean(holds));
  } catch (const Overflow&) {  // says nothing within 64 bits
  }
}

Expr State::apply_axioms(Expr e) {
  if (resimplify_floor_div_axioms) {
    resimplify_floor_div_axioms = false;
    ++lessons;
    std::vector<std::pair<Expr, Expr>> simplified;
    for (const auto& [predicate, truth] : axioms) {
      const bool divides = expr::has_kind(predicate, Kind::kFloorDiv) || expr::has_kind(predicate, Kind::kCleanDiv);
      if (divides) simplified.emplace_back(simplify(predicate), truth);
    }
    for (const auto& [predicate, truth] : simplified) axioms.insert_or_assign(predicate, truth);
  }
  if (axioms.empty()) return e;
  expr::Substitution known;
  for (const Expr part : propositions(e)) {
    const auto found = axioms.find(part);
    if (found != axioms.end()) known.emplace_back(part, found->second);
  }
  return known.empty() ? e : expr::substitute(e, known);
}

/// Any sum of non-negative terms is >= 0 (ShapeEnv._maybe_fast_eval_comparison).
bool State::holds_as_nonnegative_sum(Expr e) {
  if (e->args.size() != 2) return false;
  Expr total = nullptr;
  if (e->kind == Kind::kGe && expr::is_integer_value(e->args[1], 0)) total = e->args[0];
  if (e->kind == Kind::kLe && expr::is_integer_value(e->args[0], 0)) total = e->args[1];
  if (total == nullptr) return false;
  for (const Expr term : expr::add_args(total)) {
    if (term->kind == Kind::kSymbol) {
      const auto known = ranges.find(term);
      if (known == ranges.end() || sign(known->second.lower) < 0) return false;
    } else if (!expr::is_number(term->kind) || sign(number_of(term)) < 0) {
      return false;
    }
  }
  return true;
}

// ShapeEnv._maybe_evaluate_static; null: not known.
Expr State::maybe_evaluate_static(Expr e, StaticMode mode) {
  const CacheKey key{e, static_cast<std::uint32_t>(mode)};
  if (const Expr* known = static_cache.find(key, version)) return *known;
  Expr result = nullptr;
  try {
    result = evaluate_static_uncached(e, mode);
  } catch (const Overflow&) {  // a comparison with sys.maxsize: intervals know infinity
    const Interval out = bound(e);
    result = out.is_singleton() ? expression_of(pool, out.lower) : mode == StaticMode::kUnbackedOnly ? e : nullptr;
  }
  static_cache.put(key, version, result);
  return result;
}

Expr State::evaluate_static_uncached(Expr e, StaticMode mode) {
  Expr simplified = simplify(e);
  if (mode == StaticMode::kHint) simplified = at_hints(simplified);
  simplified = expr::canonicalize_bool_expr(simplified);
  if (mode != StaticMode::kNoAxioms) simplified = apply_axioms(simplified);
  return is_constant(simplified) ? simplified : static_worker(simplified, mode == StaticMode::kUnbackedOnly);
}

// _maybe_evaluate_static_worker
Expr State::static_worker(Expr e, bool unbacked_only) {
  const std::span<const Expr> symbols = expr::free_symbols(e);
  if (interval_answers == nullptr || unbacked_only || symbols.size() > IntervalAnswers::kMostSymbols) {
    return ask_intervals(e, unbacked_only);
  }
  IntervalAnswers::Ranges known_ranges;
  for (const Expr symbol : symbols) known_ranges.push_back(&range_of(symbol));
  if (const Expr* known = interval_answers->find(e, known_ranges)) return *known;
  const Expr result = ask_intervals(e, false);
  interval_answers->put(e, known_ranges, result);
  return result;
}

/// Symbols are shifted so that they start at 1, then intervals decide.
Expr State::ask_intervals(Expr e, bool unbacked_only) {
  if (compares_symbol_with_integer(e)) {  // the shift teaches nothing new
    const Interval out = bound(e);
    if (out.is_singleton()) return expression_of(pool, out.lower);
    if (!unbacked_only) return nullptr;
  }
  expr::Substitution shifts;
  std::unordered_map<Expr, Interval> shifted_ranges;
  int index = 0;
  for (const Expr symbol : sorted_symbols(e)) {
    const int place = index++;
    const Interval& range = range_of(symbol);
    if (range.lower.is_infinite() || (unbacked_only && is_backed(symbol)) || !range.is_int()) {
      shifted_ranges.emplace(symbol, range);
      continue;
    }
    const Expr fresh = pool.symbol(fmt::format("evaluate_static_shape_{}", place), true, true);
    const Number offset = add(range.lower, Number::integer(-1));
    shifts.emplace_back(symbol, expr::add(fresh, expression_of(pool, offset)));
    shifted_ranges.emplace(fresh, Interval(add(range.lower, neg(offset)), add(range.upper, neg(offset))));
  }
  const Expr moved = shifts.empty() ? e : expr::substitute(e, shifts);
  const Expr canonical = expr::canonicalize_bool_expr(safe_expand(moved));
  if (is_constant(canonical)) return canonical;
  const Interval out = bound_sympy(canonical, [&](Expr symbol) -> const Interval* {
    const auto known = shifted_ranges.find(symbol);
    return known == shifted_ranges.end() ? nullptr : &known->second;
  });
  if (out.is_singleton()) return expression_of(pool, out.lower);
  return unbacked_only ? canonical : nullptr;
}

}  // namespace retrace::shapes
