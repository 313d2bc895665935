// SPDX-License-Identifier: Apache-2.0
// The parts of the normalization family that have files of their own.
#pragma once
#include <span>

#include "core/ops/op_table.h"

namespace retrace::ops {

/// batch_norm, instance_norm and the native forms: batch_norm.cpp.
std::span<const OpRow> batch_norm_rows();

}  // namespace retrace::ops
