// SPDX-License-Identifier: Apache-2.0
// Writes a program in torch.export's JSON schema, with every field that today's minor (8.20) has, in the
// order of PyTorch's dataclasses. PyTorch loads it again; as a JSON document it equals what was read.
#pragma once
#include <string>

#include "core/ir/program.h"

namespace retrace::serializers {

std::string write_program(const ir::Program& program);

}  // namespace retrace::serializers
