// SPDX-License-Identifier: Apache-2.0
// index, index_put, index_select, index_add and their kin (ATen/native/TensorAdvancedIndexing.cpp).
#include "core/ops/vocabulary/indexing.h"

#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

Results index_rule(Call& call) { return one(index(call, call.tensor(0), call.tensors(1))); }

FakeTensor& written(FakeTensor& self) {
  if (self.storage != nullptr) ++self.storage->version;
  self.constant.reset();
  return self;
}

/// fake_impls.index_put_impl
void check_put_device(const Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& values = call.tensor(2);
  check(self.device == values.device || values.dim() == 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("Mismatching {} device between self ({}) and values ({})", call.schema().name, self.device.type,
                       values.device.type);
  });
}

Results index_put(Call& call) {
  check_put_device(call);
  return one(empty_like(call, call.tensor(0), call.tensor(0).dtype));
}

Results index_put_in_place(Call& call) {
  check_put_device(call);
  return one(written(call.tensor(0)));
}

/// The functional form of an operator whose kernel asks nothing of fake tensors.
Results index_put_copy(Call& call) { return one(clone(call, call.tensor(0))); }

Results index_select_rule(Call& call) {
  return one(index_select(call, call.tensor(0), call.integer(1), call.tensor(2)));
}

/// A tensor of one element where index_add and index_copy want a dimension.
FakeTensor& with_dimension(Call& call, FakeTensor& a) { return a.dim() == 0 ? unsqueeze(call, a, 0) : a; }

/// index_put on x as index_add and index_copy call it, brought to x's rank.
FakeTensor& put_along(Call& call, FakeTensor& x) {
  FakeTensor& full = with_dimension(call, x);
  FakeTensor& out = empty_like(call, full, full.dtype);
  return x.dim() == 0 ? squeeze(call, out, 0) : contiguous(call, out);
}

void check_vector_index(const FakeTensor& index) {
  check(index.dim() <= 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("Index should have dimension 1 or 0 (got {})", index.dim()); });
}

/// torch._decomp.decompositions._index_add
void check_index_add(Call& call) {
  const std::int64_t dim = wrap_dim(call.integer(1), call.tensor(0).dim());
  const FakeTensor& index = call.tensor(2);
  const FakeTensor& source = call.tensor(3);
  check_vector_index(index);
  const SymInt index_size = index.dim() == 1 ? index.sizes[0] : SymInt(1);
  const SymInt source_size = source.dim() > 0 ? size_at(source, dim) : SymInt(1);
  check(call, sym_eq(source_size, index_size), ErrorType::kRuntimeError, [&] {
    return fmt::format("Number of indices ({}) should be equal to tensor.size(dim) ({}), for dim={}",
                       to_string(index_size), to_string(source_size), dim);
  });
  const ScalarType dtype = call.tensor(0).dtype;
  const bool one = call.arg(4).holds<SymInt>() && call.arg(4).get<SymInt>().is(1);
  if (!one && !is_bool(dtype)) check_weakly_fits(call.arg(4), "alpha", dtype, ErrorType::kRuntimeError);
}

Results index_add(Call& call) {
  check_index_add(call);
  return one(put_along(call, call.tensor(0)));
}

Results index_add_in_place(Call& call) {
  check_index_add(call);
  return one(written(call.tensor(0)));
}

SymInts without_dim(const FakeTensor& t, std::int64_t dim) {
  SymInts sizes = t.sizes;
  if (!sizes.empty()) sizes.erase(sizes.begin() + std::min<std::int64_t>(dim, t.dim() - 1));
  return sizes;
}

/// torch._decomp.decompositions._index_copy
void check_index_copy(Call& call, const FakeTensor& x, std::int64_t dim, const FakeTensor& index,
                      const FakeTensor& source) {
  check_vector_index(index);
  const SymInt count = index.numel();
  if (source.dim() == 0) {
    check(call, sym_eq(count, 1), ErrorType::kRuntimeError, [&] {
      return fmt::format("index_copy_(): When source is scalar, index should have one element (got {})",
                         to_string(count));
    });
  } else if (x.dim() != 0) {
    check(source.dim() == x.dim(), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "index_copy_(): When source and destination are not scalars, their dimensionality must match. "
          "Source dimensionality ({}), destination dimensionality ({})",
          source.dim(), x.dim());
    });
  }
  const SymInts destination_slice = without_dim(x, dim);
  const SymInts source_slice = without_dim(source, dim);
  check(call, sym_eq(destination_slice, source_slice), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
        "{} at dimension {} and source slice shape: {} at dimension 0.",
        size_text(destination_slice), dim, size_text(source_slice));
  });
  if (source.dim() == 0) return;
  const SymInt& length = source.sizes[static_cast<std::size_t>(dim)];
  check(call, sym_eq(count, length), ErrorType::kRuntimeError, [&] {
    return fmt::format("index_copy_(): Number of indices ({}) should be equal to source.size(dim) ({})",
                       to_string(count), to_string(length));
  });
}

void check_index_copy_call(Call& call) {
  FakeTensor& x = call.tensor(0);
  check_index_copy(call, x, wrap_dim(call.integer(1), x.dim()), call.tensor(2), call.tensor(3));
}

Results index_copy(Call& call) {
  check_index_copy_call(call);
  return one(put_along(call, call.tensor(0)));
}

Results index_copy_in_place(Call& call) {
  check_index_copy_call(call);
  return one(written(call.tensor(0)));
}

