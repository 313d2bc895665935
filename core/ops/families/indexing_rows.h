// SPDX-License-Identifier: Apache-2.0
// The parts of the indexing family that have files of their own.
#pragma once
#include <span>

#include "core/ops/op_table.h"

namespace retrace::ops {

/// gather, scatter, take, put and the *_scatter operators: gather_scatter.cpp.
std::span<const OpRow> gather_scatter_rows();
/// masks and where: masking.cpp.
std::span<const OpRow> masking_rows();
/// unique, bincount, histc, searchsorted, one_hot: counting.cpp.
std::span<const OpRow> counting_rows();
/// repeat, tile, roll, flip, rot90, diagonals and triangles: rearrange.cpp.
std::span<const OpRow> rearrange_rows();
/// pad and its modes: padding.cpp.
std::span<const OpRow> padding_rows();
/// pixel_shuffle, channel_shuffle, im2col, col2im: blocks.cpp.
std::span<const OpRow> block_rows();

}  // namespace retrace::ops
