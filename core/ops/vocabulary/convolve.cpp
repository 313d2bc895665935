// SPDX-License-Identifier: Apache-2.0
// aten.convolution as FakeTensorMode computes it: ATen's checks, the output's sizes, then the memory format that
// the CPU backend would give (fake_impls.conv, ATen/native/Convolution.cpp).
#include <fmt/format.h>

#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/window.h"

namespace retrace::ops {

namespace {

/// expand_param_if_needed; a weight of fewer than two dimensions makes `spatial` negative.
SymInts expanded(SymInts values, std::int64_t spatial, std::string_view name) {
  const bool fits = static_cast<std::int64_t>(values.size()) == spatial;
  check(values.size() == 1 || fits, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "expected {} to be a single integer value or a list of {} values to match the convolution "
        "dimensions, but got {}={}",
        name, spatial, name, to_string(values));
  });
  if (fits) return values;
  check(spatial >= 0, ErrorType::kValueError, [] { return "cannot create std::vector larger than max_size()"; });
  return SymInts(static_cast<std::size_t>(spatial), values[0]);
}

void check_least(Call& call, std::span<const SymInt> values, std::int64_t least, std::string_view message) {
  for (const SymInt& v : values) {
    check(truth(call, sym_ge(v, least)), ErrorType::kRuntimeError, [&] { return std::string(message); });
  }
}

void check_channels(Call& call, const FakeTensor& input, const FakeTensor& weight, const FakeTensor* bias,
                    const Convolution& c) {
  const SymInt expected = c.transposed ? weight.sizes[0] : weight.sizes[1] * c.groups;
  const SymInt out = c.transposed ? weight.sizes[1] * c.groups : weight.sizes[0];
  const std::string given = c.transposed ? "transposed=1" : fmt::format("groups={}", to_string(c.groups));
  check(truth(call, sym_eq(input.sizes[1], expected)), ErrorType::kRuntimeError, [&] {
    return fmt::format("Given {}, weight of size {}, expected input{} to have {} channels, but got {} channels instead",
                       given, to_string(weight.sizes), to_string(input.sizes), to_string(expected),
                       to_string(input.sizes[1]));
  });
  const bool bias_fits = bias == nullptr || (bias->dim() == 1 && truth(call, sym_eq(bias->sizes[0], out)));
  check(bias_fits, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Given {}weight of size {}, expected bias to be 1-dimensional with {} elements, but got bias of "
        "size {} instead",
        c.transposed ? "transposed=1, " : "", to_string(weight.sizes), to_string(out), to_string(bias->sizes));
  });
}

std::string joined_by_x(const SymInts& sizes) {
  std::vector<std::string> texts;
  for (const SymInt& size : sizes) texts.push_back(to_string(size));
  return fmt::format("{}", fmt::join(texts, " x "));
}

void check_kernel_fits(Call& call, const FakeTensor& input, const FakeTensor& weight, const Convolution& c) {
  SymInts padded;
  SymInts kernel;
  bool fits = true;
  for (std::size_t d = 0; d < c.padding.size(); ++d) {
    padded.push_back(input.sizes[d + 2] + SymInt(2) * c.padding[d]);
    kernel.push_back(c.dilation[d] * (weight.sizes[d + 2] - 1) + 1);
    if (truth(call, sym_lt(padded.back(), kernel.back()))) fits = false;
  }
  check(fits, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Calculated padded input size per channel: ({}). Kernel size: ({}). Kernel size can't be greater "
        "than actual input size",
        joined_by_x(padded), joined_by_x(kernel));
  });
}

/// Convolution.cpp check_shape_forward
void check_shapes(Call& call, const FakeTensor& input, const FakeTensor& weight, const FakeTensor* bias,
                  const Convolution& c) {
  check_least(call, c.padding, 0, "negative padding is not supported");
  check_least(call, c.output_padding, 0, "negative output_padding is not supported");
  check_least(call, c.stride, 1, "non-positive stride is not supported");
  check_least(call, c.dilation, 0, "dilation should be greater than zero");  // sic
  check(truth(call, sym_gt(c.groups, 0)), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected groups to be greater than 0, but got groups={}", to_string(c.groups)); });
  check(weight.dim() == input.dim(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {}-dimensional input for {}-dimensional weight {}, but got {}-dimensional input of size "
        "{} instead",
        weight.dim(), weight.dim(), to_string(weight.sizes), input.dim(), to_string(input.sizes));
  });
  check(truth(call, sym_ge(weight.sizes[0], c.groups)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Given groups={}, expected weight to be at least {} at dimension 0, but got weight of size {} "
        "instead",
        to_string(c.groups), to_string(c.groups), to_string(weight.sizes));
  });
  check(truth(call, sym_eq(python_mod(weight.sizes[0], c.groups), 0)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Given groups={}, expected weight to be divisible by {} at dimension 0, but got weight of size "
        "[{}] instead",
        to_string(c.groups), to_string(c.groups), to_string(weight.sizes));
  });
  check_channels(call, input, weight, bias, c);
  if (!c.transposed) check_kernel_fits(call, input, weight, c);
}

