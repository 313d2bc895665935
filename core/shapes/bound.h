// SPDX-License-Identifier: Apache-2.0
// Interval analysis of expressions: torch.utils._sympy.value_ranges bound_sympy.
#pragma once
#include <functional>
#include <unordered_map>

#include "core/shapes/interval.h"

namespace retrace::shapes {

/// The interval of a symbol; null: only its assumptions are known.
using RangeLookup = std::function<const Interval*(expr::Expr symbol)>;
/// Results by expression, valid as long as the ranges do not change.
using BoundCache = std::unordered_map<expr::Expr, Interval>;

Interval bound_sympy(expr::Expr e, const RangeLookup& range_of, BoundCache& cache);
Interval bound_sympy(expr::Expr e, const RangeLookup& range_of);

}  // namespace retrace::shapes
