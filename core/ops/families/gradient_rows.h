// SPDX-License-Identifier: Apache-2.0
// The parts of the gradient family that have files of their own.
#pragma once
#include "core/ops/op_table.h"

namespace retrace::ops {

/// Of pointwise operators and losses: gradient_formulas.cpp.
std::span<const OpRow> gradient_formula_rows();
/// Of pools, pads, interpolation and grid samplers: gradient_windows.cpp.
std::span<const OpRow> gradient_window_rows();
/// Of normalizations, and of likelihood losses: gradient_norms.cpp.
std::span<const OpRow> gradient_norm_rows();

}  // namespace retrace::ops
