// SPDX-License-Identifier: Apache-2.0
// Arguments that autograd has no formula for: they must not require grad.
#pragma once
#include <span>
#include <string_view>

#include "core/ops/call.h"
#include "core/ops/operator.h"

namespace retrace::ops {

/// Those of an operator, by the schema's name.
std::span<const WithoutFormula> arguments_without_formula(std::string_view operation);
/// VariableTypeUtils.h check_no_requires_grad.
void check_no_gradient(Call& call, const Value& value, std::string_view argument, std::string_view says_so);

}  // namespace retrace::ops
