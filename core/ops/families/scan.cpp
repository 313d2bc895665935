// SPDX-License-Identifier: Apache-2.0
// Scans along a dimension, differences and integrals.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

std::size_t wrapped(std::int64_t dim, const FakeTensor& self) {
  return static_cast<std::size_t>(wrap_dim(dim, self.dim()));
}

FakeTensor& row_major(Call& call, const FakeTensor& self, ScalarType dtype) {
  return call.contiguous(dtype, self.sizes, self.device);
}

/// torch._refs._cumsumprod_common: cumsum, cumprod(self, dim, *, dtype).
Results cumulative(Call& call) {
  const FakeTensor& self = call.tensor(0);
  wrapped(call.integer(1), self);
  const ScalarType fallback = is_integral(self.dtype, true) ? ScalarType::kLong : self.dtype;
  return {&row_major(call, self, call.dtype(2).value_or(fallback))};
}

Results cumulative_inplace(Call& call) {
  wrapped(call.integer(1), call.tensor(0));
  return inplace_values(call);
}

/// _meta_registrations.cummaxmin.
Results cumulative_extreme(Call& call) {
  const FakeTensor& self = call.tensor(0);
  if (call.env().guard(sym_ne(self.numel(), 0)) && self.dim() != 0) wrapped(call.integer(1), self);
  return {&row_major(call, self, self.dtype), &row_major(call, self, ScalarType::kLong)};
}

Results logcumsumexp(Call& call) {
  const FakeTensor& self = call.tensor(0);
  wrapped(call.integer(1), self);
  return {&like(call, self)};
}

/// ATen/native/ReduceOps.cpp diff: prepend and append first, then n differences.
Results diff(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check(self.dim() >= 1, ErrorType::kRuntimeError, [] { return "diff expects input to be at least one-dimensional"; });
  const std::int64_t n = call.integer(1);
  check(n >= 0, ErrorType::kRuntimeError, [&] { return fmt::format("order must be non-negative but got {}", n); });
  const std::size_t dim = wrapped(call.integer(2), self);
  SymInts sizes = self.sizes;
  ScalarType dtype = self.dtype;
  for (const std::size_t extra : {std::size_t{3}, std::size_t{4}}) {
    if (call.is_none(extra)) continue;
    const FakeTensor& joined = call.tensor(extra);
    check(joined.dim() == self.dim(), ErrorType::kRuntimeError,
          [] { return "diff expects prepend or append to be the same dimension as input"; });
    sizes[dim] += joined.sizes[dim];
    dtype = promote_types(dtype, joined.dtype);
  }
  for (std::int64_t i = 0; i < n && !call.env().guard(sym_le(sizes[dim], 0)); ++i) sizes[dim] -= 1;
  return {&call.contiguous(dtype, std::move(sizes), self.device)};
}

/// trapezoid(y, ...): the dimension is integrated away; cumulative_trapezoid keeps all but one of its places.
template <bool cumulative_form>
Results trapezoid(Call& call) {
  const FakeTensor& y = call.tensor(0);
  const bool over_x = call.arg(1).holds<FakeTensor*>();
  const std::size_t dim = wrapped(call.integer(2), y);
  ScalarType dtype = over_x ? result_type({call.arg(0), call.arg(1)}) : result_type({call.arg(0), call.arg(1)});
  dtype = apply_promotion(dtype, Promotion::kIntToFloat);
  SymInts sizes = y.sizes;
  if (cumulative_form) {
    sizes[dim] -= 1;
  } else {
    sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(dim));
  }
  return {&call.contiguous(dtype, std::move(sizes), y.device)};
}

/// gradient(self, *, spacing?, dim?, edge_order): one result a dimension.
Results gradient(Call& call) {
  const FakeTensor& self = call.tensor(0);
  ValueList parts;
  std::vector<std::int64_t> dims;
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (call.schema().args[i].name == "dim" && !call.is_none(i)) dims = wrap_dims(call.integers(i), self.dim());
  }
  const std::size_t count = dims.empty() ? self.sizes.size() : dims.size();
  const ScalarType dtype = apply_promotion(self.dtype, Promotion::kIntToFloat);
  for (std::size_t i = 0; i < count; ++i) parts.emplace_back(&row_major(call, self, dtype));
  return {parts};
}

constexpr OpRow kRows[] = {
    {"_logcumsumexp", logcumsumexp},
    {"cummax", cumulative_extreme},
    {"cummin", cumulative_extreme},
    {"cumprod", cumulative},
    {"cumprod_", cumulative_inplace},
    {"cumsum", cumulative},
    {"cumsum_", cumulative_inplace},
    {"cumulative_trapezoid.dx", trapezoid<true>},
    {"cumulative_trapezoid.x", trapezoid<true>},
    {"diff", diff},
    {"gradient.array", gradient},
    {"gradient.scalararray", gradient},
    {"gradient.scalarint", gradient},
    {"gradient.scalarrayarray", gradient},
    {"gradient.scalarrayint", gradient},
    {"gradient.tensorarray", gradient},
    {"gradient.tensorarrayint", gradient},
    {"logcumsumexp", logcumsumexp},
    {"trapezoid.dx", trapezoid<false>},
    {"trapezoid.x", trapezoid<false>},
    {"trapz.dx", trapezoid<false>},
    {"trapz.x", trapezoid<false>},
};

}  // namespace

std::span<const OpRow> scan_ops() { return kRows; }

}  // namespace retrace::ops
