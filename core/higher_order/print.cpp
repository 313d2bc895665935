// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/print.py: a call without a result.
#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

trace::Traced print(trace::HopContext& context, trace::HopCall& call) {
  return context.tracer().track(make_node(context, "print", call.args, call.kwargs), Value());
}

}  // namespace retrace::higher_order