bool suggests_channels_last(Call& call, const FakeTensor& t) {
  return suggest_memory_format(call.env(), geometry(t)) != MemoryFormat::kContiguous;
}

/// Convolution.cpp determine_backend_memory_format for the backend that select_conv_backend takes on a CPU. Export
/// switches oneDNN off, so it is a slow one: those of two dimensions keep channels last, those of three do not.
MemoryFormat backend_format(Call& call, const FakeTensor& input, const FakeTensor& weight) {
  const bool empty = or_false(call, sym_eq(input.sizes[0], 0)) || or_false(call, sym_eq(input.sizes[1], 0));
  if (empty || weight.dim() == 5) return MemoryFormat::kContiguous;
  const bool channels_last = suggests_channels_last(call, input) || suggests_channels_last(call, weight);
  return channels_last ? MemoryFormat::kChannelsLast : MemoryFormat::kContiguous;
}

/// What it asks once more, which leaves assertions where sizes depend on data.
void check_return_shape(Call& call, const FakeTensor& input, const FakeTensor& weight, const Convolution& c) {
  check(call, sym_eq(weight.sizes[1] * c.groups, input.sizes[1]), ErrorType::kRuntimeError,
        [] { return "Invalid channel dimensions"; });
  SymBool fits = true;
  for (std::size_t d = 0; d < c.padding.size(); ++d) {
    const SymInt kernel = c.dilation[d] * (weight.sizes[d + 2] - 1) + 1;
    fits = sym_and(fits, sym_ge(input.sizes[d + 2] + SymInt(2) * c.padding[d], kernel));
  }
  check(call, fits, ErrorType::kRuntimeError, [] { return "Kernel size can't be greater than actual input size"; });
}

/// torch._meta_registrations.calc_conv_nd_return_shape
SymInts output_sizes(Call& call, const FakeTensor& input, const FakeTensor& weight, const Convolution& c) {
  if (!c.transposed) check_return_shape(call, input, weight, c);
  SymInts sizes = {input.sizes[0], c.transposed ? c.groups * weight.sizes[1] : weight.sizes[0]};
  SymBool some = false;
  for (std::size_t d = 0; d < c.stride.size(); ++d) {
    const SymInt& length = input.sizes[d + 2];
    const SymInt reach = c.dilation[d] * (weight.sizes[d + 2] - 1);
    const SymInt twice = SymInt(2) * c.padding[d];
    sizes.push_back(c.transposed ? (length - 1) * c.stride[d] - twice + reach + c.output_padding[d] + 1
                                 : floordiv(length + twice - reach - 1, c.stride[d]) + 1);
    some = sym_or(some, sym_gt(sizes.back(), 0));
  }
  check(call, some, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Given input size per channel: {}. Calculated output size per channel: {}. Output size is too "
        "small",
        to_string(SymInts(input.sizes.begin() + 2, input.sizes.end())),
        to_string(SymInts(sizes.begin() + 2, sizes.end())));
  });
  if (or_false(call, sym_eq(input.sizes[1], 0))) sizes[1] = 0;
  return sizes;
}

/// `out` as the backend lays it out: Tensor.to(memory_format=).
FakeTensor& in_format(Call& call, FakeTensor& out, MemoryFormat format) {
  if (out.dim() == 3 && format == MemoryFormat::kChannelsLast) {
    return squeeze(call, in_format(call, unsqueeze(call, out, 2), format), 2);
  }
  return call.op1("aten::to.dtype", {&out, out.dtype, false, false, format});
}

bool all_hinted(Call& call, const FakeTensor& t) {
  for (const SymInt& size : t.sizes) {
    if (!call.env().hint(size)) return false;
  }
  return true;
}

}  // namespace

FakeTensor& convolve(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor* bias, Convolution c) {
  // fake_impls.conv compares the dtypes of input and weight only where the mode takes no real tensors; export's does.
  const std::int64_t spatial = weight.dim() - 2;
  c.stride = expanded(c.stride, spatial, "stride");
  c.padding = expanded(c.padding, spatial, "padding");
  c.dilation = expanded(c.dilation, spatial, "dilation");
  c.output_padding = expanded(c.output_padding, spatial, "output_padding");
  std::optional<MemoryFormat> format;
  if (all_hinted(call, input) && all_hinted(call, weight)) {
    check_shapes(call, input, weight, bias, c);
    check(spatial > 0 && spatial < 4, ErrorType::kRuntimeError, [] { return "unsupported ConvNd parameters"; });
    FakeTensor* image = &input;
    FakeTensor* filter = &weight;
    if (spatial == 1) {
      image = &unsqueeze(call, contiguous(call, input), 2);
      filter = &unsqueeze(call, weight, 2);
    }
    format = backend_format(call, *image, *filter);
  }
  FakeTensor& out = empty(call, input.dtype, output_sizes(call, input, weight, c), input.device);
  return format ? in_format(call, out, *format) : out;
}

}  // namespace retrace::ops
