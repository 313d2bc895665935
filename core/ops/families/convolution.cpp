// SPDX-License-Identifier: Apache-2.0
// Convolutions and their transposes (ATen/native/Convolution.cpp).
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/padding.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/window.h"

namespace retrace::ops {
namespace {

/// A complex operand's real part, which stands for all the real convolutions that complex_convolution makes.
FakeTensor& real_part(Call& call, FakeTensor& t) {
  FakeTensor& resolved = call.op1("aten::resolve_conj", {&t});
  FakeTensor& pairs = call.op1("aten::view_as_real", {&resolved});
  return select(call, pairs, -1, 0);
}

FakeTensor& convolve_any(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor* bias, const Convolution& c) {
  if (!is_complex(input.dtype)) return convolve(call, input, weight, bias, c);
  FakeTensor* real_bias = bias == nullptr ? nullptr : &real_part(call, *bias);
  FakeTensor& out = convolve(call, real_part(call, input), real_part(call, weight), real_bias, c);
  return convert_dtype(call, out, input.dtype);
}

/// Convolution.cpp batchify: the input with a batch dimension.
FakeTensor& batchified(Call& call, FakeTensor& input, std::int64_t spatial, std::string_view name) {
  check(input.dim() == spatial + 1 || input.dim() == spatial + 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected {}D (unbatched) or {}D (batched) input to {}, but got input of size: [{}]",
                       spatial + 1, spatial + 2, name, fmt::join(specialized_sizes(call, input), ", "));
  });
  return input.dim() == spatial + 2 ? input : unsqueeze(call, input, 0);
}

Results unbatched(Call& call, FakeTensor& out, bool batched) { return one(batched ? out : squeeze(call, out, 0)); }

void check_bias_type(const FakeTensor& input, const FakeTensor* bias) {
  check(bias == nullptr || bias->dtype == input.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("Input type ({}) and bias type ({}) should be the same", aten_name(input.dtype),
                       aten_name(bias->dtype));
  });
}

template <std::int64_t spatial>
Results conv(Call& call) {
  FakeTensor& input = call.tensor(0);
  FakeTensor* bias = call.optional_tensor(2);
  check_bias_type(input, bias);
  FakeTensor& batch = batchified(call, input, spatial, fmt::format("conv{}d", spatial));
  const Convolution c{call.sym_ints(3), call.sym_ints(4), call.sym_ints(5), {SymInt(0)}, false, call.sym_int(6)};
  return unbatched(call, convolve_any(call, batch, call.tensor(1), bias, c), &batch == &input);
}

template <std::int64_t spatial>
Results conv_transpose(Call& call) {
  FakeTensor& input = call.tensor(0);
  FakeTensor& batch = batchified(call, input, spatial, fmt::format("conv_transpose{}d", spatial));
  const Convolution c{call.sym_ints(3), call.sym_ints(4), call.sym_ints(7), call.sym_ints(5), true, call.sym_int(6)};
  return unbatched(call, convolve_any(call, batch, call.tensor(1), call.optional_tensor(2), c), &batch == &input);
}

/// Convolution.cpp convolution_same: stride 1, as much padding as keeps the size; an odd rest is padded by hand.
FakeTensor& convolve_same(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor* bias, Convolution c) {
  const std::size_t spatial = weight.sizes.size() - 2;
  check(weight.dim() > 2, ErrorType::kRuntimeError, [] { return "weight should have at least three dimensions"; });
  check(weight.dim() == input.dim(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {}-dimensional input for {}-dimensional weight{}, but got {}-dimensional input of size "
        "{} instead",
        weight.dim(), weight.dim(), to_string(weight.sizes), input.dim(), to_string(input.sizes));
  });
  for (const SymInt& stride : c.stride) {
    check(truth(call, sym_eq(stride, 1)), ErrorType::kRuntimeError,
          [] { return "padding='same' is not supported for strided convolutions"; });
  }
  c.padding.clear();
  SymInts pad(2 * spatial, SymInt(0));
  bool symmetric = true;
  for (std::size_t d = 0; d < spatial; ++d) {
    const SymInt total = (c.dilation.size() == 1 ? c.dilation[0] : c.dilation[d]) * (weight.sizes[d + 2] - 1);
    const SymInt low = floordiv(total, 2);
    const SymInt rest = total - low - low;
    c.padding.push_back(low);
    pad[2 * (spatial - 1 - d) + 1] = rest;
    if (truth(call, sym_ne(rest, 0))) symmetric = false;
  }
  FakeTensor& padded = symmetric ? input : constant_pad(call, input, pad);
  return convolve_any(call, padded, weight, bias, c);
}

