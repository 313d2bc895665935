// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/window.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {

std::vector<std::int64_t> spread(std::span<const std::int64_t> values, std::size_t rank, std::string_view what) {
  check(values.size() == 1 || values.size() == rank, ErrorType::kRuntimeError, [&] { return std::string(what); });
  if (values.size() == rank) return {values.begin(), values.end()};
  return std::vector<std::int64_t>(rank, values[0]);
}

Window pool_window(std::string_view name, std::size_t rank, bool either, const PoolLists& lists) {
  const std::string_view tuple = rank == 2 ? "tuple of two ints" : "tuple of three ints";
  const auto text = [&](std::string_view what, std::string_view be) {
    return fmt::format("{}: {} must {} a single int, or a {}", name, what, be, tuple);
  };
  const std::string_view be = either ? "either be" : "be";
  Window w;
  w.kernel = spread(lists.kernel, rank, text("kernel_size", be));
  w.stride =
      lists.stride.empty() ? w.kernel : spread(lists.stride, rank, text("stride", fmt::format("{} omitted,", be)));
  w.padding = spread(lists.padding, rank, text("padding", be));
  w.dilation = spread(lists.dilation, rank, text("dilation", rank == 2 ? "either be" : "be either"));
  return w;
}

SymInt pooled_size(Call& call, const SymInt& size, const Window& w, std::size_t dim, bool ceil_mode) {
  const std::int64_t kernel = w.kernel[dim];
  const std::int64_t stride = w.stride[dim];
  const std::int64_t pad = w.padding[dim];
  const std::int64_t dilation = w.dilation[dim];
  const std::int64_t reach = (SymInt(dilation) * (SymInt(kernel) - 1)).as_int();
  check(stride != 0, ErrorType::kRuntimeError, [] { return "stride should not be zero"; });
  check(pad >= 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("pad must be non-negative, but got pad: {}", pad); });
  check(pad <= (SymInt(reach) + 1).as_int() / 2, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "pad should be at most half of effective kernel size, but got pad={}, kernel_size={} and "
        "dilation={}",
        pad, kernel, dilation);
  });
  SymInt out =
      floordiv(size + (SymInt(2) * pad - reach - 1 + (ceil_mode ? SymInt(stride) - 1 : SymInt(0))), stride) + 1;
  if (ceil_mode && truth(call, sym_ge((out - 1) * SymInt(stride), size + SymInt(pad)))) out -= 1;
  return out;
}

SymInts pooled_sizes(Call& call, const FakeTensor& input, const Window& w, bool ceil_mode) {
  const std::size_t rank = w.kernel.size();
  SymInts sizes;
  for (std::size_t d = 0; d < rank; ++d) {
    sizes.push_back(pooled_size(call, input.sizes[input.sizes.size() - rank + d], w, d, ceil_mode));
  }
  return sizes;
}

namespace {

bool all_positive(std::span<const std::int64_t> values) {
  for (const std::int64_t v : values) {
    if (v <= 0) return false;
  }
  return true;
}

/// "dH: 1, dW: 0"; `what` stands before each letter.
std::string by_letter(std::string_view what, std::span<const std::int64_t> values) {
  constexpr std::string_view kLetters = "THW";
  std::string text;
  for (std::size_t d = 0; d < values.size(); ++d) {
    text +=
        fmt::format("{}{}{}: {}", d == 0 ? "" : ", ", what, kLetters[kLetters.size() - values.size() + d], values[d]);
  }
  return text;
}

void check_window(const Window& w) {
  const auto check_values = [](std::string_view what, std::string_view letter, std::span<const std::int64_t> values) {
    check(all_positive(values), ErrorType::kRuntimeError,
          [&] { return fmt::format("{} should be greater than zero, but got {}", what, by_letter(letter, values)); });
  };
  check_values("kernel size", "k", w.kernel);
  check_values("stride", "d", w.stride);
  check_values("dilation", "dilation", w.dilation);
}

std::string by(std::span<const SymInt> sizes) {
  std::vector<std::string> texts;
  for (const SymInt& size : sizes) texts.push_back(to_string(size));
  return fmt::format("{}", fmt::join(texts, "x"));
}

void check_pooled(Call& call, const FakeTensor& input, std::span<const SymInt> pooled) {
  const std::size_t spatial = pooled.size();
  SymBool positive = true;
  // Width first, then height (and time before both in three dimensions).
  if (spatial == 3) positive = sym_ge(pooled[0], 1);
  positive = sym_and(positive, sym_ge(pooled[spatial - 1], 1));
  positive = sym_and(positive, sym_ge(pooled[spatial - 2], 1));
  check(call, positive, ErrorType::kRuntimeError, [&] {
    const SymInts in(input.sizes.end() - static_cast<std::ptrdiff_t>(spatial) - 1, input.sizes.end());
    return fmt::format("Given input size: ({}). Calculated output size: ({}x{}). Output size is too small", by(in),
                       to_string(in[0]), by(pooled));
  });
}

}  // namespace

