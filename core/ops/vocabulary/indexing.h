// SPDX-License-Identifier: Apache-2.0
// aten.index and its kin, for the rules that index on the way.
#pragma once
#include <vector>

#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {

/// torch._meta_registrations.meta_index_Tensor; null entries are full slices.
FakeTensor& index(Call& call, FakeTensor& self, std::vector<FakeTensor*> indices);
/// aten.nonzero (fake_impls.nonzero): (count, rank) with a count that data decides.
FakeTensor& nonzero(Call& call, FakeTensor& a);
/// aten.index_select.
FakeTensor& index_select(Call& call, FakeTensor& a, std::int64_t dim, const FakeTensor& index);
/// torch._refs.where of a condition and two values, tensors or numbers.
FakeTensor& where(Call& call, FakeTensor& condition, const Value& a, const Value& b);
/// torch.empty_like: the order of a's dimensions in memory is kept.
FakeTensor& empty_like(Call& call, const FakeTensor& a, ScalarType dtype);
/// torch._prims_common.clone_preserve_strides, for the *_scatter operators.
FakeTensor& clone_preserving_strides(Call& call, const FakeTensor& a);

}  // namespace retrace::ops
