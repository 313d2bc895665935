// SPDX-License-Identifier: Apache-2.0
// Dynamo's capture of a body (torch/_dynamo/variables/higher_order_ops.py): a body is traced over what surrounds it
// and the values it uses become its inputs.
#pragma once
#include <vector>

#include "core/trace/hop_context.h"

namespace retrace::higher_order {

/// What a capture refuses: writing to an input, giving a storage out twice.
struct Allowed {
  bool input_mutation = true;
  bool aliasing = true;
};

/// speculate_subgraph: the body traced over `operands`, one placeholder each.
trace::HopContext::Body speculate(trace::HopContext& context, const trace::GraphModule& body,
                                  const std::vector<trace::Traced>& operands, const Allowed& allowed);

/// set_subgraph_inputs="automatic": of a traced body's operands, the used ones in the order of their first use; the
/// body's placeholders become these.
std::vector<trace::Traced> lift_used(trace::HopContext& context, trace::GraphModule& body,
                                     const std::vector<trace::Traced>& operands);

/// _merge_graph_inputs: operands of two bodies that share one list. Both bodies' placeholders become these.
std::vector<trace::Traced> merge_used(trace::HopContext& context, trace::GraphModule& left, trace::GraphModule& right,
                                      const std::vector<trace::Traced>& operands);

}  // namespace retrace::higher_order
