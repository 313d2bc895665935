// SPDX-License-Identifier: Apache-2.0
// One call of an operator with what happens around its kernel: autograd's checks and bookkeeping, version counts.
#pragma once
#include "core/ops/call.h"
#include "core/ops/call_memo.h"
#include "core/ops/operator.h"

namespace retrace::ops {

/// Runs the operator's rule (there is one), unless the memo knows what it gives. Autograd refuses in-place writes to
/// leaves that require grad.
Results run(const Operator& op, Call& call, CallMemo* memo);
/// The same by the call's schema, without a memo.
Results run(Call& call);

}  // namespace retrace::ops
