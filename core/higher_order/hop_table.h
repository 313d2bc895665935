// SPDX-License-Identifier: Apache-2.0
// Higher-order operator to rule (torch/_higher_order_ops). A rule traces the operator's bodies again, makes its
// node and tracks its results.
#pragma once
#include <string_view>

#include "core/trace/hop_context.h"

namespace retrace::higher_order {

/// By the name after "torch.ops.higher_order."; null: not supported.
trace::HopRule find_hop(std::string_view name);

}  // namespace retrace::higher_order
