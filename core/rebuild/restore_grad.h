// SPDX-License-Identifier: Apache-2.0
// Whether the inputs of a re-export require grad: as in the tensors themselves, not as the first trace recorded it.
#pragma once
#include "core/ir/program.h"

namespace retrace::rebuild {

/// A buffer or example input that the first trace wrote a differentiable value into is recorded as requiring grad;
/// the buffer of the module and the user's example, which the re-export starts from, still do not.
void restore_grad(ir::Program& exported, const ir::Program& original);

}  // namespace retrace::rebuild
