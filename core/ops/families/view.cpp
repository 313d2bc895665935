// SPDX-License-Identifier: Apache-2.0
// Views, their in-place forms and their copying forms (ATen/native/TensorShape.cpp, TensorConversions.cpp).
#include <fmt/format.h>

#include <array>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/infer_size.h"
#include "core/ops/vocabulary/storage.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

constexpr auto kContiguous = MemoryFormat::kContiguous;

/// An in-place view operation: self takes the geometry of its view.
Results adopt(FakeTensor& self, const FakeTensor& view) {
  self.sizes = view.sizes;
  self.strides = view.strides;
  self.storage_offset = view.storage_offset;
  return one(self);
}

/// torch._refs._make_copy_from_view: the view, cloned.
Results copy_of(Call& call, FakeTensor& view) { return one(clone(call, view, kContiguous)); }

std::vector<std::int64_t> every_dim(const FakeTensor& a) {
  std::vector<std::int64_t> dims(a.sizes.size());
  for (std::size_t d = 0; d < dims.size(); ++d) dims[d] = static_cast<std::int64_t>(d);
  return dims;
}

FakeTensor& reversed(Call& call, FakeTensor& a) {
  const std::vector<std::int64_t> dims = every_dim(a);
  return permute(call, a, std::vector<std::int64_t>(dims.rbegin(), dims.rend()));
}

FakeTensor& t(Call& call, FakeTensor& a) {
  const bool in_place = call.schema().is_mutable;
  check(a.dim() <= 2, in_place ? ErrorType::kAssertionError : ErrorType::kRuntimeError, [&] {
    return fmt::format("t{} expects a tensor with <= 2 dimensions, but self is {}D", in_place ? "_" : "()", a.dim());
  });
  return transpose(call, a, 0, a.dim() < 2 ? 0 : 1);
}

FakeTensor& conjugated(Call& call, FakeTensor& a) { return call.op1("aten::conj", {&a}); }

/// TensorShape.cpp _adjoint
FakeTensor& adjoint(Call& call, FakeTensor& a, bool conjugate, std::string_view name) {
  check(a.dim() != 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("tensor.{} is only supported on matrices or batches of matrices. Got 1-D tensor.", name);
  });
  FakeTensor& transposed = a.dim() == 0 ? a : transpose(call, a, -2, -1);
  return conjugate && is_complex(a.dtype) ? conjugated(call, transposed) : transposed;
}

Results matrix_h(Call& call) {
  FakeTensor& a = call.tensor(0);
  check(a.dim() == 2 || a.dim() == 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("tensor.H is only supported on matrices (2-D tensors). Got {}-D tensor.{}", a.dim(),
                       a.dim() > 2 ? " For batches of matrices, consider using tensor.mH" : "");
  });
  return one(adjoint(call, a, true, "H"));
}

Results unflatten(Call& call) {
  // TensorShape.cpp unflatten_impl
  FakeTensor& a = call.tensor(0);
  const std::int64_t dim = wrap_dim(call.integer(1), a.dim());
  check(a.dim() > 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("unflatten got an unexpected error:\nDimension specified as {} but tensor has no dimensions",
                       call.integer(1));
  });
  const SymInts given = call.sym_ints(2);
  check(!given.empty(), ErrorType::kRuntimeError, [] { return "unflatten: sizes must be non-empty"; });
  SymInts inferred;
  try {
    inferred = infer_size_dv(call, given, a.sizes[static_cast<std::size_t>(dim)]);
  } catch (const Failure& failure) {
    if (std::string_view(failure.what()).find("is invalid for input of size") == std::string_view::npos) throw;
    raise(ErrorType::kRuntimeError,
          fmt::format("unflatten: Provided sizes {} don't multiply up to the size of dim {} ({}) in the input tensor",
                      to_string(given), dim, to_string(a.sizes[static_cast<std::size_t>(dim)])));
  }
  SymInts shape = a.sizes;
  shape.erase(shape.begin() + dim);
  shape.insert(shape.begin() + dim, inferred.begin(), inferred.end());
  return one(view_shape(call, a, shape));
}

/// SymInt sizes of a tensor wrapped as a dim argument that may be a single int.
std::array<std::int64_t, 1> dim_at(const Call& call, std::size_t i) { return {call.integer(i)}; }

FakeTensor& narrowed(Call& call) {
  return narrow(call, call.tensor(0), call.integer(1), call.sym_int(2), call.sym_int(3));
}

