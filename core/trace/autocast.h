// SPDX-License-Identifier: Apache-2.0
// What torch.autocast on the CPU does to an operator's arguments (aten/src/ATen/autocast_mode.cpp).
//
// Some operators run in the lower precision, some in float32, some in the widest type among their arguments. The
// casts happen below the trace: they leave no nodes.
#pragma once
#include <vector>

#include "core/ops/schema.h"
#include "core/ops/value.h"
#include "core/trace/session.h"

namespace retrace::trace {

/// Replaces the tensors among `values` by what autocast hands to the operator.
void autocast(Session& session, const ops::Schema& schema, std::vector<Value>& values);

}  // namespace retrace::trace
