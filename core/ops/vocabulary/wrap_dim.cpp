// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/wrap_dim.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/failure.h"

namespace retrace::ops {

std::int64_t wrap_dim(std::int64_t dim, std::int64_t rank, bool wrap_scalar) {
  if (rank == 0) {
    if (!wrap_scalar) {
      raise(ErrorType::kIndexError, fmt::format("Dimension specified as {} but tensor has no dimensions", dim));
    }
    rank = 1;
  }
  if (dim < -rank || dim >= rank) {
    raise(
        ErrorType::kIndexError,
        fmt::format("Dimension out of range (expected to be in range of [{}, {}], but got {})", -rank, rank - 1, dim));
  }
  return dim < 0 ? dim + rank : dim;
}

std::vector<std::int64_t> wrap_dims(std::span<const std::int64_t> dims, std::int64_t rank, bool wrap_scalar) {
  std::vector<std::int64_t> result;
  for (const std::int64_t dim : dims) result.push_back(wrap_dim(dim, rank, wrap_scalar));
  return result;
}

const SymInt& size_at(const FakeTensor& t, std::int64_t dim) {
  return t.sizes[static_cast<std::size_t>(wrap_dim(dim, t.dim(), false))];
}

const SymInt& shape_at(const FakeTensor& t, std::int64_t dim) {
  const std::int64_t at = dim < 0 ? dim + t.dim() : dim;
  if (at < 0 || at >= t.dim()) raise(ErrorType::kIndexError, "tuple index out of range");
  return t.sizes[static_cast<std::size_t>(at)];
}

void check_unpacked(std::size_t given, std::size_t expected) {
  if (given < expected) {
    raise(ErrorType::kValueError, fmt::format("not enough values to unpack (expected {}, got {})", expected, given));
  }
  if (given > expected) raise(ErrorType::kValueError, fmt::format("too many values to unpack (expected {})", expected));
}

std::vector<std::int64_t> distinct_dims(std::span<const std::int64_t> dims, std::int64_t rank) {
  std::vector<std::int64_t> wrapped;
  for (const std::int64_t given : dims) {
    const std::int64_t dim = wrap_dim(given, rank);
    if (std::find(wrapped.begin(), wrapped.end(), dim) != wrapped.end()) {
      raise(ErrorType::kRuntimeError, fmt::format("dim {} appears multiple times in the list of dims", dim));
    }
    wrapped.push_back(dim);
  }
  return wrapped;
}

}  // namespace retrace::ops
