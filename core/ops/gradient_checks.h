// SPDX-License-Identifier: Apache-2.0
// Arguments that autograd has no formula for: they must not require grad.
#pragma once
#include <string_view>

#include "core/ops/call.h"

namespace retrace::ops {

/// VariableTypeUtils.h check_no_requires_grad, of each argument that the operator has no formula for.
void check_gradient_formulas(Call& call);
/// The same of one argument, where an operator of a composite one says so.
void check_no_gradient(Call& call, const Value& value, std::string_view argument, std::string_view says_so);

}  // namespace retrace::ops
