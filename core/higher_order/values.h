// SPDX-License-Identifier: Apache-2.0
// Steps that several higher-order operators share.
#pragma once
#include <string>
#include <vector>

#include "core/trace/hop_context.h"

namespace retrace::higher_order {

/// The body that an argument is. Raises TypeError for anything else.
const trace::GraphModule& body_of(const trace::HopCall& call, std::size_t arg);
/// An argument that is a list (or several values), as traced values.
const std::vector<trace::Traced>& list_of(const trace::HopCall& call, std::size_t arg);
std::vector<Value> values_of(const std::vector<trace::Traced>& traced);
trace::Traced graph_argument(std::shared_ptr<trace::GraphModule> module);
/// A Python tuple of traced values.
trace::Traced tuple_of(std::vector<trace::Traced> items);

/// One operator on fake values, without a node.
FakeTensor& run_one(trace::Session& session, std::string_view name, std::vector<Value> args);
/// The call's node over these arguments, standing for `result`.
trace::Traced emit(trace::HopContext& context, std::string_view name, const std::vector<trace::Traced>& args,
                   const Value& result);
/// The call's node, made before its result is known.
trace::Node& make_node(trace::HopContext& context, std::string_view name, const std::vector<trace::Traced>& args);

}  // namespace retrace::higher_order
