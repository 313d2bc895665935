// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/dim_constraints.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "core/base/failure.h"
#include "core/shapes/state.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;

/// Functions that the solver does not know (DimConstraints._has_unsupported_sympy_function).
bool is_unsupported(Expr e) {
  const std::vector<Expr> parts = sub_expressions(e);
  return std::any_of(parts.begin(), parts.end(), [](Expr part) {
    switch (part->kind) {
      case Kind::kAdd:
      case Kind::kMul:
      case Kind::kPow:
      case Kind::kFloorDiv:
      case Kind::kMod:
      case Kind::kPythonMod:
      case Kind::kPiecewise:
        return false;
      default:
        return !part->is_atom() && !expr::is_boolean(part->kind);
    }
  });
}

struct Linear {
  Number coefficient = Number::integer(0);
  Number constant = Number::integer(0);
};

/// e = coefficient * symbol + constant; absent: not linear.
std::optional<Linear> as_linear(Expr e, Expr symbol) {
  Linear linear;
  for (const Expr term : expr::add_args(e)) {
    if (expr::is_number(term->kind)) {
      linear.constant = add(linear.constant, number_of(term));
      continue;
    }
    const auto [factor, rest] = expr::as_coeff_mul(term);
    if (rest != symbol) return std::nullopt;
    linear.coefficient = add(linear.coefficient, number_of(factor));
  }
  return linear;
}

bool is_whole(const Linear& linear) {
  return linear.coefficient.kind == Number::Kind::kInt && linear.constant.kind == Number::Kind::kInt;
}

Wide floor_mod(Wide a, Wide m) { return ((a % m) + m) % m; }

}  // namespace

bool DimConstraints::add(Expr guard) {
  if (guard->kind == Kind::kTrue) return true;
  if (env_.at_hints(guard)->kind == Kind::kFalse) inconsistencies_.push_back(expr::str(guard) + " is inconsistent!");
  if (guard->kind == Kind::kNe || guard->kind == Kind::kOr || guard->kind == Kind::kAnd || is_unsupported(guard)) {
    return false;
  }
  const std::span<const Expr> symbols = expr::free_symbols(guard);
  if (symbols.size() != 1) {
    multivariate_.push_back(guard);
    return false;
  }
  const Expr symbol = symbols.front();
  const auto [place, is_new] = univariate_.try_emplace(symbol);
  if (is_new) {
    place->second.place = order_.size();
    order_.push_back(symbol);
  }
  const std::size_t before = place->second.congruences.size();
  const Expr rewritten = rewrite_with_congruences(symbol, guard);
  if (rewritten->kind == Kind::kTrue) return before == place->second.congruences.size();
  if (env_.at_hints(rewritten)->kind == Kind::kFalse) {
    inconsistencies_.push_back(expr::str(rewritten) + ", obtained by rewriting " + expr::str(guard) +
                               " with congruences, is inconsistent!");
  }
  add_linear(symbol, rewritten);
  return false;
}

void DimConstraints::add_equality(const Source& source, Expr e) {
  if (e->kind == Kind::kInteger) {
    solutions_[source.name].eq = e->value;
  } else {
    equivalences_.emplace_back(source.name, e);
  }
}

/// b // d becomes (b - k) / d and b % d becomes k, where k is b % d at the hints; that it stays k is a congruence.
Expr DimConstraints::rewrite_with_congruences(Expr symbol, Expr e) {
  std::vector<Expr> divisions;
  for (const Expr part : sub_expressions(e)) {
    if (part->kind == Kind::kFloorDiv || part->kind == Kind::kMod || part->kind == Kind::kPythonMod) {
      divisions.push_back(part);
    }
  }
  std::sort(divisions.begin(), divisions.end(), [](Expr a, Expr b) { return a->id < b->id; });
  expr::Substitution rewritten;
  for (const Expr division : divisions) {
    const Expr base = expr::substitute(division->args[0], rewritten);
    const Expr divisor = expr::substitute(division->args[1], rewritten);
    const Expr at_hints = env_.at_hints(env_.pool().make(Kind::kPythonMod, {base, divisor}));
    if (at_hints->kind != Kind::kInteger) continue;
    const std::optional<Linear> linear = as_linear(expr::sub(base, at_hints), symbol);
    if (linear && is_whole(*linear) && divisor->kind == Kind::kInteger && divisor->value > 0) {
      const Congruence congruence{linear->coefficient.num, linear->constant.num, divisor->value};
      std::vector<Congruence>& known = univariate_[symbol].congruences;
      const bool is_trivial =
          congruence.coefficient % congruence.modulus == 0 && congruence.constant % congruence.modulus == 0;
      if (!is_trivial && std::find(known.begin(), known.end(), congruence) == known.end()) known.push_back(congruence);
    }
    const bool is_quotient = division->kind == Kind::kFloorDiv;
    rewritten.emplace_back(division, is_quotient ? expr::div(expr::sub(base, at_hints), divisor) : at_hints);
  }
  try {
    return rewritten.empty() ? e : expr::substitute(e, rewritten);
  } catch (const Overflow&) {  // a comparison with sys.maxsize bounds no size
    return e;
  }
}

