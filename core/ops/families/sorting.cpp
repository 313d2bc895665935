// SPDX-License-Identifier: Apache-2.0
// Sorting.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// sort(self, dim, descending), sort.stable(self, *, stable, dim, descending): laid out as self; the
/// dimension is not looked at.
Results sort(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return {&like(call, self), &like(call, self, ScalarType::kLong)};
}

Results argsort(Call& call) {
  const FakeTensor& self = call.tensor(0);
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

/// torch._refs.renorm.
Results renorm(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check(call.number(1) > 0, ErrorType::kRuntimeError, [] { return "renorm: non-positive norm not supported"; });
  const bool counts = call.arg(3).holds<SymInt>();
  check(call, counts ? sym_ge(call.sym_int(3), 0) : SymBool(call.number(3) >= 0), ErrorType::kRuntimeError,
        [&] { return fmt::format("renorm: expected maxnorm to be >= 0 but got {}", call.number(3)); });
  check(self.dim() > 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("renorm: input needs at least 2 dimensions, got {} dimensions", self.dim()); });
  wrap_dim(call.integer(2), self.dim());
  check(is_floating(self.dtype) || is_complex(self.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}",
                       torch_name(self.dtype));
  });
  const SymInts ones(self.sizes.size(), SymInt(1));
  FakeTensor& scaled = call.op1("aten::mul.Tensor", {call.arg(0), &call.contiguous(self.dtype, ones, self.device)});
  return {&contiguous(call, scaled)};
}

constexpr OpRow kRows[] = {
    {"argsort", argsort},         {"argsort.stable", argsort},
    {"msort", same_as_self},      {"renorm", renorm},
    {"renorm_", inplace<renorm>}, {"sort", sort},
    {"sort.stable", sort},        {"topk", topk},
};

}  // namespace

std::span<const OpRow> sorting_ops() { return kRows; }

}  // namespace retrace::ops
