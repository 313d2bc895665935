// SPDX-License-Identifier: Apache-2.0
// A spec by argument names, or with gaps, as the positional tuple that fits a program's inputs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/bind/dynamic_spec.h"
#include "core/ir/program.h"

namespace retrace::bind {

struct Normalized {
  DynamicSpec spec;                    // a tuple, one entry an argument; each tensor's dims as a full list
  std::vector<std::string> arguments;  // names, parallel to the tuple
  std::vector<bool> given;             // false: the spec did not mention the argument, so it is null
};

/// In the order of the signature, gaps filled with None. Raises Failure(UserError) where a name, a key or a
/// dimension is not the program's.
Normalized normalize(const DynamicSpec& spec, const ir::Program& program);

/// Where a map's order is not the signature's, its values bind to other arguments as a positional tuple: says which.
std::optional<std::string> misordered(const DynamicSpec& spec, const ir::Program& program);

}  // namespace retrace::bind
