// SPDX-License-Identifier: Apache-2.0
// What sizes and strides need of a storage.
#pragma once
#include <span>

#include "core/ops/call.h"

namespace retrace::ops {

/// ATen/native/Resize.h checkInBoundsForStorage: in bytes, where `t` has a storage of its own and the sizes hold some.
void check_in_storage(Call& call, const FakeTensor& t, const SymInts& sizes, const SymInts& strides,
                      const SymInt& offset);

/// computeStorageNbytes: asks size by size whether there is nothing to store, as far as the first of which that is so.
void ask_whether_empty(Call& call, std::span<const SymInt> sizes);

}  // namespace retrace::ops
