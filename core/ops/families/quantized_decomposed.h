// SPDX-License-Identifier: Apache-2.0
// quantized_decomposed: what quantised programs hold (torch/ao/quantization/fx/_decomposed.py).
#pragma once
#include "core/ops/op_table.h"

namespace retrace::ops {

std::span<const OpRow> quantized_decomposed_rows();

}  // namespace retrace::ops
