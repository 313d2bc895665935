// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/shapes/constraints.h"
#include "core/shapes/interval.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;
using Spec = RangeRequest::Spec;

/// A dictionary that starts every entry at [0, int_oo].
ValueRange& entry(RangeConstraints& ranges, Expr key) {
  const auto known =
      std::find_if(ranges.begin(), ranges.end(), [key](const auto& range) { return range.first == key; });
  return known != ranges.end() ? known->second : ranges.emplace_back(key, ValueRange{0, kOo}).second;
}

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
std::string constrain_by_hint(ShapeEnv& env, RangeConstraints& ranges, const RangeRequest& request, Expr e) {
  const bool is_number = e->kind == Kind::kInteger;
  const ValueRange traced = is_number ? ValueRange{e->value, e->value} : entry(ranges, e);
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
    entry(ranges, e) = result;
    const Expr symbol = request.value.node();
    if (symbol->kind == Kind::kSymbol) env.set_range(symbol, intersect(env.range_of(symbol), wanted));
  }
  const bool specialized = request.spec == Spec::kDynamic && result.is_singleton();
  return specialized ? specialized_text(request, traced, result.lower) : std::string();
}

}  // namespace

RangeConstraints make_constraints(ShapeEnv& env, RangeConstraints initial, std::span<const RangeRequest> requests) {
  RangeConstraints ranges = std::move(initial);
  std::vector<Expr> symbols;
  std::string violations;
  for (const RangeRequest& request : requests) {
    const Expr e = env.replace(request.value).expression(env.pool());
    if (e->kind != Kind::kInteger) {
      const bool is_dim = request.spec == Spec::kDim;
      const ValueRange known = is_dim ? ValueRange{request.min.value_or(0), request.max.value_or(kOo)} : env.bound(e);
      ValueRange& range = entry(ranges, e);
      range = intersect(range, known);
      for (const Expr symbol : expr::free_symbols(e)) {
        if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end()) symbols.push_back(symbol);
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
  for (const Expr symbol : symbols) {
    const bool known = std::any_of(ranges.begin(), ranges.end(), [symbol](const auto& r) { return r.first == symbol; });
    if (!known) ranges.emplace_back(symbol, env.range_of(symbol));
  }
  return ranges;
}

}  // namespace retrace::shapes
