// SPDX-License-Identifier: Apache-2.0
// Sliding windows of pooling and convolution: output sizes and the checks PyTorch makes of them
// (torch/_meta_registrations.py, ATen/native/Pool.h, Convolution.cpp).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/ops/call.h"

namespace retrace::ops {

/// A pooling window, one number a spatial dimension.
struct Window {
  std::vector<std::int64_t> kernel, stride, padding, dilation;
};

/// A list argument of one number or one a dimension, spread to `rank` numbers; raises with `what` otherwise.
std::vector<std::int64_t> spread(std::span<const std::int64_t> values, std::size_t rank, std::string_view what);
/// A pool's window from its list arguments (stride: empty stands for the kernel's); `name` and `either` are how its
/// messages put it: "max_pool2d: padding must either be a single int, or a tuple of two ints".
struct PoolLists {
  std::vector<std::int64_t> kernel, stride, padding, dilation = {1};
};
Window pool_window(std::string_view name, std::size_t rank, bool either, const PoolLists& lists);
/// pooling_output_shape
SymInt pooled_size(Call& call, const SymInt& size, const Window& w, std::size_t dim, bool ceil_mode);
/// The spatial sizes, which are the last dimensions, after pooling.
SymInts pooled_sizes(Call& call, const FakeTensor& input, const Window& w, bool ceil_mode);
/// pool2d_shape_check; `sizes` are those of the input, `pooled` height and width of the output.
void check_pool2d(Call& call, const FakeTensor& input, const Window& w, std::span<const SymInt> pooled,
                  bool channels_last);
/// pool3d_shape_check
void check_pool3d(Call& call, const FakeTensor& input, const Window& w, std::span<const SymInt> pooled,
                  std::string_view name, bool check_input_size);

/// The numbers of a convolution, one a spatial dimension.
struct Convolution {
  SymInts stride, padding, dilation, output_padding;
  bool transposed = false;
  SymInt groups = 1;
};
/// aten.convolution on a batched input, memory format included (fake_impls.conv).
FakeTensor& convolve(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor* bias, Convolution numbers);

}  // namespace retrace::ops
