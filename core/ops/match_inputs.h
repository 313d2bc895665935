// SPDX-License-Identifier: Apache-2.0
// A recorded node's inputs beside its schema's arguments.
#pragma once
#include <vector>

#include "core/base/same_text.h"
#include "core/ir/program.h"
#include "core/ops/schema.h"

namespace retrace::ops {

/// One for each of the schema's arguments; null: none is given. Of inputs of one name the last counts.
using MatchedInputs = std::vector<const ir::NamedArgument*>;

/// Fills `matched`; false: an input stands for no argument.
inline bool match_inputs(const Schema& schema, const ir::Node& node, MatchedInputs& matched) {
  matched.assign(schema.args.size(), nullptr);
  std::size_t next = 0;  // nearly all nodes give their inputs in the schema's order
  for (std::size_t i = 0; i < schema.args.size() && next < node.inputs.size(); ++i)
    if (same_text(node.inputs[next].name, schema.args[i].name)) matched[i] = &node.inputs[next++];
  if (next == node.inputs.size()) return true;
  std::size_t known = 0;
  for (const ir::NamedArgument& input : node.inputs) {
    for (std::size_t i = 0; i < schema.args.size(); ++i) {
      if (!same_text(input.name, schema.args[i].name)) continue;
      matched[i] = &input;
      ++known;
    }
  }
  return known == node.inputs.size();
}

}  // namespace retrace::ops
