// SPDX-License-Identifier: Apache-2.0
// The recorded result of a node, for operators that nobody here knows the rule of.
#pragma once
#include "core/trace/tracer.h"

namespace retrace::trace {

/// Fake values from the recorded metadata. A symbol of a recorded argument is what the traced argument (`args`, as
/// `node.inputs`) has in its place; other symbols that this trace does not have become fresh unbacked ones.
Value recorded_result(Session& session, const ir::Node& node, const ir::Graph& graph, const std::vector<Value>& args);

}  // namespace retrace::trace
