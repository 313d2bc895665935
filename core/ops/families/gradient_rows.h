// SPDX-License-Identifier: Apache-2.0
// The gradient family: the parts that have files of their own, and what they share.
#pragma once
#include "core/ops/op_table.h"

namespace retrace::ops {

/// Of pointwise operators and losses: gradient_formulas.cpp.
std::span<const OpRow> gradient_formula_rows();
/// Of pools, pads, interpolation and grid samplers: gradient_windows.cpp.
std::span<const OpRow> gradient_window_rows();
/// Of normalizations, and of likelihood losses: gradient_norms.cpp.
std::span<const OpRow> gradient_norm_rows();

/// Is the gradient of this place in the output mask asked for? Python's masks are of any length.
bool wanted(Call& call, std::size_t place);

}  // namespace retrace::ops
