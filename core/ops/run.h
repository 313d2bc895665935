// SPDX-License-Identifier: Apache-2.0
// One call of an operator with what happens around its kernel: autograd's checks and bookkeeping, version counts.
#pragma once
#include <vector>

#include "core/ops/call.h"

namespace retrace::ops {

/// Runs the rule of the call's schema (there is one). Autograd refuses in-place writes to leaves that require grad.
Results run(Call& call);

}  // namespace retrace::ops
