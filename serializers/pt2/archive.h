// SPDX-License-Identifier: Apache-2.0
// .pt2 archives (torch/export/pt2_archive) and the older zip of torch.export.save. libzip is known only here.
//
// Only JSON records are read: programs, and the configurations that say which weights share a tensor. Small
// tensor constants are read as raw bytes, because a traced value may depend on them. Pickles stay closed.
#pragma once
#include <string>
#include <vector>

#include "serializers/load.h"

namespace retrace::serializers {

Result<std::vector<NamedProgram>> read_archive(const Input& input, const std::string& model);

}  // namespace retrace::serializers
