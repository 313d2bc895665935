// SPDX-License-Identifier: Apache-2.0
// The -1 of view and reshape, as PyTorch's Python says it and as ATen does. They ask in other words, which guards and
// deferred assertions show.
#pragma once
#include <span>

#include "core/ops/call.h"

namespace retrace::ops {

/// torch/_prims_common infer_size
SymInts infer_size(Call& call, std::span<const SymInt> shape, const SymInt& numel);
/// ATen/InferSize.h infer_size_dv
SymInts infer_size_dv(Call& call, std::span<const SymInt> shape, const SymInt& numel);

}  // namespace retrace::ops
