// SPDX-License-Identifier: Apache-2.0
// What the files of the gradient family share.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// Is the gradient of this place in the output mask asked for? Python's masks are of any length.
bool wanted(Call& call, std::size_t place);

}  // namespace retrace::ops
