// SPDX-License-Identifier: Apache-2.0
// Max and Min: torch.utils._sympy.functions.MinMaxBase.
#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

Kind other_of(Kind kind) { return kind == Kind::kMax ? Kind::kMin : Kind::kMax; }
bool is_min_max(Expr e) { return e->kind == Kind::kMax || e->kind == Kind::kMin; }
bool holds(Expr e, Expr arg) { return std::find(e->args.begin(), e->args.end(), arg) != e->args.end(); }

void sort_unique(Args& args) {
  std::sort(args.begin(), args.end());
  args.erase(std::unique(args.begin(), args.end()), args.end());
  std::sort(args.begin(), args.end(), ordered_less);
}

/// cls(*args, evaluate=False)
Expr unevaluated(Pool& pool, Kind kind, Args args) {
  sort_unique(args);
  return args.size() == 1 ? args[0] : pool.make_raw(kind, args);
}

/// _new_args_filter; false: an argument absorbs everything.
bool filter(Kind kind, std::span<const Expr> in, Args& out) {
  const Kind zero = kind == Kind::kMax ? Kind::kInfinity : Kind::kNegInfinity;
  const Kind identity = kind == Kind::kMax ? Kind::kNegInfinity : Kind::kInfinity;
  for (Expr e : in) {
    if (is_boolean(e->kind) || e->kind == Kind::kNaN) {
      raise(ErrorType::kValueError, "The argument '" + str(e) + "' is not comparable.");
    }
    if (e->kind == zero) return false;
    if (e->kind == identity) continue;
    if (e->kind == kind)
      out.insert(out.end(), e->args.begin(), e->args.end());
    else
      out.push_back(e);
  }
  sort_unique(out);
  return true;
}

/// The most extreme number among nested Min/Max of this kind and the leading numbers of `args`.
void find_bound(Kind kind, Expr e, Expr& bound) {
  if (!is_min_max(e)) return;
  if (e->kind == kind && is_number(e->args[0])) {
    const int c = bound == nullptr ? 0 : compare_numbers(e->args[0], bound);
    if (bound == nullptr || (kind == Kind::kMax ? c > 0 : c < 0)) bound = e->args[0];
  }
  for (Expr a : e->args) find_bound(kind, a, bound);
}

/// Numerical redundancy: Max(3, Min(2, x)) is 3.
void drop_dominated(Pool& pool, Kind kind, Args& args) {
  if (!is_number(args[0])) return;
  Expr bound = nullptr;
  for (Expr a : args) find_bound(kind, a, bound);
  for (Expr a : args) {
    if (!is_number(a)) break;
    const int c = bound == nullptr ? 0 : compare_numbers(a, bound);
    if (bound == nullptr || (kind == Kind::kMax ? c > 0 : c < 0)) bound = a;
  }
  const Kind relation = kind == Kind::kMax ? Kind::kLt : Kind::kGt;
  std::erase_if(args, [&](Expr a) {
    return a->kind == other_of(kind) && make_relation(pool, relation, a->args[0], bound)->kind == Kind::kTrue;
  });
}

/// Removes `a` where it is repeated below `e`.
Expr without_repeats(Kind kind, Expr e, Expr a) {
  if (!is_min_max(e)) return e;
  const bool repeated = holds(e, a);
  if (repeated && e->kind != kind) return a;
  Args args;
  for (Expr i : e->args) {
    if (i != a) args.push_back(without_repeats(kind, i, a));
  }
  return unevaluated(*e->pool, e->kind, std::move(args));
}

/// Min(Max(x, y), Max(x, z)) -> Max(x, Min(y, z))
void factor_common(Pool& pool, Kind kind, Args& args) {
  Args others;
  Args remaining;
  for (Expr a : args) (a->kind == other_of(kind) ? others : remaining).push_back(a);
  if (others.empty()) return;
  Args common;
  for (Expr candidate : others[0]->args) {
    if (std::all_of(others.begin(), others.end(), [&](Expr o) { return holds(o, candidate); })) {
      common.push_back(candidate);
    }
  }
  if (common.empty()) return;
  Args differences;
  for (Expr o : others) {
    Args difference;
    for (Expr a : o->args) {
      if (std::find(common.begin(), common.end(), a) == common.end()) difference.push_back(a);
    }
    if (!difference.empty()) differences.push_back(unevaluated(pool, other_of(kind), difference));
  }
  if (differences.size() == others.size()) common.push_back(unevaluated(pool, kind, differences));
  remaining.push_back(unevaluated(pool, other_of(kind), common));
  args.swap(remaining);
}

void collapse(Pool& pool, Kind kind, Args& args) {
  drop_dominated(pool, kind, args);
  if (std::none_of(args.begin(), args.end(), is_min_max)) return;
  for (std::size_t i = 0; i < args.size(); ++i) {
    for (std::size_t j = i + 1; j < args.size(); ++j) args[j] = without_repeats(kind, args[j], args[i]);
  }
  if (args.size() > 1) factor_common(pool, kind, args);
}

/// _collapse_known_multiplicative_terms: Max(2*s, 3*s) is 3*s.
Expr same_term(Kind kind, Expr a, Expr b) {
  const auto [ca, ta] = as_coeff_mul(a);
  const auto [cb, tb] = as_coeff_mul(b);
  if (ta != tb) return nullptr;
  const int c = compare_numbers(ca, cb);
  if (c == 0) return a;
  bool a_smaller = c < 0;
  if (!ta->is_nonnegative) {
    if (is_nonpositive(ta) != true) return nullptr;
    a_smaller = c > 0;
  }
  return a_smaller == (kind == Kind::kMin) ? a : b;
}

/// _find_localzeros
void keep_extremes(Kind kind, Args& args) {
  Expr number = nullptr;
  Args others;
  for (Expr a : args) {
    if (!is_number(a)) {
      others.push_back(a);
    } else if (number == nullptr || (compare_numbers(a, number) > 0) == (kind == Kind::kMax)) {
      number = a;
    }
  }
  sort_unique(others);
  args.swap(others);
  if (number == nullptr) {
    if (args.size() != 2) return;
    if (Expr only = same_term(kind, args[0], args[1])) args.assign(1, only);
    return;
  }
  if (args.size() == 1) {
    const double v = to_double(number);
    if ((v == 0 && args[0]->is_nonnegative) || (v == 1 && args[0]->is_positive)) {
      if (kind == Kind::kMin) args.assign(1, number);
      return;
    }
  }
  args.push_back(number);
}

}  // namespace

Expr make_min_max(Pool& pool, Kind kind, std::span<const Expr> in) {
  const bool is_max = kind == Kind::kMax;
  Args args;
  if (!filter(kind, in, args)) return is_max ? pool.infinity() : pool.neg_infinity();
  if (!args.empty()) collapse(pool, kind, args);
  keep_extremes(kind, args);
  if (args.empty()) return is_max ? pool.neg_infinity() : pool.infinity();
  return unevaluated(pool, kind, std::move(args));
}

}  // namespace retrace::expr
