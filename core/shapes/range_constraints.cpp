// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/shapes/constraints.h"
#include "core/shapes/interval.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;
using Spec = RangeRequest::Spec;

/// A dictionary that starts every entry at [0, int_oo] and keeps the order of insertion.
class Ranges {
 public:
  explicit Ranges(RangeConstraints initial) : all_(std::move(initial)) {
    for (std::size_t i = 0; i < all_.size(); ++i) places_.try_emplace(all_[i].first, i);
  }
  ValueRange& at(Expr key) {
    add(key, {0, kOo});
    return all_[places_.at(key)].second;
  }
  /// Unless there is an entry.
  void add(Expr key, const ValueRange& range) {
    if (places_.try_emplace(key, all_.size()).second) all_.emplace_back(key, range);
  }
  RangeConstraints take() { return std::move(all_); }

 private:
  RangeConstraints all_;
  std::unordered_map<Expr, std::size_t> places_;
};

std::string optional_text(const std::optional<std::int64_t>& bound) {
  return bound ? std::to_string(*bound) : std::string("None");
}

std::string bound_text(std::int64_t bound) { return Number::from_bound(bound).text(); }

std::string specialized_text(const RangeRequest& request, const ValueRange& traced, std::int64_t value) {
  const std::string spec = fmt::format("- Received user-specified dim hint Dim.DYNAMIC(min={}, max={}), but ",
                                       optional_text(request.min), optional_text(request.max));
  if (traced.is_singleton() && (request.hint == 0 || request.hint == 1)) {
    return spec + fmt::format("export 0/1 specialized due to hint of {} for dimension {}.", request.hint, request.path);
  }
  return spec + fmt::format("tracing inferred a static shape of {} for dimension {}.", value, request.path);
}

/// _constrain_user_specified_dimhint_range; the text of the violation, empty: none.
std::string constrain_by_hint(ShapeEnv& env, Ranges& ranges, const RangeRequest& request, Expr e) {
  const bool is_number = e->kind == Kind::kInteger;
  const ValueRange traced = is_number ? ValueRange{e->value, e->value} : ranges.at(e);
  const ValueRange wanted{request.min.value_or(0), request.max.value_or(kOo)};
  const ValueRange result{std::max(traced.lower, wanted.lower), std::min(traced.upper, wanted.upper)};
  if (wanted.lower > wanted.upper || result.lower > result.upper) {
    return fmt::format(
        "- Received user-specified min/max range of [{}, {}], conflicting with the inferred min/max range of [{}, {}], "
        "for {}.",
        optional_text(request.min), optional_text(request.max), bound_text(traced.lower), bound_text(traced.upper),
        request.path);
  }
  if (!is_number) {
    ranges.at(e) = result;
    const Expr symbol = request.value.node();
    if (symbol->kind == Kind::kSymbol) env.set_range(symbol, intersect(env.range_of(symbol), wanted));
  }
  const bool specialized = request.spec == Spec::kDynamic && result.is_singleton();
  return specialized ? specialized_text(request, traced, result.lower) : std::string();
}

}  // namespace

RangeConstraints make_constraints(ShapeEnv& env, RangeConstraints initial, std::span<const RangeRequest> requests) {
  Ranges ranges(std::move(initial));
  std::vector<Expr> symbols;
  std::unordered_set<Expr> seen;
  std::string violations;
  for (const RangeRequest& request : requests) {
    const Expr e = env.replace(request.value).expression(env.pool());
    if (e->kind != Kind::kInteger) {
      const bool is_dim = request.spec == Spec::kDim;
      const ValueRange known = is_dim ? ValueRange{request.min.value_or(0), request.max.value_or(kOo)}
                                      : env.bound(request.value.expression(env.pool()));
      ValueRange& range = ranges.at(e);
      range = intersect(range, known);
      for (const Expr symbol : expr::free_symbols(e)) {
        if (seen.insert(symbol).second) symbols.push_back(symbol);
      }
    }
    const bool is_hint = request.spec != Spec::kNone && request.spec != Spec::kDim;
    if (!is_hint) continue;
    const std::string violation = constrain_by_hint(env, ranges, request, e);
    if (!violation.empty()) violations += (violations.empty() ? "" : "\n") + violation;
  }
  if (!violations.empty()) {
    raise(ErrorType::kValueError,
          "Found the following conflicts between user-specified ranges and inferred ranges from model tracing:\n" +
              violations);
  }
  for (const Expr symbol : symbols) ranges.add(symbol, env.range_of(symbol));
  return ranges.take();
}

}  // namespace retrace::shapes