Results narrow_by_tensor(Call& call) {
  FakeTensor& start = call.tensor(2);
  check(start.dim() == 0 && is_integral(start.dtype, false), ErrorType::kRuntimeError,
        [] { return "start must be an 0-dim integral Tensor."; });
  const std::vector<Value> number = call.op("aten::item", {&start});
  return one(narrow(call, call.tensor(0), call.integer(1), number.front().get<SymInt>(), call.sym_int(3)));
}

FakeTensor& sliced(Call& call) {
  return slice(call, call.tensor(0), call.integer(1), call.optional_sym_int(2), call.optional_sym_int(3),
               call.sym_int(4));
}

/// ATen/native/TensorShape.cpp setStrided; a storage may be too small for a fake tensor.
bool is_unbacked(const SymInt& n) { return !n.is_int() && n.node()->has_unbacked; }

FakeTensor& strided_view(Call& call) {
  const SymInts sizes = call.sym_ints(1);
  const SymInts strides = call.sym_ints(2);
  const std::optional<SymInt> offset = call.optional_sym_int(3);
  check(sizes.size() == strides.size(), ErrorType::kRuntimeError,
        [] { return "mismatch in length of strides and shape"; });
  for (const SymInt& size : sizes) {
    if (is_unbacked(size)) continue;  // nothing is asked
    check(call, sym_ge(size, 0), ErrorType::kRuntimeError, [] { return "numel: integer multiplication overflow"; });
  }
  for (const SymInt& stride : strides) {
    if (is_unbacked(stride)) continue;
    check(call, sym_ge(stride, 0), ErrorType::kRuntimeError, [&] {
      return fmt::format("as_strided: Negative strides are not supported at the moment, got strides: {}",
                         to_string(strides));
    });
  }
  if (offset && !is_unbacked(*offset)) {
    check(call, sym_ge(*offset, 0), ErrorType::kRuntimeError,
          [&] { return fmt::format("Tensor: invalid storage offset {}", to_string(*offset)); });
  }
  return as_strided(call, call.tensor(0), sizes, strides, offset);
}

FakeTensor& diagonal_of(Call& call) {
  return diagonal(call, call.tensor(0), call.integer(1), call.integer(2), call.integer(3));
}

FakeTensor& unfolded(Call& call) {
  return unfold(call, call.tensor(0), call.integer(1), call.sym_int(2), call.sym_int(3));
}

// ---- Other element types on the same storage.

FakeTensor& as_real(Call& call, FakeTensor& a) {
  // ATen/native/ComplexHelper.h view_as_real
  check(is_complex(a.dtype), ErrorType::kRuntimeError,
        [] { return "view_as_real is only supported for complex tensors"; });
  check(!a.is_conj, ErrorType::kRuntimeError, [] {
    return "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can "
           "view "
           "it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the "
           "original.";
  });
  SymInts sizes = a.sizes;
  SymInts strides;
  for (const SymInt& stride : a.strides) strides.push_back(stride * 2);
  sizes.emplace_back(2);
  strides.emplace_back(1);
  FakeTensor& result = call.view(a, std::move(sizes), std::move(strides), a.storage_offset * 2);
  result.dtype = to_real(a.dtype);
  return result;
}

FakeTensor& as_complex(Call& call, FakeTensor& a) {
  // ATen/native/ComplexHelper.h view_as_complex
  check(a.dtype == ScalarType::kFloat || a.dtype == ScalarType::kDouble || a.dtype == ScalarType::kHalf,
        ErrorType::kRuntimeError, [&] {
          return fmt::format(
              "view_as_complex is only supported for half, float and double tensors, but got a tensor of "
              "scalar type: {}",
              aten_name(a.dtype));
        });
  check(a.dim() != 0, ErrorType::kRuntimeError, [] { return "Input tensor must have one or more dimensions"; });
  check(call.env().expect_true(sym_eq(a.sizes.back(), 2)), ErrorType::kRuntimeError,
        [] { return "Tensor must have a last dimension of size 2"; });
  check(call.env().expect_true(sym_eq(a.strides.back(), 1)), ErrorType::kRuntimeError,
        [] { return "Tensor must have a last dimension with stride 1"; });
  SymInts strides;
  for (std::size_t d = 0; d + 1 < a.strides.size(); ++d) {
    check(call.env().expect_true(sym_eq(python_mod(a.strides[d], 2), 0)), ErrorType::kRuntimeError, [&] {
      return fmt::format("Tensor must have a stride divisible by 2 for all but last dimension, but got stride {}",
                         to_string(a.strides[d]));
    });
    strides.push_back(floordiv(a.strides[d], 2));
  }
  check(call.env().expect_true(sym_eq(python_mod(a.storage_offset, 2), 0)), ErrorType::kRuntimeError,
        [] { return "Tensor must have a storage_offset divisible by 2"; });
  FakeTensor& result =
      call.view(a, SymInts(a.sizes.begin(), a.sizes.end() - 1), std::move(strides), floordiv(a.storage_offset, 2));
  result.dtype = to_complex(a.dtype);
  return result;
}

