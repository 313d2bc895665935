// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/storage.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {

void check_in_storage(Call& call, const FakeTensor& t, const SymInts& sizes, const SymInts& strides,
                      const SymInt& offset) {
  if (t.storage == nullptr || or_false(call, sym_eq(product(sizes), 0))) return;
  const SymInt size = item_size(t.dtype);
  const SymInt needed = reach(sizes, strides, offset) * size;
  const SymInt there = t.storage->nbytes();
  check(call, sym_or(sym_eq(needed, 0), sym_le(needed, there)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "setStorage: sizes {}, strides {}, storage offset {}, and itemsize {} requiring a storage size of {} are out "
        "of bounds for storage of size {}",
        to_string(sizes), to_string(strides), to_string(offset), to_string(size), to_string(needed), to_string(there));
  });
}

void ask_whether_empty(Call& call, std::span<const SymInt> sizes) {
  for (const SymInt& size : sizes) {
    if (truth(call, sym_eq(size, 0))) return;
  }
}

}  // namespace retrace::ops
