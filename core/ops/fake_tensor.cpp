// SPDX-License-Identifier: Apache-2.0
#include "core/ops/fake_tensor.h"

#include <algorithm>

namespace retrace {

SymInt reach(const SymInts& sizes, const SymInts& strides, const SymInt& offset) {
  SymInt last = offset + SymInt(1);
  for (std::size_t d = 0; d < sizes.size(); ++d) last += (sizes[d] - SymInt(1)) * strides[d];
  return last;
}

namespace {

SymInt held(const SymInts& sizes, const SymInts& strides, const SymInt& offset) {
  const bool empty = std::any_of(sizes.begin(), sizes.end(), [](const SymInt& size) { return size.is(0); });
  return empty ? SymInt(0) : reach(sizes, strides, offset);
}

bool is_plain(const SymInts& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](const SymInt& n) { return n.is_int(); });
}

}  // namespace

SymInt Storage::nbytes() const {
  const Extent* e = extent.find();
  if (e == nullptr) return plain_nbytes;
  const SymInt elements = e->is_strided ? held(e->sizes, e->strides, e->offset) : product(e->sizes.values());
  return elements * SymInt(e->item_size);
}

void Storage::hold(const SharedInts& sizes, std::int64_t item_size) {
  extent.reset();
  if (is_plain(sizes))
    plain_nbytes = (product(sizes.values()) * SymInt(item_size)).as_int();
  else
    extent.get() = {sizes, {}, 0, item_size, false};
}

void Storage::hold(const SharedInts& sizes, const SharedInts& strides, const SymInt& offset, std::int64_t item_size) {
  extent.reset();
  if (is_plain(sizes) && is_plain(strides) && offset.is_int())
    plain_nbytes = (held(sizes, strides, offset) * SymInt(item_size)).as_int();
  else
    extent.get() = {sizes, strides, offset, item_size, true};
}

}  // namespace retrace
