// SPDX-License-Identifier: Apache-2.0
// Contractions of several operands that reduce to batched products (aten/src/ATen/native/Linear.cpp).
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

Results einsum(Call& call);
Results trilinear(Call& call);
Results bilinear(Call& call);
Results tensordot(Call& call);

}  // namespace retrace::ops
