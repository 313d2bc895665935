// SPDX-License-Identifier: Apache-2.0
// prims: the operators that torch._refs decompose into (torch/_prims/__init__.py).
#pragma once
#include "core/ops/op_table.h"

namespace retrace::ops {

std::span<const OpRow> prims_rows();

}  // namespace retrace::ops
