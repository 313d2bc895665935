// SPDX-License-Identifier: Apache-2.0
// Backward operators of what slides over spatial dimensions: pools, pads, interpolation, grid samplers
// (torch/_meta_registrations.py, ATen/native/UpSample.h).
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/families/gradient_mask.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/window.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

FakeTensor& in_format_of(Call& call, const FakeTensor& self) {
  return empty_in(call, self, self.sizes, suggest_memory_format(call.env(), geometry(self)));
}

/// check_dim_size
void check_dim_size(Call& call, const FakeTensor& t, std::int64_t rank, std::int64_t dim, const SymInt& size) {
  const bool fits = t.dim() == rank && truth(call, sym_eq(t.sizes[static_cast<std::size_t>(dim)], size));
  check(fits, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected a tensor of dimension {} and tensor.size[{}] == {}, but got : dimension {} and tensor.size[{}] = {}",
        rank, dim, to_string(size), t.dim(), dim, to_string(shape_at(t, dim)));
  });
}

/// A gradient of the last dimensions' sizes, in as many dimensions as the input.
void check_last_dims(Call& call, const FakeTensor& t, const FakeTensor& input, const SymInts& last) {
  const auto count = static_cast<std::int64_t>(last.size());
  for (std::int64_t d = 0; d < count; ++d) {
    check_dim_size(call, t, input.dim(), input.dim() - count + d, last[static_cast<std::size_t>(d)]);
  }
}

SymInts with_planes(const FakeTensor& input, const SymInts& spatial) {
  SymInts sizes = {input.sizes[input.sizes.size() - spatial.size() - 1]};
  sizes.insert(sizes.end(), spatial.begin(), spatial.end());
  return sizes;
}

// ---- Pools

void check_dtypes(const FakeTensor& self, const FakeTensor& gradient, std::string_view text) {
  check(self.dtype == gradient.dtype, ErrorType::kRuntimeError,
        [&] { return fmt::format(fmt::runtime(text), torch_name(self.dtype), torch_name(gradient.dtype)); });
}
constexpr std::string_view kGradOutput = "expected dtype {} for `grad_output` but got dtype {}";

PoolLists lists_from(const Call& call, std::size_t at) {
  return {call.integers(at), call.integers(at + 1), call.integers(at + 2)};
}

void check_divisor(const Call& call) {
  check(call.optional_integer(7).value_or(1) != 0, ErrorType::kRuntimeError, [] { return "divisor must be not zero"; });
}

/// meta_avg_pool2d_backward(grad_output, self, kernel_size, stride, padding, ceil_mode, ..., divisor_override)
Results avg_pool2d(Call& call) {
  const FakeTensor& self = call.tensor(1);
  const Window w = pool_window("avg_pool2d", 2, true, lists_from(call, 2));
  check_divisor(call);
  shape_at(self, -3);
  const SymInts spatial = pooled_sizes(call, self, w, call.boolean(5));
  const MemoryFormat format = suggest_memory_format(call.env(), geometry(self));
  check_pool2d(call, self, w, spatial, format == MemoryFormat::kChannelsLast);
  check_last_dims(call, call.tensor(0), self, with_planes(self, spatial));
  return one(empty_in(call, self, self.sizes, format));
}

void check_volume(const FakeTensor& input) {
  check(input.dim() == 4 || input.dim() == 5, ErrorType::kRuntimeError,
        [] { return "non-empty 4D or 5D (batch mode) tensor expected for input"; });
}

/// meta_avg_pool3d_backward
Results avg_pool3d(Call& call) {
  const FakeTensor& self = call.tensor(1);
  const Window w = pool_window("avg_pool3d", 3, false, lists_from(call, 2));
  check_volume(self);
  check_divisor(call);
  const SymInts spatial = pooled_sizes(call, self, w, call.boolean(5));
  check_pool3d(call, self, w, spatial, "avg_pool3d_backward()", true);
  check_last_dims(call, call.tensor(0), self, with_planes(self, spatial));
  return one(new_empty(call, self, self.sizes));
}

