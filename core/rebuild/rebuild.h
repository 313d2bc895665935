// SPDX-License-Identifier: Apache-2.0
// ExportedProgram.module(): the callable that an exported program stands for (torch/export/_unlift.py).
//
// State stays listed among the graph's inputs (with its FQN in input_specs), where PyTorch makes get_attr
// nodes; mutated outputs become copy_ nodes; effect tokens are gone; `guards` is `_guards_fn`, in order.
#pragma once
#include <string>
#include <vector>

#include "core/ir/callable.h"

namespace retrace::rebuild {

ir::Callable unlift(const ir::Program& program);

/// Text of the lines of `_guards_fn`: of the input metadata and ranges, then the recorded guards_code; sources as
/// "L['x'].size()[0]".
std::vector<std::string> input_guards_code(const ir::Program& program);
std::vector<ir::GuardExpression> input_guards(const ir::Program& program);
/// One of them as a failure quotes it: "x.size()[0] >= 3".
std::string quoted(const ir::GuardExpression& guard, const ir::Program& program);

}  // namespace retrace::rebuild
