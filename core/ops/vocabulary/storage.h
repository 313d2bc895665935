// SPDX-License-Identifier: Apache-2.0
// What sizes and strides need of a storage.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// ATen/native/Resize.h checkInBoundsForStorage: in bytes, where `t` has a storage of its own and the sizes hold some.
void check_in_storage(Call& call, const FakeTensor& t, const SymInts& sizes, const SymInts& strides,
                      const SymInt& offset);

}  // namespace retrace::ops