std::string as_other(const FakeTensor& a, ScalarType dtype) {
  return fmt::format("to view {} as {} (different element sizes)", aten_name(a.dtype), aten_name(dtype));
}

void check_last_dim(Call& call, const FakeTensor& a, ScalarType dtype) {
  check(truth(call, sym_eq(a.strides.back(), 1)), ErrorType::kRuntimeError, [&] {
    return fmt::format("self.stride(-1) must be 1 {}, but got {}", as_other(a, dtype), to_string(a.strides.back()));
  });
}

/// Sizes and strides of a view with elements `ratio` times smaller.
FakeTensor& view_smaller(Call& call, FakeTensor& a, ScalarType dtype, std::int64_t ratio) {
  check_last_dim(call, a, dtype);
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  sizes.back() *= SymInt(ratio);
  for (std::size_t d = 0; d + 1 < strides.size(); ++d) strides[d] *= SymInt(ratio);
  return call.view(a, std::move(sizes), std::move(strides), a.storage_offset * SymInt(ratio));
}

FakeTensor& view_larger(Call& call, FakeTensor& a, ScalarType dtype, std::int64_t ratio) {
  check(truth(call, sym_eq(python_mod(a.sizes.back(), ratio), 0)), ErrorType::kRuntimeError, [&] {
    return fmt::format("self.size(-1) must be divisible by {} {}, but got {}", ratio, as_other(a, dtype),
                       to_string(a.sizes.back()));
  });
  check_last_dim(call, a, dtype);
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  sizes.back() = floordiv(sizes.back(), ratio);
  for (std::size_t d = 0; d + 1 < strides.size(); ++d) strides[d] = floordiv(strides[d], ratio);
  return call.view(a, std::move(sizes), std::move(strides), floordiv(a.storage_offset, ratio));
}

FakeTensor& view_dtype(Call& call, FakeTensor& a, ScalarType dtype) {
  // ATen/native/TensorConversions.cpp view_dtype
  if (a.dtype == dtype) return alias(call, a);
  const std::int64_t old_size = item_size(a.dtype);
  const std::int64_t new_size = item_size(dtype);
  check(a.dim() != 0 || old_size == new_size, ErrorType::kRuntimeError,
        [&] { return fmt::format("self.dim() cannot be 0 {}", as_other(a, dtype)); });
  FakeTensor& result = old_size == new_size  ? call.view(a, a.sizes, a.strides, a.storage_offset)
                       : old_size > new_size ? view_smaller(call, a, dtype, old_size / new_size)
                                             : view_larger(call, a, dtype, new_size / old_size);
  result.dtype = dtype;
  return result;
}

Results detach(Call& call) {
  FakeTensor& result = alias(call, call.tensor(0));
  result.tracks_grad = false;
  return one(result);
}

/// FakeTensor's cache makes the result anew, which asks its sizes, but no guard comes of that: whoever asks again is
/// told that they are known.
Results as_strided_alone(Call& call) {
  FakeTensor& view = strided_view(call);
  const bool before = call.env().suppress_guards(true);
  for (const SymInt& size : view.sizes)
    if (is_unbacked(size)) call.env().expect_true(sym_ge(size, 0));
  call.env().suppress_guards(before);
  return one(view);
}

Results as_strided_in_place(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& view = strided_view(call);
  check_in_storage(call, self, view.sizes, view.strides, view.storage_offset);
  return adopt(self, view);
}

/// ATen/native/TensorShape.cpp squeeze_, which has to know of every size that it may drop.
Results squeeze_in_place(Call& call, const std::vector<std::int64_t>& dims) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& squeezed = squeeze(call, self, dims);
  for (const std::int64_t dim : wrap_dims(dims, self.dim()))
    if (self.dim() > 0) truth(call, sym_ne(size_at(self, dim), 1));
  return adopt(self, squeezed);
}

