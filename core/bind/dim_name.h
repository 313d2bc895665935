// SPDX-License-Identifier: Apache-2.0
// Name and range of a Dim (torch/export/dynamic_shapes.py Dim, _DerivedDim).
#pragma once
#include <string>

#include "core/bind/dynamic_spec.h"

namespace retrace::bind {

inline bool is_derived(const Dim& dim) { return dim.scale != 1 || dim.offset != 0; }
/// "batch", "2*batch + 1".
std::string dim_name(const Dim& dim);
/// Dim.__init__: raises Failure(AssertionError) where a range holds no more than one size.
void check_dims(const DynamicSpec& spec);
/// A derived Dim's range is its root's, mapped. Raises Failure(AssertionError) where that leaves the sizes there are.
DimRange dim_range(const Dim& dim, const DynamicSpec& spec);

}  // namespace retrace::bind
