// SPDX-License-Identifier: Apache-2.0
// Memory formats: strides of fresh tensors, contiguity, and the layout an elementwise result inherits
// (torch/_prims_common/__init__.py and c10/core/MemoryFormat.h, SymbolicShapeMeta.cpp).
//
// `Ask` says how an undecided question about unbacked sizes ends: by PyTorch's data-dependent error (kGuard) or
// by "no" (kOrFalse). For backed sizes both add guards.
#pragma once
#include <span>
#include <vector>

#include "core/ops/vocabulary/broadcast.h"

namespace retrace::ops {

enum class Ask : std::uint8_t { kGuard, kOrFalse };

/// make_contiguous_strides_for; column_major: a contiguous batch of Fortran-contiguous matrices.
SymInts contiguous_strides(std::span<const SymInt> sizes);
SymInts column_major_strides(std::span<const SymInt> sizes);
/// make_channels_last_strides_for (rank 3, 4 or 5).
SymInts channels_last_strides(std::span<const SymInt> sizes);
/// Strides of a fresh tensor in a memory format (contiguous or channels last), as empty(memory_format=) gives.
SymInts strides_for(std::span<const SymInt> sizes, MemoryFormat format);

bool is_contiguous(shapes::ShapeEnv& env, const Geometry& g, Ask ask = Ask::kOrFalse);
/// is_contiguous_for_memory_format(_or_false); kChannelsLast only for rank 4, kChannelsLast3d for rank 5.
bool is_contiguous_for(shapes::ShapeEnv& env, const Geometry& g, MemoryFormat format, Ask ask = Ask::kOrFalse);
bool is_non_overlapping_and_dense(shapes::ShapeEnv& env, const Geometry& g);  // ..._or_false
/// In rows, else in channels_last, else in channels_last_3d.
bool is_contiguous_in_any_format(shapes::ShapeEnv& env, const Geometry& g);
/// SymbolicShapeMeta.cpp compute_is_non_overlapping_and_dense, which asks for the contiguous formats first.
bool is_packed(shapes::ShapeEnv& env, const Geometry& g);
/// MemoryOverlap.cpp has_internal_overlap, as far as it says yes: a dimension of some length that takes no step.
bool overlaps_itself(shapes::ShapeEnv& env, const Geometry& g);
/// Tensor.suggest_memory_format, the shared Python form (are_strides_like_channels_last_or_false).
bool strides_like_channels_last(shapes::ShapeEnv& env, const Geometry& g);
MemoryFormat suggest_memory_format(shapes::ShapeEnv& env, const Geometry& g);

/// compute_elementwise_output_logical_to_physical_perm over operands of one shape.
std::vector<std::int64_t> elementwise_perm(shapes::ShapeEnv& env, std::span<const Geometry> operands);
/// compute_elementwise_output_strides: the strides of a fresh elementwise result.
SymInts elementwise_strides(shapes::ShapeEnv& env, std::span<const Geometry> operands);
/// Strides of empty_permuted(sizes, physical_layout).
SymInts permuted_strides(std::span<const SymInt> sizes, std::span<const std::int64_t> perm);
/// Strides of clone with preserve_format: those of a dense tensor, else its dense permutation.
SymInts preserved_strides(shapes::ShapeEnv& env, const Geometry& g);
/// Strides of empty_like and its kin in a memory format (kPreserve: the permutation of `g`, made dense).
SymInts like_strides(shapes::ShapeEnv& env, const Geometry& g, MemoryFormat format);

}  // namespace retrace::ops