/// meta_max_pool2d_with_indices_backward(grad_output, self, ..., indices)
Results max_pool2d(Call& call) {
  const Results forward = call.op("aten::max_pool2d_with_indices",
                                  {call.arg(1), call.arg(2), call.arg(3), call.arg(4), call.arg(5), call.arg(6)});
  const SymInts& pooled = forward.front().get<FakeTensor*>()->sizes;
  const FakeTensor& self = call.tensor(1);
  check_dtypes(self, call.tensor(0), "Expected dtype {} for `gradOutput` but got dtype {}");
  for (const std::size_t given : {0U, 7U})
    check_last_dims(call, call.tensor(given), self, {pooled.end() - 3, pooled.end()});
  return one(in_format_of(call, self));
}

/// meta_max_pool3d_with_indices_backward: the gradient's sizes are those that the pool is taken to give.
Results max_pool3d(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  PoolLists lists = lists_from(call, 2);
  lists.dilation = call.integers(5);
  const Window w = pool_window("max_pool3d", 3, true, lists);
  check_volume(self);
  const SymInts spatial = {size_at(gradient, -3), size_at(gradient, -2), size_at(gradient, -1)};
  check_pool3d(call, self, w, spatial, "max_pool3d_with_indices_backward()", false);
  for (const std::size_t given : {0U, 7U}) check_last_dims(call, call.tensor(given), self, with_planes(self, spatial));
  return one(self.dim() == 5 ? in_format_of(call, self) : new_empty(call, self, self.sizes));
}

/// _adaptive_pool_empty_output_check
void check_not_empty(Call& call, const FakeTensor& gradient, std::string_view name) {
  for (std::size_t d = 1; d < gradient.sizes.size(); ++d) {
    check(call, sym_gt(gradient.sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "{}(): Expected grad_output to have non-zero size for non-batch dimensions, but grad_output has sizes {} "
          "with dimension {} being empty",
          name, size_text(gradient.sizes), d);
    });
  }
}

/// meta__adaptive_avg_pool2d_backward
Results adaptive_avg_pool2d(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  for (std::size_t d = 1; d < gradient.sizes.size(); ++d) {
    check(call, sym_gt(gradient.sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "adaptive_avg_pool2d_backward(): Expected grad_output to have non-zero                       size for "
          "non-batch dimensions, {} with dimension {} being empty",
          size_text(gradient.sizes), d);
    });
  }
  check(gradient.dim() == 3 || gradient.dim() == 4, ErrorType::kRuntimeError, [&] {
    return fmt::format("adaptive_avg_pool2d_backward(): Expected 3D or 4D tensor, but got {}", size_text(self.sizes));
  });
  check_dtypes(self, gradient, kGradOutput);
  return one(in_format_of(call, self));
}

/// meta_adaptive_max_pool2d_backward
Results adaptive_max_pool2d(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  check(gradient.dim() == 3 || gradient.dim() == 4, ErrorType::kRuntimeError, [&] {
    return fmt::format("adaptive_max_pooling2d_backward(): Expected 3D or 4D grad_output, but got: {}",
                       size_text(gradient.sizes));
  });
  check_not_empty(call, gradient, "adaptive_max_pool2d_backward");
  check_dtypes(self, gradient, kGradOutput);
  return one(in_format_of(call, self));
}

/// meta__adaptive_avg_pool3d_backward, meta_adaptive_max_pool3d_backward
template <bool maximum>
Results adaptive_pool3d(Call& call) {
  check_not_empty(call, call.tensor(0), maximum ? "adaptive_max_pool3d_backward" : "adaptive_avg_pool3d_backward");
  return one(new_empty(call, call.tensor(1), call.tensor(1).sizes));
}

// ---- Pads(grad_output, self, padding)

/// The list argument that Python unpacks into so many names.
SymInts unpacked(const Call& call, std::size_t at, std::size_t count) {
  SymInts list = call.sym_ints(at);
  check_unpacked(list.size(), count);
  return list;
}

void check_padded(Call& call, std::string_view what, const SymInt& expected, const FakeTensor& gradient,
                  std::int64_t dim) {
  const SymInt& given = size_at(gradient, dim);
  check(call, sym_eq(expected, given), ErrorType::kRuntimeError, [&] {
    return fmt::format("grad_output {} unexpected. Expected: {}, Got: {}", what, to_string(expected), to_string(given));
  });
}