/// torch._refs._index_fill up to its index_copy.
void check_index_fill(Call& call) {
  FakeTensor& x = call.tensor(0);
  FakeTensor& index = call.tensor(2);
  check_vector_index(index);
  if (call.arg(3).holds<FakeTensor*>()) {
    const std::int64_t rank = call.tensor(3).dim();
    check(rank == 0, ErrorType::kRuntimeError, [&] {
      return fmt::format("Only supports 0-dimensional value tensor. Got a tensor with {} dimensions.", rank);
    });
  }
  FakeTensor& full = with_dimension(call, x);
  const std::int64_t dim = wrap_dim(call.integer(1), full.dim());
  SymInts sizes = full.sizes;
  sizes[static_cast<std::size_t>(dim)] = index.numel();
  FakeTensor& value = expand(call, dense(call, x, {}, x.dtype), sizes);
  check_index_copy(call, full, dim, index, value);
}

Results index_fill(Call& call) {
  check_index_fill(call);
  FakeTensor& x = call.tensor(0);
  FakeTensor& out = x.dim() == 0 ? clone(call, put_along(call, x)) : put_along(call, x);
  const bool same = truth(call, sym_eq(out.strides, x.strides));
  if (same || !is_non_overlapping_and_dense(call.env(), geometry(x))) return one(out);
  return one(call.strided(x.dtype, x.sizes, x.strides, x.device));
}

Results index_fill_in_place(Call& call) {
  check_index_fill(call);
  return one(written(call.tensor(0)));
}

Results index_reduce(Call& call) { return one(clone(call, call.tensor(0), MemoryFormat::kContiguous)); }
Results index_reduce_in_place(Call& call) { return one(written(call.tensor(0))); }

void check_masked_index(Call& call, const std::vector<FakeTensor*>& indices) {
  for (const FakeTensor* t : indices) {
    check(t == nullptr || t->dtype == ScalarType::kLong || t->dtype == ScalarType::kInt, ErrorType::kRuntimeError,
          [] { return "tensors used as indices must be long or int tensors"; });
  }
  check(is_bool(call.tensor(1).dtype), ErrorType::kRuntimeError,
        [] { return "tensors used as masks must be bool tensors"; });
}

Results unsafe_masked_index(Call& call) {
  // torch._decomp.decompositions._unsafe_masked_index
  FakeTensor& x = call.tensor(0);
  const std::vector<FakeTensor*> indices = call.tensors(2);
  check_masked_index(call, indices);
  FakeTensor& found = index(call, x, indices);
  if (or_false(call, sym_eq(x.numel(), 0))) return one(new_empty(call, x, found.sizes));
  return one(contiguous(call, elementwise_of(call, {&call.tensor(1), &found}, x.dtype)));
}

Results unsafe_masked_index_put(Call& call) {
  // torch._decomp.decompositions._unsafe_masked_index_put_accumulate
  FakeTensor& x = call.tensor(0);
  check_masked_index(call, call.tensors(2));
  if (truth(call, sym_eq(x.numel(), 0))) return one(clone(call, x));
  const std::vector<FakeTensor*> indices = call.tensors(2);
  for (std::size_t d = 0; d < indices.size(); ++d) {
    if (indices[d] != nullptr) size_at(x, static_cast<std::int64_t>(d));
  }
  FakeTensor& masked = call.op1("aten::masked_fill.Scalar", {call.arg(3), call.arg(1), 0});
  return call.op("aten::_unsafe_index_put", {&x, call.arg(2), &masked, true});
}

Results nonzero_columns(Call& call) {
  // ATen/native/TensorAdvancedIndexing.cpp nonzero_numpy
  FakeTensor& a = call.tensor(0);
  FakeTensor& positions = nonzero(call, a.dim() == 0 ? unsqueeze(call, a, 0) : a);
  return list_of(unbind(call, positions, 1));
}

Results nonzero_static(Call& call) {
  const FakeTensor& a = call.tensor(0);
  return one(new_empty(call, a, {call.sym_int(1), SymInt(a.dim())}, ScalarType::kLong));
}

constexpr OpRow kRows[] = {
    {"_index_put_impl", index_put_copy},
    {"_index_put_impl_", index_put_in_place},
    {"_unsafe_index.Tensor", index_rule},
    {"_unsafe_index.Tensor_hacked_twin", index_rule},
    {"_unsafe_index_put", index_put},
    {"_unsafe_index_put.hacked_twin", index_put},
    {"_unsafe_masked_index", unsafe_masked_index},
    {"_unsafe_masked_index_put_accumulate", unsafe_masked_index_put},
    {"argwhere", [](Call& c) { return one(nonzero(c, c.tensor(0))); }},
    {"index.Tensor", index_rule},
    {"index.Tensor_hacked_twin", index_rule},
    {"index_add", index_add},
    {"index_add_", index_add_in_place},
    {"index_copy", index_copy},
    {"index_copy_", index_copy_in_place},
    {"index_fill.int_Scalar", index_fill},
    {"index_fill.int_Tensor", index_fill},
    {"index_fill_.int_Scalar", index_fill_in_place},
    {"index_fill_.int_Tensor", index_fill_in_place},
    {"index_put", index_put},
    {"index_put.hacked_twin", index_put},
    {"index_put_", index_put_in_place},
    {"index_put_.hacked_twin", index_put_in_place},
    {"index_reduce", index_reduce},
    {"index_reduce_", index_reduce_in_place},
    {"index_select", index_select_rule},
    {"nonzero", [](Call& c) { return one(nonzero(c, c.tensor(0))); }},
    {"nonzero_numpy", nonzero_columns},
    {"nonzero_static", nonzero_static},
    {"where", nonzero_columns},
};

}  // namespace

std::span<const OpRow> indexing_ops() { return kRows; }

}  // namespace retrace::ops
