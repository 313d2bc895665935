// SPDX-License-Identifier: Apache-2.0
// Effect tokens order side effects in decomposed programs; a module has none
// (torch/export/_remove_effect_tokens_pass.py).
#pragma once
#include "core/ir/program.h"

namespace retrace::rebuild {

/// with_effects(token, op, args) becomes op(args); token inputs and outputs go.
void remove_effect_tokens(ir::Program& program);

}  // namespace retrace::rebuild