template <bool reflection>
Results pad1d(Call& call) {
  const FakeTensor& self = call.tensor(1);
  check(reflection || call.sym_ints(2).size() == 2, ErrorType::kRuntimeError,
        [] { return "padding size is expected to be 2"; });
  const std::int64_t dim = self.dim() == 3 ? 2 : 1;
  const SymInts pad = unpacked(call, 2, 2);
  const SymInt& width = size_at(self, dim);
  if (reflection) {
    check(call, sym_and(sym_lt(pad[0], width), sym_lt(pad[1], width)), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding ({}, {}) "
          "at dimension {} of input {}",
          to_string(pad[0]), to_string(pad[1]), dim, size_text(self.sizes));
    });
  }
  check_padded(call, "width", width + pad[0] + pad[1], call.tensor(0), dim);
  return one(new_empty(call, self, self.sizes));
}

Results pad2d(Call& call) {
  const FakeTensor& self = call.tensor(1);
  const std::int64_t dim = self.dim() == 4 ? 2 : 1;
  const SymInts pad = unpacked(call, 2, 4);
  const SymInt height = shape_at(self, dim) + pad[2] + pad[3];
  const SymInt width = shape_at(self, dim + 1) + pad[0] + pad[1];
  check_padded(call, "width", width, call.tensor(0), dim + 1);
  check_padded(call, "height", height, call.tensor(0), dim);
  return one(new_empty(call, self, self.sizes));
}

Results pad3d(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  const SymInts pad = call.sym_ints(2);
  check(pad.size() == 6, ErrorType::kRuntimeError, [] { return "padding size is expected to be 6"; });
  check(self.dim() > 3, ErrorType::kAssertionError,
        [&] { return fmt::format("input.ndim must be > 3, got {}", self.dim()); });
  check(gradient.dim() == self.dim(), ErrorType::kAssertionError, [&] {
    return fmt::format("grad_output.ndim must equal input.ndim, got {} != {}", gradient.dim(), self.dim());
  });
  const std::int64_t dim = self.dim() == 5 ? 2 : 1;
  check_padded(call, "width", size_at(self, dim + 2) + pad[0] + pad[1], gradient, dim + 2);
  check_padded(call, "height", size_at(self, dim + 1) + pad[2] + pad[3], gradient, dim + 1);
  check_padded(call, "depth", size_at(self, dim) + pad[4] + pad[5], gradient, dim);
  return one(new_empty(call, self, self.sizes));
}

// ---- Interpolation(grad_output, output_size, input_size, ...)

std::string by_letter(const SymInts& sizes) {
  constexpr std::string_view kLetters = "DHW";
  std::string text;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    text +=
        fmt::format("{}{}: {}", d == 0 ? "" : ", ", kLetters[kLetters.size() - sizes.size() + d], to_string(sizes[d]));
  }
  return text;
}

/// upsample_common_check: what the output's sizes have to be. `meta`: its twin in Python, whose text differs.
SymInts upsampled_sizes(Call& call, std::size_t spatial, bool meta) {
  const SymInts output = call.sym_ints(1);
  const SymInts input = call.sym_ints(2);
  const auto check_count = [](std::string_view what, const SymInts& sizes, std::size_t count) {
    check(sizes.size() == count, ErrorType::kRuntimeError,
          [&] { return fmt::format("It is expected {} equals to {}, but got size {}", what, count, sizes.size()); });
  };
  check_count("output_size", output, spatial);
  check_count("input_size", input, spatial + 2);
  const SymInts inner(input.begin() + 2, input.end());
  bool positive = true;
  for (const SymInts* sizes : {&inner, &output}) {
    for (const SymInt& size : *sizes) positive = positive && truth(call, sym_gt(size, 0));
  }
  check(positive, ErrorType::kRuntimeError, [&] {
    return meta ? fmt::format(
                      "Input and output sizes should be greater than 0, but got input size {} and output size {}",
                      to_string(input), to_string(output))
                : fmt::format("Input and output sizes should be greater than 0, but got input ({}) {}output ({})",
                              by_letter(inner), spatial == 1 ? "and " : "", by_letter(output));
  });
  SymInts full = {input[0], input[1]};
  full.insert(full.end(), output.begin(), output.end());
  return full;
}

