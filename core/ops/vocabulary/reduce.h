// SPDX-License-Identifier: Apache-2.0
// Reductions over dimensions: which dims, which shape, which dtype (torch/_refs _reduction, ATen ReduceOpsUtils.h).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/ops/call.h"

namespace retrace::ops {

/// at::Reduction, of losses.
namespace reduction {
inline constexpr std::int64_t kNone = 0, kMean = 1, kSum = 2;
}

/// Wrapped and checked for repeats; none (or empty, as ATen's make_dim_mask takes it) means all.
std::vector<std::int64_t> reduction_dims(std::int64_t rank, const std::optional<std::vector<std::int64_t>>& dims,
                                         bool empty_means_all = true);
SymInts reduced_shape(std::span<const SymInt> sizes, std::span<const std::int64_t> dims, bool keepdim);
/// A fresh row-major tensor of the reduced shape.
FakeTensor& reduced(Call& call, const FakeTensor& self, std::span<const std::int64_t> dims, bool keepdim,
                    ScalarType dtype);
/// The same as torch._refs._reduction lays it out: kept dims come back by prims.broadcast_in_dim.
FakeTensor& reduced_by_prim(Call& call, const FakeTensor& self, std::span<const std::int64_t> dims, bool keepdim,
                            ScalarType dtype);
/// "reducing over zero-size dimension ..." for what has no identity (torch._refs._reduction).
void check_not_empty(Call& call, const FakeTensor& self, std::span<const std::int64_t> dims);

}  // namespace retrace::ops
