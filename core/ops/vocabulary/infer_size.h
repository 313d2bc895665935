// SPDX-License-Identifier: Apache-2.0
// The -1 of view and reshape (torch/_prims_common infer_size).
#pragma once
#include <span>

#include "core/ops/call.h"

namespace retrace::ops {

SymInts infer_size(Call& call, std::span<const SymInt> shape, const SymInt& numel);

}  // namespace retrace::ops
