// SPDX-License-Identifier: Apache-2.0
// Sorting, searching, unique values.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// sort(self, dim, descending), sort.stable(self, *, stable, dim, descending): laid out as self.
template <std::size_t dim_at>
Results sort(Call& call) {
  const FakeTensor& self = call.tensor(0);
  wrap_dim(call.integer(dim_at), self.dim());
  return {&like(call, self), &like(call, self, ScalarType::kLong)};
}

template <std::size_t dim_at>
Results argsort(Call& call) {
  const FakeTensor& self = call.tensor(0);
  wrap_dim(call.integer(dim_at), self.dim());
  return {&like(call, self, ScalarType::kLong)};
}

/// _meta_registrations.topk_meta.
Results topk(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const auto dim = static_cast<std::size_t>(wrap_dim(call.integer(2), self.dim()));
  const SymInt k = call.sym_int(1);
  SymInts sizes = self.sizes;
  const SymInt length = sizes.empty() ? SymInt(1) : sizes[dim];
  check(call, sym_ge(k, 0), ErrorType::kRuntimeError, [] { return "Expected cond to be True, but got False"; });
  check(call, sym_le(k, length), ErrorType::kRuntimeError, [] { return "k not in range for dimension"; });
  if (!sizes.empty()) sizes[dim] = k;
  return {&call.contiguous(self.dtype, sizes, self.device), &call.contiguous(ScalarType::kLong, sizes, self.device)};
}

ScalarType index_dtype(bool out_int32) { return out_int32 ? ScalarType::kInt : ScalarType::kLong; }

/// searchsorted(sorted_sequence, self, *, out_int32, ...): one index a value of self.
Results searchsorted(Call& call) {
  const FakeTensor& sequence = call.tensor(0);
  const ScalarType dtype = index_dtype(call.boolean(2));
  if (!call.arg(1).holds<FakeTensor*>()) return {&call.contiguous(dtype, {}, sequence.device)};
  const FakeTensor& self = call.tensor(1);
  return {&call.contiguous(dtype, self.sizes, self.device)};
}

/// bucketize(self, boundaries, *, out_int32, right)
Results bucketize(Call& call) {
  const ScalarType dtype = index_dtype(call.boolean(2));
  if (!call.arg(0).holds<FakeTensor*>()) return {&call.contiguous(dtype, {}, call.tensor(1).device)};
  return {&like(call, call.tensor(0), dtype)};
}

// ---- Unique values: the count is data (fake_impls._unique).

SymInt count_of_unique(Call& call, const SymInt& numel, const SymInt& bound) {
  if (numel.is(0)) return 0;
  const SymInt count = call.env().new_unbacked_int();
  constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max() - 1;
  call.env().constrain_range_for_size(count, std::nullopt, bound.is_int() ? bound.as_int() : kUnknown);
  return count;
}

Results unique_over(Call& call, std::optional<std::int64_t> dim, bool return_inverse, bool return_counts) {
  const FakeTensor& self = call.tensor(0);
  const auto indices = [&](SymInts sizes) -> Value {
    return &call.contiguous(ScalarType::kLong, std::move(sizes), self.device);
  };
  if (!dim) {
    const SymInt count = count_of_unique(call, self.numel(), self.numel());
    Value values = &call.contiguous(self.dtype, {count}, self.device);
    Value inverse = indices(return_inverse ? self.sizes : SymInts{0});
    return {values, inverse, indices({return_counts ? count : SymInt(0)})};
  }
  const auto at = static_cast<std::size_t>(*dim);
  const SymInt count = count_of_unique(call, self.numel(), self.sizes.at(at));
  SymInts sizes = self.sizes;
  sizes[at] = count;
  const bool cpu = self.device.type == "cpu";
  Value values = &call.contiguous(self.dtype, std::move(sizes), self.device);
  Value inverse = indices({return_inverse || cpu ? self.sizes[at] : SymInt(0)});
  return {values, inverse, indices({return_counts || cpu ? count : SymInt(0)})};
}

Results unique(Call& call) {
  Results all = unique_over(call, std::nullopt, call.boolean(2), false);
  return {all[0], all[1]};
}
Results unique2(Call& call) { return unique_over(call, std::nullopt, call.boolean(2), call.boolean(3)); }
Results unique_dim(Call& call) {
  const std::int64_t dim = wrap_dim(call.integer(1), call.tensor(0).dim());
  return unique_over(call, dim, call.boolean(3), call.boolean(4));
}
Results unique_consecutive(Call& call) {
  const auto dim = call.optional_integer(3);
  const bool return_inverse = call.boolean(1);
  return unique_over(call, dim ? std::optional(wrap_dim(*dim, call.tensor(0).dim())) : std::nullopt, return_inverse,
                     call.boolean(2));
}

Results unique_dim_consecutive(Call&) { raise(ErrorType::kUnsupported, "aten.unique_dim_consecutive.default"); }

/// torch._refs.renorm.
Results renorm(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check(self.dim() > 1, ErrorType::kRuntimeError, [] { return "renorm: input needs at least 2 dimensions"; });
  wrap_dim(call.integer(2), self.dim());
  return {&like(call, self)};
}

constexpr OpRow kRows[] = {
    {"_unique", unique},
    {"_unique2", unique2},
    {"argsort", argsort<1>},
    {"argsort.stable", argsort<2>},
    {"bucketize.Scalar", bucketize},
    {"bucketize.Tensor", bucketize},
    {"msort", same_as_self},
    {"renorm", renorm},
    {"renorm_", inplace<renorm>},
    {"searchsorted.Scalar", searchsorted},
    {"searchsorted.Tensor", searchsorted},
    {"sort", sort<1>},
    {"sort.stable", sort<2>},
    {"topk", topk},
    {"unique_consecutive", unique_consecutive},
    {"unique_dim", unique_dim},
    {"unique_dim_consecutive", unique_dim_consecutive},
};

}  // namespace

std::span<const OpRow> sorting_ops() { return kRows; }

}  // namespace retrace::ops
