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
/// Values that no node of the current graph stands for.
std::vector<trace::Traced> plain(const std::vector<Value>& values);
std::vector<trace::Traced> appended(std::vector<trace::Traced> a, const std::vector<trace::Traced>& b);
trace::Traced graph_argument(std::shared_ptr<trace::GraphModule> module);
/// A Python tuple of traced values.
trace::Traced tuple_of(std::vector<trace::Traced> items);

/// One operator on fake values, without a node.
ops::Results run_all(trace::Session& session, std::string_view name, std::vector<Value> args);
FakeTensor& run_one(trace::Session& session, std::string_view name, std::vector<Value> args);
/// Tensor.clone; a constant's values are not known of the copy. Numbers stay.
Value clone(trace::Session& session, const Value& value);
std::vector<Value> cloned(trace::Session& session, const std::vector<Value>& values);
std::vector<Value> joined(std::vector<Value> a, const std::vector<Value>& b);
/// An unbacked symbol that no node has to give (ignore_fresh_unbacked_symbols).
SymInt unseen_symbol(shapes::ShapeEnv& env);

/// py_autograd_impl: does the operator run as an autograd function?
bool needs_autograd(const trace::Session& session, const std::vector<Value>& operands);
/// HigherOrderOperator.gen_schema, which an autograd function asks first: a body is traced once more, and may not
/// write to its inputs.
void trace_for_schema(trace::HopContext& context, const trace::GraphModule& body, const std::vector<Value>& operands);

/// The call's node over these arguments, standing for `result`.
trace::Traced emit(trace::HopContext& context, std::string_view name, const std::vector<trace::Traced>& args,
                   const Value& result);
/// The call's node, made before its result is known.
trace::Node& make_node(trace::HopContext& context, std::string_view name, const std::vector<trace::Traced>& args,
                       const std::vector<trace::NamedTraced>& kwargs = {});
/// What a body gives: a bare value, or a tuple.
Value result_of(const trace::GraphModule& body, const std::vector<Value>& results);

}  // namespace retrace::higher_order
