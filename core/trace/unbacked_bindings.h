// SPDX-License-Identifier: Apache-2.0
// Where in an operator's result a fresh unbacked symbol is found (symbolic_shapes.py compute_unbacked_bindings).
#pragma once
#include <vector>

#include "core/shapes/shape_env.h"
#include "core/trace/fx_graph.h"

namespace retrace::trace {

/// Symbols made since the last call, each with the path at which `value` shows it. Raises where one is not shown.
std::vector<UnbackedBinding> compute_unbacked_bindings(shapes::ShapeEnv& env, const Value& value);

/// rebind_unbacked: the symbols that `value`, a second run of `node`, made are renamed to those of the first run.
void rebind_unbacked(shapes::ShapeEnv& env, const Node& node, const Value& value);

}  // namespace retrace::trace
