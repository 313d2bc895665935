// SPDX-License-Identifier: Apache-2.0
// Out forms ("aten::add.out"): operators that write what their plain form gives to tensors given for it.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// The rule of an out form, made of its plain form's; null where the schema is none, or the plain form has no rule.
Rule out_form_rule(const Schema& schema);

}  // namespace retrace::ops