void check_upsampled(Call& call, const FakeTensor& gradient, const SymInts& full) {
  check(gradient.sizes.size() == full.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected grad_output to be a tensor of dimension {} but got: dimension {}", full.size(),
                       gradient.dim());
  });
  for (std::size_t d = 0; d < full.size(); ++d) {
    check(call, sym_eq(gradient.sizes[d], full[d]), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Expected grad_output to have the same shape as output; output.size({0}) = {1} but got grad_output.size({0}) "
          "= {2}",
          d, to_string(full[d]), to_string(gradient.sizes[d]));
    });
  }
}

/// ATen/native/UpSampleNearest1d.cpp: check_dim_size
void check_upsampled_1d(Call& call, const FakeTensor& gradient, const SymInts& full) {
  for (std::size_t d = 0; d < full.size(); ++d) {
    const bool fits = gradient.sizes.size() == full.size() && truth(call, sym_eq(gradient.sizes[d], full[d]));
    check(fits, ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Expected a tensor of dimension {0} and tensor.size[{1}] == {2} but got: dimension {3} and tensor.size[{1}] "
          "= "
          "{4}",
          full.size(), d, to_string(full[d]), gradient.dim(),
          to_string(shape_at(gradient, static_cast<std::int64_t>(d))));
    });
  }
}

/// Those with a meta function in Python.
Results upsample_in_python(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  check_upsampled(call, gradient, upsampled_sizes(call, 2, true));
  return one(empty_in(call, gradient, call.sym_ints(2), suggest_memory_format(call.env(), geometry(gradient))));
}

/// The structured kernels take their sizes as plain numbers.
template <std::size_t spatial, bool keeps_format = spatial == 2>
Results upsample(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  for (const std::size_t at : {1U, 2U}) {
    for (const SymInt& size : call.sym_ints(at)) {
      check(size.is_int(), ErrorType::kRuntimeError, [] {
        return "isIntList() INTERNAL ASSERT FAILED at \"/__w/pytorch/pytorch/aten/src/ATen/core/ivalue_inl.h\":1981, "
               "please report a bug to PyTorch. Expected IntList but got GenericList";
      });
    }
  }
  const SymInts full = upsampled_sizes(call, spatial, false);
  if (spatial == 1) {
    check_upsampled_1d(call, gradient, full);
  } else {
    check_upsampled(call, gradient, full);
  }
  const MemoryFormat format =
      keeps_format ? suggest_memory_format(call.env(), geometry(gradient)) : MemoryFormat::kContiguous;
  return one(empty_in(call, gradient, call.sym_ints(2), format));
}

// ---- Grid samplers(grad_output, input, grid, ..., output_mask)

Results grid_gradients(Call& call) {
  const FakeTensor& input = call.tensor(1);
  const FakeTensor& grid = call.tensor(2);
  Value of_input;
  if (wanted(call, 0)) of_input = &new_empty(call, input, input.sizes);
  return {of_input, &new_empty(call, grid, grid.sizes)};
}

/// The checks are those of the forward operator.
Results grid_sampler_3d(Call& call) {
  call.op("aten::grid_sampler_3d", {call.arg(1), call.arg(2), call.arg(3), call.arg(4), call.arg(5)});
  return grid_gradients(call);
}