void check_pool2d(Call& call, const FakeTensor& input, const Window& w, std::span<const SymInt> pooled,
                  bool channels_last) {
  check_window(w);
  const std::size_t rank = input.sizes.size();
  SymBool filled = rank >= 3 ? sym_and(sym_ne(input.sizes[1], 0), sym_ne(input.sizes[2], 0)) : SymBool(false);
  if (rank == 4) filled = sym_and(filled, sym_ne(input.sizes[3], 0));
  if (rank == 3) filled = channels_last ? SymBool(false) : sym_and(sym_ne(input.sizes[0], 0), filled);
  check(call, rank == 3 || rank == 4 ? filled : SymBool(false), ErrorType::kRuntimeError, [&] {
    return channels_last ? fmt::format(
                               "Expected 4D (batch mode) tensor expected for input with channels_last layout with "
                               "optional 0 dim batch size for input, but got: {}",
                               size_text(input.sizes))
                         : fmt::format(
                               "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, "
                               "but got: {}",
                               size_text(input.sizes));
  });
  check(w.kernel[1] / 2 >= w.padding[1] && w.kernel[0] / 2 >= w.padding[0], ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "pad should be smaller than or equal to half of kernel size, but got padW = {}, padH = {}, kW = "
        "{}, kH = {}",
        w.padding[1], w.padding[0], w.kernel[1], w.kernel[0]);
  });
  check_pooled(call, input, pooled);
}

void check_pool3d(Call& call, const FakeTensor& input, const Window& w, std::span<const SymInt> pooled,
                  std::string_view name, bool check_input_size) {
  check_window(w);
  const std::size_t rank = input.sizes.size();
  check(rank == 4 || rank == 5, ErrorType::kRuntimeError, [&] {
    return fmt::format("{}: Expected 4D or 5D tensor for input, but got: {}", name, size_text(input.sizes));
  });
  for (std::size_t d = rank == 5 ? 1 : 0; d < rank; ++d) {
    check(call, sym_gt(input.sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "{}: Expected input's non-batch dimensions to have positive length, but input has a shape of {} "
          "and non-batch dimension {} has length zero!",
          name, size_text(input.sizes), to_string(input.sizes[d]));
    });
  }
  const SymInt* const thw = &input.sizes[rank - 3];
  if (check_input_size) {
    const SymBool large =
        sym_and(sym_and(sym_ge(thw[0], w.kernel[0]), sym_ge(thw[1], w.kernel[1])), sym_ge(thw[2], w.kernel[2]));
    check(call, large, ErrorType::kRuntimeError, [&] {
      return fmt::format("input image (T: {} H: {} W: {}) smaller than kernel size (kT: {} kH: {} kW: {})",
                         to_string(thw[0]), to_string(thw[1]), to_string(thw[2]), w.kernel[0], w.kernel[1],
                         w.kernel[2]);
    });
  }
  for (std::size_t d = 0; d < 3; ++d) {
    check(w.kernel[d] >= 2 * w.padding[d], ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "pad should be smaller than or equal to half of kernel size, but got kT: {} kW: {} kH: {} padT: "
          "{} padW: {} padH: {}",
          w.kernel[0], w.kernel[2], w.kernel[1], w.padding[0], w.padding[2], w.padding[1]);
    });
  }
  check_pooled(call, input, pooled);
}

}  // namespace retrace::ops
