// SPDX-License-Identifier: Apache-2.0
// The advice below a constraint violation: which Dims to declare instead (DimConstraints.prettify_results).
#pragma once
#include <functional>
#include <string>

#include "core/shapes/constraints.h"
#include "core/shapes/dim_constraints.h"

namespace retrace::shapes {

/// Forced specialisations and "Suggested fixes:" lines; empty when no Dim is named.
std::string suggested_fixes(expr::Pool& pool, const DimConstraints& solver, const ConstraintCheck& check,
                            const std::function<std::string(expr::Expr)>& first_source);

}  // namespace retrace::shapes
