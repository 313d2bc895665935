// SPDX-License-Identifier: Apache-2.0
// Negative dimensions (c10/core/WrapDimMinimal.h, torch/_prims_common canonicalize_dim), and Python's sequences.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/ops/fake_tensor.h"

namespace retrace::ops {

/// Raises IndexError with PyTorch's text. A zero-dim tensor takes -1 and 0 if `wrap_scalar`.
std::int64_t wrap_dim(std::int64_t dim, std::int64_t rank, bool wrap_scalar = true);
std::vector<std::int64_t> wrap_dims(std::span<const std::int64_t> dims, std::int64_t rank, bool wrap_scalar = true);

/// Tensor.size(dim): dimensions may be counted from the end.
const SymInt& size_at(const FakeTensor& t, std::int64_t dim);
/// Tensor.shape[dim]: a tuple's IndexError.
const SymInt& shape_at(const FakeTensor& t, std::int64_t dim);

/// Python unpacks a sequence of `given` into `expected` names: ValueError unless they are as many.
void check_unpacked(std::size_t given, std::size_t expected);

/// ATen/WrapDimUtilsMulti.h dim_list_to_bitset: wrapped, none twice.
std::vector<std::int64_t> distinct_dims(std::span<const std::int64_t> dims, std::int64_t rank);

}  // namespace retrace::ops
