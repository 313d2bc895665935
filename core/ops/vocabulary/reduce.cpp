// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/reduce.h"

#include <algorithm>
#include <numeric>

#include "core/ops/vocabulary/strides.h"
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
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    raise(ErrorType::kRuntimeError, "duplicate value in the list of dims");
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

FakeTensor& reduced_by_prim(Call& call, const FakeTensor& self, std::span<const std::int64_t> dims, bool keepdim,
                            ScalarType dtype) {
  if (!keepdim) return reduced(call, self, dims, false, dtype);
  const SymInts kept = reduced_shape(self.sizes, dims, false);
  const SymInts kept_strides = contiguous_strides(kept);
  SymInts sizes = reduced_shape(self.sizes, dims, true);
  SymInts strides(sizes.size());
  std::size_t next = 0;  // place in `kept`
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const bool stays = std::ranges::find(dims, static_cast<std::int64_t>(d)) == dims.end();
    if (stays)
      strides[d] = kept_strides[next++];
    else
      strides[d] = next == kept.size() ? SymInt(1) : kept_strides[next] * kept[next];
  }
  return call.strided(dtype, std::move(sizes), std::move(strides), self.device);
}

void check_not_empty(Call& call, const FakeTensor& self, std::span<const std::int64_t> dims) {
  if (self.dim() == 0) return;
  SymBool valid = true;
  for (const std::int64_t d : dims) valid = sym_and(valid, sym_gt(self.sizes[static_cast<std::size_t>(d)], 0));
  check(call, valid, ErrorType::kRuntimeError,
        [] { return "reducing over zero-size dimension for reduction operation without identity"; });
}

}  // namespace retrace::ops