FakeTensor& convolve_mode(Call& call, FakeTensor& input, std::string_view padding) {
  FakeTensor& weight = call.tensor(1);
  FakeTensor* bias = call.optional_tensor(2);
  const Convolution c{call.sym_ints(3), {SymInt(0)}, call.sym_ints(5), {SymInt(0)}, false, call.sym_int(6)};
  if (padding == "same") return convolve_same(call, input, weight, bias, c);
  check(padding == "valid", ErrorType::kRuntimeError,
        [&] { return fmt::format("Invalid padding string: '{}'", padding); });
  return convolve_any(call, input, weight, bias, c);
}

template <std::int64_t spatial>
Results conv_padding(Call& call) {
  FakeTensor& input = call.tensor(0);
  FakeTensor& batch = batchified(call, input, spatial, fmt::format("conv{}d", spatial));
  return unbatched(call, convolve_mode(call, batch, call.string(4)), &batch == &input);
}

Results convolution(Call& call) {
  const Convolution c{call.sym_ints(3), call.sym_ints(4), call.sym_ints(5),
                      call.sym_ints(7), call.boolean(6),  call.sym_int(8)};
  return one(convolve(call, call.tensor(0), call.tensor(1), call.optional_tensor(2), c));
}

Results conv_tbc(Call& call) {
  // ATen/native/ConvolutionTBC.cpp
  const FakeTensor& input = call.tensor(0);
  const FakeTensor& weight = call.tensor(1);
  const FakeTensor& bias = call.tensor(2);
  check(input.dim() == 3, ErrorType::kRuntimeError, [] { return "Input must have 3 dims: time, batch, in_channel"; });
  check(weight.dim() == 3, ErrorType::kRuntimeError,
        [] { return "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels."; });
  check(bias.dim() == 1, ErrorType::kRuntimeError, [] { return "Bias must be 1-D"; });
  const std::vector<std::int64_t> in = specialized_sizes(call, input);
  const std::vector<std::int64_t> kernel = specialized_sizes(call, weight);
  check(in[2] == kernel[1], ErrorType::kRuntimeError,
        [] { return "Input dim 2 (input channels) is not == dim 1 in the weight tensor"; });
  check(specialized_sizes(call, bias)[0] == kernel[2], ErrorType::kRuntimeError,
        [] { return "Bias size must equal dim 2 in the weight tensor (output channels)."; });
  return one(new_empty(call, input, {in[0] - kernel[0] + 1 + 2 * call.integer(3), in[1], kernel[2]}));
}

