// SPDX-License-Identifier: Apache-2.0
// Vector and matrix norms, and what is computed from them: condition, rank, powers (ATen LinearAlgebra.cpp).
#pragma once
#include "core/ops/op_table.h"

namespace retrace::ops::linalg {

std::span<const OpRow> norm_rows();

}  // namespace retrace::ops::linalg