/// ATen/native/TensorShape.cpp select_symint, whose copy is no meta function in Python: it has to know the size.
Results select_copy(Call& call) {
  FakeTensor& self = call.tensor(0);
  const SymInt index = call.sym_int(2);
  if (self.dim() > 0) {
    const SymInt& size = size_at(self, call.integer(1));
    if (!truth(call, sym_le(size, SymInt(-1) - index))) truth(call, sym_le(size, index));
  }
  return copy_of(call, select(call, self, call.integer(1), index));
}

constexpr OpRow kRows[] = {
    {"_reshape_alias", [](Call& c) { return one(view_shape(c, c.tensor(0), c.sym_ints(1))); }},
    {"_reshape_alias_copy", [](Call& c) { return copy_of(c, view_shape(c, c.tensor(0), c.sym_ints(1))); }},
    {"_reshape_copy", [](Call& c) { return copy_of(c, reshape(c, c.tensor(0), c.sym_ints(1))); }},
    {"_unsafe_view", [](Call& c) { return one(view_shape(c, c.tensor(0), c.sym_ints(1))); }},
    {"adjoint", [](Call& c) { return one(adjoint(c, c.tensor(0), true, "adjoint()")); }},
    {"alias", [](Call& c) { return one(alias(c, c.tensor(0))); }},
    {"alias_copy", [](Call& c) { return copy_of(c, c.tensor(0)); }},
    {"as_strided", as_strided_alone},
    {"as_strided_", as_strided_in_place},
    {"as_strided_copy", [](Call& c) { return copy_of(c, strided_view(c)); }},
    {"broadcast_to", [](Call& c) { return one(expand(c, c.tensor(0), c.sym_ints(1))); }},
    {"detach", detach},
    {"detach_", [](Call& c) { return one(c.tensor(0)); }},
    {"detach_copy", [](Call& c) { return copy_of(c, c.tensor(0)); }},
    {"diagonal", [](Call& c) { return one(diagonal_of(c)); }},
    {"diagonal_copy", [](Call& c) { return copy_of(c, diagonal_of(c)); }},
    {"expand", [](Call& c) { return one(expand(c, c.tensor(0), c.sym_ints(1))); }},
    {"expand_as", [](Call& c) { return one(expand(c, c.tensor(0), c.tensor(1).sizes)); }},
    {"expand_copy", [](Call& c) { return copy_of(c, expand(c, c.tensor(0), c.sym_ints(1))); }},
    {"flatten.using_ints", [](Call& c) { return one(flatten(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"linalg_diagonal", [](Call& c) { return one(diagonal_of(c)); }},
    {"mH", [](Call& c) { return one(adjoint(c, c.tensor(0), true, "mH")); }},
    {"mH.a", [](Call& c) { return one(adjoint(c, c.tensor(0), true, "mH")); }},
    {"mT", [](Call& c) { return one(adjoint(c, c.tensor(0), false, "mT")); }},
    {"mT.a", [](Call& c) { return one(adjoint(c, c.tensor(0), false, "mT")); }},
    {"matrix_H", matrix_h},
    {"matrix_H.a", matrix_h},
    {"moveaxis.int", [](Call& c) { return one(movedim(c, c.tensor(0), dim_at(c, 1), dim_at(c, 2))); }},
    {"moveaxis.intlist", [](Call& c) { return one(movedim(c, c.tensor(0), c.integers(1), c.integers(2))); }},
    {"movedim.int", [](Call& c) { return one(movedim(c, c.tensor(0), dim_at(c, 1), dim_at(c, 2))); }},
    {"movedim.intlist", [](Call& c) { return one(movedim(c, c.tensor(0), c.integers(1), c.integers(2))); }},
    {"narrow", [](Call& c) { return one(narrowed(c)); }},
    {"narrow.Tensor", narrow_by_tensor},
    {"narrow_copy", [](Call& c) { return copy_of(c, narrowed(c)); }},
    {"numpy_T", [](Call& c) { return one(reversed(c, c.tensor(0))); }},
    {"numpy_T.a", [](Call& c) { return one(reversed(c, c.tensor(0))); }},
    {"permute", [](Call& c) { return one(permute(c, c.tensor(0), c.integers(1))); }},
    {"permute_copy", [](Call& c) { return copy_of(c, permute(c, c.tensor(0), c.integers(1))); }},
    {"ravel", [](Call& c) { return one(view_shape(c, contiguous(c, c.tensor(0)), {SymInt(-1)})); }},
    {"reshape", [](Call& c) { return one(reshape(c, c.tensor(0), c.sym_ints(1))); }},
    {"reshape_as", [](Call& c) { return one(reshape(c, c.tensor(0), c.tensor(1).sizes)); }},
    {"select.int", [](Call& c) { return one(select(c, c.tensor(0), c.integer(1), c.sym_int(2))); }},
    {"select_copy.int", select_copy},
    {"slice.Tensor", [](Call& c) { return one(sliced(c)); }},
    {"slice_copy.Tensor", [](Call& c) { return copy_of(c, sliced(c)); }},
    {"slice_inverse",
     [](Call&) -> Results {  // torch/_subclasses/functional_tensor.py: PyTorch's own view replay does not take it
       raise(ErrorType::kAssertionError, "Expected exactly one tensor arg for view op, got 2");
     }},
    {"squeeze", [](Call& c) { return one(squeeze(c, c.tensor(0), every_dim(c.tensor(0)))); }},
    {"squeeze.dim", [](Call& c) { return one(squeeze(c, c.tensor(0), c.integer(1))); }},
    {"squeeze.dims", [](Call& c) { return one(squeeze(c, c.tensor(0), c.integers(1))); }},
    {"squeeze_", [](Call& c) { return squeeze_in_place(c, every_dim(c.tensor(0))); }},
    {"squeeze_.dim", [](Call& c) { return squeeze_in_place(c, {c.integer(1)}); }},
    {"squeeze_.dims", [](Call& c) { return squeeze_in_place(c, distinct_dims(c.integers(1), c.tensor(0).dim())); }},
    {"squeeze_copy", [](Call& c) { return copy_of(c, squeeze(c, c.tensor(0), every_dim(c.tensor(0)))); }},
    {"squeeze_copy.dim", [](Call& c) { return copy_of(c, squeeze(c, c.tensor(0), c.integer(1))); }},
    {"squeeze_copy.dims", [](Call& c) { return copy_of(c, squeeze(c, c.tensor(0), c.integers(1))); }},
    {"swapaxes", [](Call& c) { return one(transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"swapaxes_", [](Call& c) { return adopt(c.tensor(0), transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"swapdims", [](Call& c) { return one(transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"swapdims_", [](Call& c) { return adopt(c.tensor(0), transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"t", [](Call& c) { return one(t(c, c.tensor(0))); }},
    {"t_", [](Call& c) { return adopt(c.tensor(0), t(c, c.tensor(0))); }},
    {"t_copy", [](Call& c) { return copy_of(c, t(c, c.tensor(0))); }},
    {"transpose.int", [](Call& c) { return one(transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"transpose_", [](Call& c) { return adopt(c.tensor(0), transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"transpose_copy.int", [](Call& c) { return copy_of(c, transpose(c, c.tensor(0), c.integer(1), c.integer(2))); }},
    {"unflatten.int", unflatten},
    {"unfold", [](Call& c) { return one(unfolded(c)); }},
    {"unfold_copy", [](Call& c) { return copy_of(c, unfolded(c)); }},
    {"unsqueeze", [](Call& c) { return one(unsqueeze(c, c.tensor(0), c.integer(1))); }},
    {"unsqueeze_", [](Call& c) { return adopt(c.tensor(0), unsqueeze(c, c.tensor(0), c.integer(1))); }},
    {"unsqueeze_copy", [](Call& c) { return copy_of(c, unsqueeze(c, c.tensor(0), c.integer(1))); }},
    {"view", [](Call& c) { return one(view_shape(c, c.tensor(0), c.sym_ints(1))); }},
    {"view.dtype", [](Call& c) { return one(view_dtype(c, c.tensor(0), *c.dtype(1))); }},
    {"view_as", [](Call& c) { return one(view_shape(c, c.tensor(0), c.tensor(1).sizes)); }},
    {"view_as_complex", [](Call& c) { return one(as_complex(c, c.tensor(0))); }},
    {"view_as_complex_copy", [](Call& c) { return copy_of(c, as_complex(c, c.tensor(0))); }},
    {"view_as_real", [](Call& c) { return one(as_real(c, c.tensor(0))); }},
    {"view_as_real_copy", [](Call& c) { return copy_of(c, as_real(c, c.tensor(0))); }},
    {"view_copy", [](Call& c) { return copy_of(c, view_shape(c, c.tensor(0), c.sym_ints(1), true)); }},
    {"view_copy.dtype", [](Call& c) { return copy_of(c, view_dtype(c, c.tensor(0), *c.dtype(1))); }},
};

}  // namespace

std::span<const OpRow> view_ops() { return kRows; }

}  // namespace retrace::ops
