// SPDX-License-Identifier: Apache-2.0
// The COO layout, as far as a program can come to it and leave it: to_sparse, coalesce, to_dense
// (ATen/native/TensorConversions.cpp). FakeTensorMode runs these kernels on zeros, which symbolic sizes do not allow.
#include <fmt/format.h>

#include <array>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

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

Results to_dense_kernel(Call& call) {
  if (call.tensor(0).layout == Layout::kStrided) raise_no_meta(call.schema());
  return to_dense(call);
}

Results coalesce(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check(self.layout == Layout::kSparseCoo, ErrorType::kRuntimeError,
        [] { return "coalesce expected sparse coordinate tensor layout but got Strided"; });
  return one(sparse_of(call, self));
}

// ---- What only a sparse tensor has.

void want(const FakeTensor& t, std::string_view name, std::string_view layout) {
  check(t.layout != Layout::kStrided, ErrorType::kRuntimeError,
        [&] { return fmt::format("{} expected {} tensor layout but got Strided", name, layout); });
}
/// "aten::crow_indices_copy": the kernel of the viewing form speaks.
std::string_view viewing_name(Call& call) {
  std::string_view name = call.schema().name.substr(call.schema().name.find("::") + 2);
  if (name.ends_with("_copy")) name.remove_suffix(std::string_view("_copy").size());
  return name;
}
template <int layout>
Results part_of(Call& call) {
  constexpr std::array<std::string_view, 4> kLayouts{"sparse coordinate", "sparse row compressed",
                                                     "sparse column compressed", "sparse"};
  want(call.tensor(0), viewing_name(call), kLayouts[layout]);
  raise(ErrorType::kUnsupported, "sparse layouts are not traced: " + std::string(call.schema().name));
}

Results sum_all(Call& call) {
  want(call.tensor(0), "coalesce", "sparse coordinate");
  raise(ErrorType::kUnsupported, "sparse layouts are not traced: " + std::string(call.schema().name));
}
Results sum_dims(Call& call) {
  const FakeTensor& self = call.tensor(0);
  distinct_dims(call.integers(1), self.dim());
  if (is_symbolic(self)) raise(ErrorType::kUnsupported, "aten._sparse_sum.dim");
  raise_no_kernel("aten._indices.default");
}
Results sparse_product_of_dense(Call& call) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.arg(i).holds<FakeTensor*>() && is_symbolic(call.tensor(i)))
      raise(ErrorType::kUnsupported, "aten.sspaddmm.out");
  }
  raise(ErrorType::kRuntimeError, "tensor.sspaddmm(...) can only be called on sparse tensors");
}

/// ATen/native/sparse/SparseTensorMath.cpp: (dense^T @ sparse^T)^T, which a dense operand passes through, too.
Results sparse_mm(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  FakeTensor& turned_b = transpose(call, b, -2, -1);
  return one(transpose(call, mm(call, turned_b, transpose(call, a, -2, -1)), -2, -1));
}
Results sparse_addmm(Call& call) {
  return one(addmm(call, call.tensor(0), call.tensor(1), call.tensor(2), call.arg(3)));
}

constexpr OpRow kRows[] = {
    {"_sparse_addmm", sparse_addmm},
    {"_sparse_mm", sparse_mm},
    {"_sparse_sum", sum_all},
    {"_sparse_sum.dim", sum_dims},
    {"_sparse_sum.dim_dtype", sum_dims},
    {"_sparse_sum.dtype", sum_all},
    {"_to_dense", to_dense_kernel},
    {"_to_sparse", to_sparse},
    {"_to_sparse.sparse_dim", to_sparse_dims},
    {"ccol_indices", part_of<2>},
    {"ccol_indices_copy", part_of<2>},
    {"coalesce", coalesce},
    {"col_indices", part_of<1>},
    {"col_indices_copy", part_of<1>},
    {"crow_indices", part_of<1>},
    {"crow_indices_copy", part_of<1>},
    {"indices", part_of<0>},
    {"indices_copy", part_of<0>},
    {"is_coalesced", part_of<0>},
    {"row_indices", part_of<2>},
    {"row_indices_copy", part_of<2>},
    {"smm", sparse_product_of_dense},
    {"sspaddmm", sparse_product_of_dense},
    {"to_dense", to_dense},
    {"to_sparse", to_sparse},
    {"to_sparse.sparse_dim", to_sparse_dims},
    {"values", part_of<3>},
    {"values_copy", part_of<3>},
};

}  // namespace

std::span<const OpRow> sparse_ops() { return kRows; }

}  // namespace retrace::ops