/// Bounds of the symbol from a relation between linear expressions of it; others teach nothing.
void DimConstraints::add_linear(Expr symbol, Expr relation) {
  Univariate& known = univariate_[symbol];
  if (relation->kind == Kind::kEq && !std::exchange(known.has_equality, true)) to_specialize_.insert(known.place);
  if (!expr::is_relational(relation->kind) || relation->kind == Kind::kEq) return;
  const std::optional<Linear> linear = as_linear(expr::expand(expr::sub(relation->args[0], relation->args[1])), symbol);
  if (!linear || sign(linear->coefficient) == 0) return;
  Kind kind = relation->kind;
  if (sign(linear->coefficient) < 0) kind = expr::mirrored(kind);
  const Number bound = mul(neg(linear->constant), Number::rational(linear->coefficient.den, linear->coefficient.num));
  const Limit limit{bound, kind == Kind::kLt || kind == Kind::kGt};
  const bool is_upper = kind == Kind::kLt || kind == Kind::kLe;
  std::optional<Limit>& place = is_upper ? known.max : known.min;
  const int order = place ? compare(limit.value, place->value) : 0;
  const bool tighter = !place || (is_upper ? order < 0 : order > 0) || (order == 0 && limit.strict);
  if (tighter) place = limit;
}

DimSolution DimConstraints::bounded(const Univariate& known) {
  DimSolution solution;
  const auto is_whole_number = [](const Limit& limit) { return limit.value.kind == Number::Kind::kInt; };
  if (known.min && !is_whole_number(*known.min)) {
    solution.fraction = known.min->value.text() + (known.min->strict ? " < {}" : " <= {}");
  } else if (known.min) {
    solution.min = static_cast<std::int64_t>(known.min->value.num + (known.min->strict ? 1 : 0));
  }
  if (known.max && !is_whole_number(*known.max)) {
    solution.fraction = (known.max->strict ? "{} < " : "{} <= ") + known.max->value.text();
  } else if (known.max) {
    solution.max = static_cast<std::int64_t>(known.max->value.num - (known.max->strict ? 1 : 0));
  }
  return solution;
}

void DimConstraints::raise_inconsistencies() {
  if (inconsistencies_.empty()) return;
  std::string message = "The following inconsistencies were found:";
  for (const std::string& line : inconsistencies_) message += "\n" + line;
  raise(ErrorType::kValueError, message);
}

void DimConstraints::solve(const std::map<std::string, std::string>& debug_names) {
  raise_inconsistencies();
  while (!to_specialize_.empty()) specialize(order_[to_specialize_.extract(to_specialize_.begin()).value()]);
  for (const Expr symbol : order_) {
    const Univariate& known = univariate_[symbol];
    if (known.has_equality) continue;
    solve_congruences(symbol, known, debug_names);
    DimSolution& solution = solutions_[first_source_(symbol)];
    const DimSolution bounds = bounded(known);
    solution.min = bounds.min;
    solution.max = bounds.max;
    solution.fraction = bounds.fraction;
    if (bounds.min && bounds.min == bounds.max) solution = {*bounds.min, {}, {}, {}};
  }
  for (const auto& [source, e] : equivalences_) {
    const Expr value = expr::substitute(e, specialized_);
    DimSolution& solution = solutions_[source];
    if (value->kind == Kind::kInteger) {
      solution.eq = value->value;
    } else {
      solution.eq = value;
    }
  }
}

/// The symbol has one value; guards on several symbols may now be on one.
void DimConstraints::specialize(Expr symbol) {
  const Expr value = env_.at_hints(symbol);
  specialized_.emplace_back(symbol, value);
  solutions_[first_source_(symbol)].eq = value->value;
  const expr::Substitution substitution = {{symbol, value}};
  for (const Expr guard : std::exchange(multivariate_, {})) add(expr::substitute(guard, substitution));
  raise_inconsistencies();
}

/// All congruences as one, symbol = remainder (mod modulus), told as symbol = modulus * _name - rest.
void DimConstraints::solve_congruences(Expr symbol, const Univariate& known,
                                       const std::map<std::string, std::string>& debug_names) {
  Wide remainder = 0;
  Wide modulus = 1;
  for (const Congruence& c : known.congruences) {
    if (c.coefficient == 0 || c.modulus % c.coefficient != 0 || c.constant % c.coefficient != 0) continue;
    const Wide m = c.modulus / c.coefficient < 0 ? -(c.modulus / c.coefficient) : c.modulus / c.coefficient;
    const Wide r = floor_mod(-(c.constant / c.coefficient), m);
    while (remainder % m != r) remainder += modulus;  // ends: the hint satisfies both
    modulus = std::lcm(static_cast<std::int64_t>(modulus), static_cast<std::int64_t>(m));
    remainder = floor_mod(remainder, modulus);
  }
  if (modulus == 1) return;
  const std::string source = first_source_(symbol);
  const auto name = debug_names.find(source);
  expr::Pool& pool = env_.pool();
  const Expr root = pool.symbol("_" + (name == debug_names.end() ? source : name->second), false, true);
  const Expr scaled = expr::mul(pool.integer(static_cast<std::int64_t>(modulus)), root);
  const Wide rest = floor_mod(-remainder, modulus);
  solutions_[source].eq = expr::sub(scaled, pool.integer(static_cast<std::int64_t>(rest)));
}

std::vector<std::pair<std::string, std::int64_t>> DimConstraints::forced_specializations() const {
  std::vector<std::pair<std::string, std::int64_t>> forced;
  for (const auto& [symbol, value] : specialized_) {
    if (marked_dynamic_.contains(symbol)) forced.emplace_back(first_source_(symbol), value->value);
  }
  return forced;
}

}  // namespace retrace::shapes
