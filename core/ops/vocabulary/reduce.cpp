// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/reduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

std::vector<std::int64_t> reduction_dims(std::int64_t rank, const std::optional<std::vector<std::int64_t>>& dims,
                                         bool empty_means_all) {
  if (!dims || (dims->empty() && empty_means_all)) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(rank));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<std::int64_t> wrapped = wrap_dims(*dims, rank);
  std::vector<std::int64_t> sorted = wrapped;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    raise(ErrorType::kRuntimeError, fmt::format("dim {} appears multiple times in the list of dims", *twice));
  }
  return wrapped;
}

SymInts reduced_shape(std::span<const SymInt> sizes, std::span<const std::int64_t> dims, bool keepdim) {
  SymInts result;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const bool reduced_away = std::ranges::find(dims, static_cast<std::int64_t>(d)) != dims.end();
    if (!reduced_away)
      result.push_back(sizes[d]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

FakeTensor& reduced(Call& call, const FakeTensor& self, std::span<const std::int64_t> dims, bool keepdim,
                    ScalarType dtype) {
  return call.contiguous(dtype, reduced_shape(self.sizes, dims, keepdim), self.device);
}

}  // namespace retrace::ops