/// ATen/native/AffineGridGenerator.cpp affine_grid_generator_backward(grad, size, align_corners), which knows no
/// symbols
Results affine_grid(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const SymInts size = call.sym_ints(1);
  check(std::ranges::all_of(size, [](const SymInt& n) { return n.is_int(); }), ErrorType::kRuntimeError,
        [] { return "SymIntArrayRef expected to contain only concrete integers"; });
  check(size.size() == 4 || size.size() == 5, ErrorType::kRuntimeError,
        [] { return "AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs."; });
  check_no_symbols(gradient, "sizes()");
  SymInts expected = {size[0]};
  expected.insert(expected.end(), size.begin() + 2, size.end());
  const SymInt axes = static_cast<std::int64_t>(size.size()) - 2;
  expected.push_back(axes);
  check(same_sizes(call, gradient.sizes, expected), ErrorType::kRuntimeError,
        [] { return "grad_grid.sizes() INTERNAL ASSERT FAILED"; });
  const SymInt columns = axes + SymInt(1);
  return one(call.strided(gradient.dtype, {size[0], axes, columns}, {axes * columns, 1, axes}, gradient.device));
}

// ---- Fractional pools (ATen/native/FractionalMaxPool2d.cpp, FractionalMaxPool3d.cpp): grad_output, self, kernel_size,
// output_size, indices

template <std::size_t spatial>
Results fractional_max_pool(Call& call) {
  constexpr std::string_view kSides[] = {"time", "height", "width"};
  if (spatial == 3) check_fallback(call);
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  const std::vector<std::int64_t> output = call.integers(3);
  for (std::size_t d = 0; d < spatial; ++d) {
    const std::int64_t size =
        call.env().guard_int(shape_at(gradient, static_cast<std::int64_t>(d) - std::int64_t{spatial}));
    check(d < output.size() && size == output[d], ErrorType::kRuntimeError, [&] {
      return spatial == 2 ? std::string("fractional_max_pool2d_backward(): gradOutput sizes unexpected")
                          : fmt::format("fractional_max_pool3d_backward_out(): gradOutput {} unexpected", kSides[d]);
    });
  }
  SymInts sizes;
  for (const SymInt& size : self.sizes) sizes.emplace_back(call.env().guard_int(size));
  return one(call.contiguous(self.dtype, std::move(sizes), self.device));
}

constexpr OpRow kRows[] = {
    {"_adaptive_avg_pool2d_backward", adaptive_avg_pool2d},
    {"_adaptive_avg_pool3d_backward", adaptive_pool3d<false>},
    {"_upsample_bicubic2d_aa_backward", upsample<2, false>},
    {"_upsample_bilinear2d_aa_backward", upsample_in_python},
    {"_upsample_lanczos2d_aa_backward", upsample_in_python},
    {"_upsample_nearest_exact1d_backward", upsample<1>},
    {"_upsample_nearest_exact2d_backward", upsample_in_python},
    {"_upsample_nearest_exact3d_backward", upsample<3>},
    {"adaptive_max_pool2d_backward", adaptive_max_pool2d},
    {"adaptive_max_pool3d_backward", adaptive_pool3d<true>},
    {"affine_grid_generator_backward", affine_grid},
    {"avg_pool2d_backward", avg_pool2d},
    {"avg_pool3d_backward", avg_pool3d},
    {"fractional_max_pool2d_backward", fractional_max_pool<2>},
    {"fractional_max_pool3d_backward", fractional_max_pool<3>},
    {"grid_sampler_2d_backward", grid_gradients},
    {"grid_sampler_3d_backward", grid_sampler_3d},
    {"max_pool2d_with_indices_backward", max_pool2d},
    {"max_pool3d_with_indices_backward", max_pool3d},
    {"reflection_pad1d_backward", pad1d<true>},
    {"reflection_pad2d_backward", pad2d},
    {"reflection_pad3d_backward", pad3d},
    {"replication_pad1d_backward", pad1d<false>},
    {"replication_pad2d_backward", pad2d},
    {"replication_pad3d_backward", pad3d},
    {"upsample_bicubic2d_backward", upsample<2>},
    {"upsample_bilinear2d_backward", upsample<2>},
    {"upsample_linear1d_backward", upsample<1>},
    {"upsample_nearest1d_backward", upsample<1>},
    {"upsample_nearest2d_backward", upsample_in_python},
    {"upsample_nearest3d_backward", upsample<3>},
    {"upsample_trilinear3d_backward", upsample<3>},
};

}  // namespace

std::span<const OpRow> gradient_window_ops() { return kRows; }

}  // namespace retrace::ops
