// SPDX-License-Identifier: Apache-2.0
// The -1 of view and reshape (torch/_prims_common infer_size), and C++'s broadcasting.
#pragma once
#include <span>

#include "core/ops/call.h"

namespace retrace::ops {

/// ATen/ExpandUtils.cpp infer_size_symint: infer_broadcast, but for the message's last character.
SymInts infer_size_symint(Call& call, std::span<const SymInt> a, std::span<const SymInt> b);
SymInts infer_size(Call& call, std::span<const SymInt> shape, const SymInt& numel);

}  // namespace retrace::ops
