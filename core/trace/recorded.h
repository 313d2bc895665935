// SPDX-License-Identifier: Apache-2.0
// The recorded result of a node, for operators that nobody here knows the rule of.
#pragma once
#include "core/trace/tracer.h"

namespace retrace::trace {

/// Fake values from the recorded metadata; symbols that this trace does not have become their hints, unbacked
/// ones fresh ones.
Value recorded_result(Session& session, const ir::Node& node, const ir::Graph& graph);

}  // namespace retrace::trace
