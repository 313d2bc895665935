// SPDX-License-Identifier: Apache-2.0
// Blocks of pixels to channels and back: pixel_shuffle, channel_shuffle, im2col, col2im.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/padding.h"

namespace retrace::ops {
namespace {

Results pixel_shuffle(Call& call) {
  // torch._meta_registrations.meta_pixel_shuffle
  const FakeTensor& a = call.tensor(0);
  const std::int64_t factor = call.integer(1);
  check(a.dim() > 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("Invalid input shape for pixel_shuffle: {}", size_text(a.sizes)); });
  const SymInt share = SymInt(factor) * factor;
  SymInts sizes = a.sizes;
  SymInt& channels = sizes[sizes.size() - 3];
  check(call, sym_eq(python_mod(channels, share), 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("Invalid input shape for pixel_shuffle: {} with upscale_factor = {}", size_text(a.sizes),
                       factor);
  });
  channels = floordiv(channels, share);
  sizes[sizes.size() - 2] *= SymInt(factor);
  sizes.back() *= SymInt(factor);
  return one(empty_in(call, a, std::move(sizes), suggest_memory_format(call.env(), geometry(a))));
}

Results pixel_unshuffle(Call& call) {
  // torch._refs.nn.functional.pixel_unshuffle
  FakeTensor& a = call.tensor(0);
  const SymInt factor = call.integer(1);
  check(a.dim() >= 3, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "pixel_unshuffle expects input to have at least 3 dimensions, but got input with {} dimension(s)", a.dim());
  });
  const SymInts batch(a.sizes.begin(), a.sizes.end() - 3);
  const SymInt* const chw = &a.sizes[batch.size()];
  const SymInt height = floordiv(chw[1], factor);
  const SymInt width = floordiv(chw[2], factor);
  SymInts blocks = batch;
  blocks.insert(blocks.end(), {chw[0], height, factor, width, factor});
  SymInts result = batch;
  result.insert(result.end(), {chw[0] * factor * factor, height, width});
  std::vector<std::int64_t> order;
  const auto n = static_cast<std::int64_t>(batch.size());
  for (std::int64_t d = 0; d < n; ++d) order.push_back(d);
  order.insert(order.end(), {n, n + 2, n + 4, n + 1, n + 3});
  FakeTensor& shuffled = reshape(call, permute(call, view_shape(call, a, blocks), order), result);
  return one(clone(call, shuffled, suggest_memory_format(call.env(), geometry(a))));
}

Results channel_shuffle(Call& call) {
  // torch._refs.nn.functional.channel_shuffle
  FakeTensor& a = call.tensor(0);
  const SymInt groups = call.sym_int(1);
  check(a.dim() > 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("channel_shuffle expects input with > 2 dims, but got input with sizes {}", to_string(a.sizes));
  });
  const SymInt channels = a.sizes[1];
  check(call, sym_gt(groups, 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("Number of groups to divide channels in must be positive. Value of groups:{}",
                       to_string(groups));
  });
  check(call, sym_eq(python_mod(channels, groups), 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("Number of channels must be divisible by groups. Got {} channels and {} groups.",
                       to_string(channels), to_string(groups));
  });
  if (truth(call, sym_eq(a.numel(), 0))) return one(view_shape(call, a, a.sizes));
  SymInts grouped = {a.sizes[0], groups, floordiv(channels, groups)};
  grouped.insert(grouped.end(), a.sizes.begin() + 2, a.sizes.end());
  FakeTensor& swapped = transpose(call, reshape(call, a, grouped), 1, 2);
  return one(contiguous(call, reshape(call, swapped, a.sizes)));
}
/// ATen/native/ChanelShuffle.cpp takes plain sizes.
Results native_channel_shuffle(Call& call) {
  specialized_sizes(call, call.tensor(0));
  return channel_shuffle(call);
}

/// kernel_size, dilation, padding and stride of im2col and col2im.
struct Sliding {
  std::vector<std::int64_t> kernel, dilation, padding, stride;
};

std::string tuple_text(std::span<const std::int64_t> values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

void check_values(std::span<const std::int64_t> values, std::string_view name, std::int64_t least) {
  check(std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v >= least; }), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} should be greater than zero, but got {}", name, tuple_text(values)); });
}

Sliding sliding(const Call& call, std::size_t first) {
  Sliding s{call.integers(first), call.integers(first + 1), call.integers(first + 2), call.integers(first + 3)};
  const auto check_2d = [](const std::vector<std::int64_t>& values, std::string_view name) {
    check(values.size() == 2, ErrorType::kRuntimeError, [&] { return fmt::format("only 2D {} supported", name); });
  };
  check_2d(s.kernel, "kernel");
  check_2d(s.dilation, "dilation");
  check_2d(s.padding, "padding");
  check_2d(s.stride, "stride");
  check_values(s.kernel, "kernel_size", 1);
  check_values(s.dilation, "dilation", 1);
  check_values(s.padding, "padding", 0);
  check_values(s.stride, "stride", 1);
  return s;
}

/// How many blocks fit along dimension `d` of `size`.
SymInt block_count(const SymInt& size, const Sliding& s, std::size_t d) {
  return floordiv(size + SymInt(2 * s.padding[d] - s.dilation[d] * (s.kernel[d] - 1) - 1), s.stride[d]) + 1;
}

