// SPDX-License-Identifier: Apache-2.0
// masked_fill, masked_scatter, masked_select and where with values.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/pointwise.h"

namespace retrace::ops {
namespace {

Results masked_fill(Call& call) {
  // torch._refs.masked_fill
  FakeTensor& a = call.tensor(0);
  if (call.arg(2).holds<FakeTensor*>()) {
    const std::int64_t rank = call.tensor(2).dim();
    check(rank == 0, ErrorType::kRuntimeError, [&] {
      return fmt::format("only supports a 0-dimensional value tensor, but got tensor with {} dimension", rank);
    });
  }
  FakeTensor& mask = call.tensor(1);
  check(is_bool(mask.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected predicate to be bool, got {}", torch_name(mask.dtype)); });
  return one(contiguous(call, elementwise_of(call, {&mask, &a}, a.dtype)));
}

Results masked_scatter_in_place(Call& call) {
  // torch._meta_registrations.meta_masked_scatter_
  FakeTensor& self = call.tensor(0);
  const FakeTensor& mask = call.tensor(1);
  const FakeTensor& source = call.tensor(2);
  check(mask.dtype == ScalarType::kBool || mask.dtype == ScalarType::kByte, ErrorType::kRuntimeError,
        [] { return "Mask must be bool or uint8"; });
  check(self.dtype == source.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("masked_scatter: expected self and source to have same dtypes but got {} and {}",
                       torch_name(self.dtype), torch_name(source.dtype));
  });
  if (self.storage != nullptr) ++self.storage->version;
  return one(self);
}

Results masked_scatter(Call& call) {
  FakeTensor* const tensors[] = {&call.tensor(0), &call.tensor(1)};
  const std::vector<Geometry> wide = maybe_broadcast(call, tensors);
  FakeTensor& out = new_empty(call, *tensors[0], wide[0].sizes);
  return call.op("aten::masked_scatter_", {&out, call.arg(1), call.arg(2)});
}

Results masked_select(Call& call) {
  // fake_impls.masked_select
  const FakeTensor& self = call.tensor(0);
  const SymInt count = call.env().new_unbacked_int();
  const SymInt numel = self.numel();
  const std::int64_t most = numel.is_int() ? numel.as_int() : call.env().bound(numel.node()).upper;
  constexpr std::int64_t kMost = shapes::kOo - 1;
  call.env().constrain_range_for_size(count, std::nullopt, most > 2 ? std::min(most, kMost) : kMost);
  return one(new_empty(call, self, {count}));
}

/// ATen/native/TensorCompare.cpp where with numbers: a number becomes a zero-dim tensor of the common dtype.
Results where_rule(Call& call) { return one(where(call, call.tensor(0), call.arg(1), call.arg(2))); }

constexpr OpRow kRows[] = {
    {"masked_fill.Scalar", masked_fill},
    {"masked_fill.Tensor", masked_fill},
    {"masked_fill_.Scalar", inplace_broadcast},
    {"masked_fill_.Tensor", inplace<masked_fill>},
    {"masked_scatter", masked_scatter},
    {"masked_scatter_", masked_scatter_in_place},
    {"masked_select", masked_select},
    {"where.Scalar", where_rule},
    {"where.ScalarOther", where_rule},
    {"where.ScalarSelf", where_rule},
    {"where.self", where_rule},
};

}  // namespace

std::span<const OpRow> masking_ops() { return kRows; }

}  // namespace retrace::ops
