// SPDX-License-Identifier: Apache-2.0
// Programs as text, for people: "%add = aten.add.Tensor(%x, 1) : float32[s77, 3]".
#pragma once
#include <string>

#include "core/ir/program.h"

namespace retrace::ir {

std::string print(const Graph& graph, const Argument& arg);
std::string print(const Graph& graph, const Node& node);
std::string print(const TensorMeta& meta);
std::string print(const Meta& meta);
/// "%x : float32[s77, 3]"
std::string print_value(const Graph& graph, ValueId id);

}  // namespace retrace::ir
