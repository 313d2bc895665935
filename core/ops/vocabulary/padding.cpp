// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/padding.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {

namespace {

/// Only removes: narrow from both ends, then copy.
FakeTensor& cropped(Call& call, FakeTensor& a, const SymInts& pad) {
  FakeTensor* result = &a;
  const std::size_t untouched = a.sizes.size() - pad.size() / 2;
  for (std::size_t d = untouched; d < a.sizes.size(); ++d) {
    const std::size_t low = 2 * (a.sizes.size() - d - 1);
    const auto dim = static_cast<std::int64_t>(d);
    if (pad[low].as_int() < 0) result = &narrow(call, *result, dim, -pad[low], result->sizes[d] + pad[low]);
    if (pad[low + 1].as_int() < 0) result = &narrow(call, *result, dim, 0, result->sizes[d] + pad[low + 1]);
  }
  return clone(call, *result);
}

}  // namespace

FakeTensor& constant_pad(Call& call, FakeTensor& a, const SymInts& pad) {
  check(pad.size() % 2 == 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("Length of pad must be even but instead it equals {}", pad.size()); });
  check(a.sizes.size() >= pad.size() / 2, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
        "{} while the input has {} dimensions.",
        pad.size(), a.sizes.size());
  });
  if (std::all_of(pad.begin(), pad.end(), [](const SymInt& p) { return p.is_int() && p.as_int() <= 0; })) {
    return cropped(call, a, pad);
  }
  SymInts sizes = a.sizes;
  for (std::size_t d = a.sizes.size() - pad.size() / 2; d < a.sizes.size(); ++d) {
    const std::size_t low = 2 * (a.sizes.size() - d - 1);
    sizes[d] = a.sizes[d] + pad[low] + pad[low + 1];
    check(call, sym_ge(sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "The input size {}, plus negative padding {} and {} resulted in a negative output size, which "
          "is invalid. Check dimension {} of your input.",
          to_string(a.sizes[d]), to_string(pad[low]), to_string(pad[low + 1]), d);
    });
  }
  return empty_in(call, a, std::move(sizes), suggest_memory_format(call.env(), geometry(a)));
}

}  // namespace retrace::ops
