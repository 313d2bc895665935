// SPDX-License-Identifier: Apache-2.0
// A program's signature and ranges in canonical form.
#pragma once
#include <array>
#include <vector>

#include "core/identity/argument_form.h"

namespace retrace::identity {

/// Digests of the items of a part at each level; levels may have other items.
using LevelledPart = std::array<std::vector<hash::Digest>, kLevels>;

bool is_lifted(const ir::InputSpec& spec);
/// How each input is known at levels dataflow and symbolic: a lifted one by its name, the user's by their order.
std::vector<hash::Digest> input_sites(const ir::Program& program);
/// By input: does it count at level symbolic? A lifted input that nothing uses does not.
std::vector<bool> counted_inputs(const ir::Program& program);

LevelledPart input_specs(const ir::Program& program, const std::vector<bool>& counted, ArgumentForm& arguments);
LevelledPart output_specs(const ir::Program& program, const std::vector<hash::Digest>& sites);
/// Ranges whose symbols all occur in the program, sorted.
LevelledPart ranges(const ir::Program& program, const SymbolSites& symbols);
hash::Digest tree_specs(const ir::Program& program);

}  // namespace retrace::identity
