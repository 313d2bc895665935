// SPDX-License-Identifier: Apache-2.0
// A module's inputs under their argument names: `signature(forward).bind(*args, **kwargs).arguments`.
//
// The module of an exported program takes its recorded forward_arg_names, without defaults; the example inputs
// are the tree (args, kwargs) of in_spec, whose leaves are the graph's user inputs in order.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/ir/program.h"
#include "core/ir/tree_spec.h"

namespace retrace::ir {

struct InputTree {
  /// A dict from argument name to its structure, in the signature's order.
  TreeSpec arguments;
  /// For each leaf of `arguments` in order: which of the flat (args, kwargs) leaves it is.
  std::vector<std::size_t> flat;
  /// keystr of each leaf of `arguments`: "['x']['k'][0]".
  std::vector<std::string> paths;
};

/// The structure (args, kwargs) of the user inputs. Raises Failure(SerializeError) on text that is none.
TreeSpec recorded_in_spec(const Program& program, const ModuleCallSignature& signature);

/// Raises Failure(TypeError) where binding would.
std::shared_ptr<const InputTree> input_tree(const Program& program);

/// Places (in graph.inputs) of the user inputs, constant ones included.
std::vector<std::size_t> user_input_places(const Program& program);

}  // namespace retrace::ir