/// _im2col_col2im_indices_along_dim: arange(0, blocks, stride) has this many numbers.
SymInt index_count(const SymInt& size, const Sliding& s, std::size_t d) {
  const SymInt end = size + SymInt(2 * s.padding[d] - s.dilation[d] * (s.kernel[d] - 1));
  return floordiv(end + SymInt(s.stride[d] - 1), s.stride[d]);
}

void check_nonempty(Call& call, const FakeTensor& a, std::int64_t rank) {
  bool filled = a.dim() == rank || a.dim() == rank + 1;
  for (std::int64_t i = rank; filled && i > 0; --i) {
    filled = truth(call, sym_ne(a.sizes[a.sizes.size() - static_cast<std::size_t>(i)], 0));
  }
  check(filled, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {}D or {}D (batch mode) tensor for input with possible 0 batch size and non-zero "
        "dimensions, but got: {}",
        rank, rank + 1, to_string(a.sizes));
  });
}

Results im2col(Call& call) {
  // torch._decomp.decompositions.im2col
  FakeTensor& given = call.tensor(0);
  const Sliding s = sliding(call, 1);
  check_nonempty(call, given, 3);
  const std::size_t rank = given.sizes.size();
  for (std::size_t d = 0; d < 2; ++d) {
    check(truth(call, sym_gt(block_count(given.sizes[rank - 2 + d], s, d), 0)), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Given an input with spatial size {}, kernel_size={}, dilation={}, padding={}, stride={}, the "
          "calculated shape of the array of sliding blocks is not at least one.",
          to_string(SymInts(given.sizes.end() - 2, given.sizes.end())), tuple_text(s.kernel), tuple_text(s.dilation),
          tuple_text(s.padding), tuple_text(s.stride));
    });
  }
  const bool batched = rank == 4;
  FakeTensor& a = batched ? given : unsqueeze(call, given, 0);
  const SymInt rows = index_count(a.sizes[2], s, 0);
  const SymInt columns = index_count(a.sizes[3], s, 1);
  const SymInts pad = {s.padding[1], s.padding[1], s.padding[0], s.padding[0]};
  FakeTensor& padded = constant_pad(call, a, pad);
  FakeTensor& row_index = new_empty(call, a, {s.kernel[0], rows, 1, 1}, ScalarType::kLong);
  FakeTensor& column_index = new_empty(call, a, {s.kernel[1], columns}, ScalarType::kLong);
  FakeTensor& found = index(call, padded, {nullptr, nullptr, &row_index, &column_index});
  const std::int64_t order[] = {0, 1, 2, 4, 3, 5};
  FakeTensor& out = reshape(call, permute(call, found, order),
                            {a.sizes[0], a.sizes[1] * SymInt(s.kernel[0] * s.kernel[1]), rows * columns});
  return one(batched ? out : squeeze(call, out, 0));
}

void check_columns(Call& call, const FakeTensor& a, const Sliding& s, const SymInt& blocks) {
  const std::int64_t area = s.kernel[0] * s.kernel[1];
  const SymInt& channels = a.sizes[a.sizes.size() - 2];
  check(call, sym_eq(python_mod(channels, area), 0), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected size of input's first non-batch dimension to be divisible by the product of "
        "kernel_size, but got input.shape[-2] = {} and kernel_size={}",
        to_string(channels), tuple_text(s.kernel));
  });
  const auto message = [&] {
    return fmt::format(
        "Given kernel_size={}, dilation={}, padding={}, stride={}, expected input.size(-1) to be {} but "
        "got {}.",
        tuple_text(s.kernel), tuple_text(s.dilation), tuple_text(s.padding), tuple_text(s.stride), to_string(blocks),
        to_string(a.sizes.back()));
  };
  check(call, sym_eq(a.sizes.back(), blocks), ErrorType::kRuntimeError, message);
  check(call, sym_gt(blocks, 0), ErrorType::kRuntimeError, message);
}

Results col2im(Call& call) {
  // torch._decomp.decompositions.col2im
  FakeTensor& given = call.tensor(0);
  const SymInts size = call.sym_ints(1);
  check(size.size() == 2, ErrorType::kRuntimeError, [] { return "only 2D output_size supported"; });
  const Sliding s = sliding(call, 2);
  check_nonempty(call, given, 2);
  const SymInt blocks[] = {block_count(size[0], s, 0), block_count(size[1], s, 1)};
  check_columns(call, given, s, blocks[0] * blocks[1]);
  const bool batched = given.dim() == 3;
  FakeTensor& a = batched ? given : unsqueeze(call, given, 0);
  const SymInt channels = floordiv(a.sizes[1], s.kernel[0] * s.kernel[1]);
  FakeTensor& padded = new_empty(
      call, a, {a.sizes[0], channels, size[0] + SymInt(2 * s.padding[0]), size[1] + SymInt(2 * s.padding[1])});
  const SymInts crop = {-s.padding[1], -s.padding[1], -s.padding[0], -s.padding[0]};
  FakeTensor& out = constant_pad(call, empty_like(call, padded, a.dtype), crop);
  return one(batched ? out : squeeze(call, out, 0));
}

constexpr OpRow kRows[] = {
    {"channel_shuffle", channel_shuffle},
    {"col2im", col2im},
    {"im2col", im2col},
    {"native_channel_shuffle", native_channel_shuffle},
    {"pixel_shuffle", pixel_shuffle},
    {"pixel_unshuffle", pixel_unshuffle},
};

}  // namespace

std::span<const OpRow> block_ops() { return kRows; }

}  // namespace retrace::ops
