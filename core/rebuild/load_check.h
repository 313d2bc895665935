// SPDX-License-Identifier: Apache-2.0
// What PyTorch refuses while it loads a program (torch/_export/serde/serialize.py GraphModuleDeserializer).
//
// A program may be well-formed JSON and still not load: an operator that is not registered, an argument the
// schema does not have, a value nobody defines, a hint outside its symbol's recorded range. Such a program
// has no module to export; the verdict is a failure at stage "load".
#pragma once
#include "core/ir/program.h"

namespace retrace::rebuild {

/// Raises Failure as deserialize() would.
void check_loads(const ir::Program& program);

}  // namespace retrace::rebuild
