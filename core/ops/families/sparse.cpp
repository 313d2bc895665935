// SPDX-License-Identifier: Apache-2.0
// The COO layout, as far as a program can come to it and leave it: to_sparse, coalesce, to_dense
// (ATen/native/TensorConversions.cpp). FakeTensorMode runs these kernels on zeros, which symbolic sizes do not allow.
#include <fmt/format.h>

#include "core/ops/families/view_rows.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

void check_static(Call& call, std::string_view kernel) {
  if (is_symbolic(call.tensor(0))) raise(ErrorType::kUnsupported, fmt::format("aten.{}", kernel));
}

/// A sparse tensor shows strides of zero.
FakeTensor& sparse_of(Call& call, const FakeTensor& t) {
  FakeTensor& result = call.strided(t.dtype, t.sizes, SymInts(t.sizes.size(), SymInt(0)), t.device);
  result.layout = Layout::kSparseCoo;
  return result;
}

/// to_sparse(self, *, layout, blocksize, dense_dim)
Results to_sparse(Call& call) {
  FakeTensor& self = call.tensor(0);
  const Layout layout = call.layout(1).value_or(Layout::kSparseCoo);
  if (layout == self.layout) return one(self);
  check_static(call, "_to_sparse.default");
  if (layout != Layout::kSparseCoo) raise(ErrorType::kUnsupported, "aten._to_sparse.default");
  return one(sparse_of(call, self));
}

/// dense_to_sparse with a number of sparse dimensions.
Results to_sparse_dims(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check_static(call, "_to_sparse.sparse_dim");
  const std::int64_t count = call.integer(1);
  check(count > 0 || self.dim() == 0, ErrorType::kRuntimeError,
        [] { return "dense_to_sparse: sparse_dim argument must be in >0 when self.dim()>0"; });
  check(count >= 0 && count <= self.dim(), ErrorType::kRuntimeError, [&] {
    return fmt::format("dense_to_sparse: sparse_dim argument must be in [0,{}] range, but {} is given", self.dim(),
                       count);
  });
  return one(sparse_of(call, self));
}

Results to_dense(Call& call) {
  FakeTensor& self = call.tensor(0);
  const ScalarType dtype = call.dtype(1).value_or(self.dtype);
  if (self.layout == Layout::kStrided) return one(to_dtype(call, self, dtype));
  return one(call.contiguous(dtype, self.sizes, self.device));
}

Results coalesce(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check(self.layout == Layout::kSparseCoo, ErrorType::kRuntimeError,
        [] { return "coalesce expected sparse coordinate tensor layout but got Strided"; });
  return one(sparse_of(call, self));
}

constexpr OpRow kRows[] = {
    {"_to_dense", to_dense},
    {"_to_sparse", to_sparse},
    {"_to_sparse.sparse_dim", to_sparse_dims},
    {"coalesce", coalesce},
    {"to_dense", to_dense},
    {"to_sparse", to_sparse},
    {"to_sparse.sparse_dim", to_sparse_dims},
};

}  // namespace

std::span<const OpRow> sparse_rows() { return kRows; }

}  // namespace retrace::ops
