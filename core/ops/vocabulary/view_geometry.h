// SPDX-License-Identifier: Apache-2.0
// Views and copies as rules build them: view and reshape with their questions, slicing, permuting, expanding.
//
// Each function is what the ATen operator of that name does to a fake tensor, so that composite rules read
// like the PyTorch code they mirror. `infer_size`, `expand` of geometries and strides live in their own headers.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/ops/call.h"
#include "core/ops/vocabulary/strides.h"

namespace retrace::ops {

/// bool(condition), guard_or_false, guard_or_true.
inline bool truth(Call& call, const SymBool& condition) { return call.env().guard(condition); }
inline bool or_false(Call& call, const SymBool& condition) { return call.env().guard_or_false(condition); }
inline bool or_true(Call& call, const SymBool& condition) { return call.env().guard_or_true(condition); }

/// fake_impls._compute_stride: strides of `shape` as a view of (sizes, strides); none: no such view.
std::optional<SymInts> compute_stride(Call& call, const Geometry& from, std::span<const SymInt> shape, Ask ask);
/// prims._collapse_view_helper: dims start..end merged into one; none: not as a view.
std::optional<Geometry> collapse_view(Call& call, const Geometry& a, std::int64_t start, std::int64_t end);

/// A one-element constant as another dtype holds it.
double as_dtype(double value, ScalarType dtype);

/// prims.view_of, aten.alias: another tensor of the same geometry.
FakeTensor& alias(Call& call, FakeTensor& a);
FakeTensor& as_strided(Call& call, FakeTensor& a, SymInts sizes, SymInts strides, std::optional<SymInt> offset = {});
/// aten.view (fake_impls._view_meta); allow_copy: as view_copy takes it.
FakeTensor& view_shape(Call& call, FakeTensor& a, const SymInts& shape, bool allow_copy = false);
/// aten.reshape, aten.flatten (ATen/native/TensorShape.cpp).
FakeTensor& reshape(Call& call, FakeTensor& a, const SymInts& shape);
FakeTensor& flatten(Call& call, FakeTensor& a, std::int64_t start = 0, std::int64_t end = -1);
FakeTensor& unsqueeze(Call& call, FakeTensor& a, std::int64_t dim);
FakeTensor& squeeze(Call& call, FakeTensor& a, std::span<const std::int64_t> dims);
inline FakeTensor& squeeze(Call& call, FakeTensor& a, std::int64_t dim) { return squeeze(call, a, std::span(&dim, 1)); }
FakeTensor& permute(Call& call, FakeTensor& a, std::span<const std::int64_t> dims);
FakeTensor& transpose(Call& call, FakeTensor& a, std::int64_t dim0, std::int64_t dim1);
FakeTensor& movedim(Call& call, FakeTensor& a, std::span<const std::int64_t> from, std::span<const std::int64_t> to);
FakeTensor& select(Call& call, FakeTensor& a, std::int64_t dim, const SymInt& index);
FakeTensor& slice(Call& call, FakeTensor& a, std::int64_t dim, const std::optional<SymInt>& start,
                  const std::optional<SymInt>& end, const SymInt& step = 1);
FakeTensor& narrow(Call& call, FakeTensor& a, std::int64_t dim, SymInt start, const SymInt& length);
FakeTensor& diagonal(Call& call, FakeTensor& a, std::int64_t offset, std::int64_t dim1, std::int64_t dim2);
FakeTensor& unfold(Call& call, FakeTensor& a, std::int64_t dim, const SymInt& size, const SymInt& step);
/// aten.expand to sizes that may hold -1.
FakeTensor& expand(Call& call, FakeTensor& a, const SymInts& sizes);

/// aten.clone, empty_like: fresh storage in a memory format.
FakeTensor& clone(Call& call, const FakeTensor& a, MemoryFormat format = MemoryFormat::kPreserve);
/// Tensor.contiguous: itself when it already is.
FakeTensor& contiguous(Call& call, FakeTensor& a, MemoryFormat format = MemoryFormat::kContiguous);
/// Tensor.new_empty: dense and row-major, a's dtype (or another) and device.
FakeTensor& new_empty(Call& call, const FakeTensor& a, SymInts sizes);
FakeTensor& new_empty(Call& call, const FakeTensor& a, SymInts sizes, ScalarType dtype);
/// torch.empty(sizes, memory_format=) with a's dtype and device.
FakeTensor& empty_in(Call& call, const FakeTensor& a, SymInts sizes, MemoryFormat format);
/// Tensor.to(dtype): itself, or a copy that keeps the layout.
FakeTensor& to_dtype(Call& call, FakeTensor& a, ScalarType dtype);
/// prims.convert_element_type: always a copy.
FakeTensor& convert_dtype(Call& call, FakeTensor& a, ScalarType dtype);

/// One result; a list of tensors as one result.
inline Results one(FakeTensor& t) { return {Value(&t)}; }
Results list_of(const std::vector<FakeTensor*>& tensors);

}  // namespace retrace::ops
