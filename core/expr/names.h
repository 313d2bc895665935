// SPDX-License-Identifier: Apache-2.0
// SymPy's class names, by kind and back.
#pragma once
#include <optional>
#include <string_view>

#include "core/expr/expr.h"

namespace retrace::expr {

/// "Add", "Eq", "StrictLessThan", ...: what can stand before a parenthesis. OpaqueUnaryFn_* apart.
std::optional<Kind> kind_of_function(std::string_view name);

}  // namespace retrace::expr