void check_slow(Call& call, const Convolution& c) {
  const ScalarType expected = call.tensor(0).dtype;
  const ScalarType found = call.tensor(1).dtype;
  check(expected == found, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected scalar type {} but found {}", aten_name(expected), aten_name(found)); });
  for (std::size_t d = 0; d < c.output_padding.size(); ++d) {
    check(call, sym_lt(c.output_padding[d], sym_max(c.stride[d], c.dilation[d])), ErrorType::kRuntimeError,
          [] { return "output padding must be smaller than either stride or dilation"; });
  }
}

/// How each of the kernels below checks an argument with a number for each dimension: thnn_conv2d (and what it is made
/// of), the dilated ones, the others.
std::string wrong_count(std::string_view op, std::string_view argument, std::size_t rank, std::size_t given) {
  if (op.ends_with("conv2d") || op.starts_with("aten::_")) return fmt::format("{}D {} expected", rank, argument);
  if (op.find("dilated") == std::string_view::npos)
    return fmt::format("It is expected {} equals to {}, but got size {}",
                       argument == "output_padding" ? "stride" : argument, rank, given);
  const std::string_view shown = argument == "kernel_size" ? "kernel sizes"
                                 : argument == "stride"    ? "strides"
                                 : argument == "padding"   ? "pads"
                                                           : "dilations";
  return fmt::format("{} length should be {}, but got {}", shown, rank, given);
}

void check_counts(Call& call) {
  const std::string_view op = call.schema().name;
  const std::size_t rank = op.find("3d") == std::string_view::npos ? 2 : 3;
  for (const std::string_view argument : {"kernel_size", "stride", "padding", "output_padding", "dilation"}) {
    const auto at = find_arg(call, argument);
    if (!at || call.sym_ints(*at).size() == rank) continue;
    raise(ErrorType::kRuntimeError, wrong_count(op, argument, rank, call.sym_ints(*at).size()));
  }
}

/// The kernels behind convolution, called by name: FakeTensorMode runs them on zeros, for want of a meta kernel.
template <bool transposed>
Results slow_convolution(Call& call) {
  for (const std::size_t i : {0U, 1U}) {
    if (is_symbolic(call.tensor(i))) raise(ErrorType::kUnsupported, std::string(call.schema().name));
  }
  check_counts(call);
  const std::size_t rank = call.sym_ints(2).size();
  const auto numbers = [&](std::string_view name, std::int64_t otherwise) {
    const auto at = find_arg(call, name);
    return at ? call.sym_ints(*at) : SymInts(rank, SymInt(otherwise));
  };
  const Convolution c{
      numbers("stride", 1), numbers("padding", 0), numbers("dilation", 1), numbers("output_padding", 0), transposed, 1};
  check_slow(call, c);
  FakeTensor kernel = call.tensor(1);  // the kernel's size is an argument of its own
  const SymInts size = call.sym_ints(2);
  for (std::size_t d = 0; d < rank && d + 2 < kernel.sizes.size(); ++d) kernel.sizes.edit()[d + 2] = size[d];
  const FakeTensor& out = convolve(call, call.tensor(0), kernel, call.optional_tensor(3), c);
  return one(call.contiguous(out.dtype, out.sizes, out.device));
}

constexpr OpRow kRows[] = {
    {"_convolution", convolution},
    {"_convolution.deprecated", convolution},
    {"_convolution_mode", [](Call& c) { return one(convolve_mode(c, c.tensor(0), c.string(4))); }},
    {"_slow_conv2d_forward", slow_convolution<false>},
    {"conv1d", conv<1>},
    {"conv1d.padding", conv_padding<1>},
    {"conv2d", conv<2>},
    {"conv2d.padding", conv_padding<2>},
    {"conv3d", conv<3>},
    {"conv3d.padding", conv_padding<3>},
    {"conv_tbc", conv_tbc},
    {"conv_transpose1d", conv_transpose<1>},
    {"conv_transpose2d.input", conv_transpose<2>},
    {"conv_transpose3d.input", conv_transpose<3>},
    {"convolution", convolution},
    {"convolution_overrideable", convolution},
    {"slow_conv3d", slow_convolution<false>},
    {"slow_conv3d_forward", slow_convolution<false>},
    {"slow_conv_dilated2d", slow_convolution<false>},
    {"slow_conv_dilated3d", slow_convolution<false>},
    {"slow_conv_transpose2d", slow_convolution<true>},
    {"slow_conv_transpose3d", slow_convolution<true>},
    {"thnn_conv2d", slow_convolution<false>},
};

}  // namespace

std::span<const OpRow> convolution_ops() { return kRows; }

}  // namespace retrace::ops
