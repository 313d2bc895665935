// SPDX-License-Identifier: Apache-2.0
// Pooling: maximum, average, adaptive, fractional, and back (ATen/native/Pooling.cpp, torch/_meta_registrations.py).
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/storage.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/window.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

constexpr auto kLong = ScalarType::kLong;
using Ints = std::vector<std::int64_t>;

FakeTensor& as_dtype(FakeTensor& t, ScalarType dtype) {
  t.dtype = dtype;
  return t;
}

SymInts with_spatial(const FakeTensor& input, const SymInts& spatial) {
  SymInts sizes(input.sizes.begin(), input.sizes.end() - static_cast<std::ptrdiff_t>(spatial.size()));
  sizes.insert(sizes.end(), spatial.begin(), spatial.end());
  return sizes;
}

// ---- Maximum

/// max_pool2d_with_indices: values and indices.
Results max_pool2d(Call& call, const FakeTensor& input, const Window& w, bool ceil_mode) {
  // torch._meta_registrations.meta_max_pool2d_with_indices
  size_at(input, -3);
  const MemoryFormat format = suggest_memory_format(call.env(), geometry(input));
  check(input.dim() == 3 || input.dim() == 4, ErrorType::kRuntimeError,
        [] { return "non-empty 3D or 4D (batch mode) tensor expected for input"; });
  const SymInts spatial = pooled_sizes(call, input, w, ceil_mode);
  check_pool2d(call, input, w, spatial, format == MemoryFormat::kChannelsLast);
  const SymInts sizes = with_spatial(input, spatial);
  return {&empty_in(call, input, sizes, format), &as_dtype(empty_in(call, input, sizes, format), kLong)};
}

Results max_pool3d(Call& call, const FakeTensor& input, const Window& w, bool ceil_mode) {
  // torch._meta_registrations.meta_max_pool3d_with_indices
  check(input.dim() == 4 || input.dim() == 5, ErrorType::kRuntimeError,
        [] { return "non-empty 4D or 5D (batch mode) tensor expected for input"; });
  const SymInts spatial = pooled_sizes(call, input, w, ceil_mode);
  check_pool3d(call, input, w, spatial, "max_pool3d_with_indices()", false);
  const MemoryFormat format =
      input.dim() == 5 ? suggest_memory_format(call.env(), geometry(input)) : MemoryFormat::kContiguous;
  const SymInts sizes = with_spatial(input, spatial);
  return {&empty_in(call, input, sizes, format), &as_dtype(empty_in(call, input, sizes, format), kLong)};
}

Window max_window(const Call& call, std::string_view name, std::size_t rank) {
  return pool_window(name, rank, true, {call.integers(1), call.integers(2), call.integers(3), call.integers(4)});
}

Results max_pool2d_with_indices(Call& call) {
  return max_pool2d(call, call.tensor(0), max_window(call, "max_pool2d", 2), call.boolean(5));
}

Results max_pool3d_with_indices(Call& call) {
  return max_pool3d(call, call.tensor(0), max_window(call, "max_pool3d", 3), call.boolean(5));
}

Results first_of(Results results) {
  results.resize(1);
  return results;
}

/// ATen/native/Pool.h check1d.
void check_1d(std::string_view function, std::string_view argument, const Ints& values) {
  check(values.size() == 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("{}() argument '{}' should contain one int (got {})", function, argument, values.size());
  });
}

/// A window over one dimension as one over two, the first of length one.
Window flat_window(std::string_view function, const Ints& kernel, const Ints& stride, const Ints& padding,
                   const Ints& dilation) {
  check_1d(function, "kernel_size", kernel);
  if (!stride.empty()) check_1d(function, "stride", stride);
  check_1d(function, "padding", padding);
  check_1d(function, "dilation", dilation);
  return {{1, kernel[0]}, {1, stride.empty() ? kernel[0] : stride[0]}, {0, padding[0]}, {1, dilation[0]}};
}

void check_rank(const FakeTensor& a, std::string_view name) {
  check(a.dim() == 2 || a.dim() == 3, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected 2 to 3 dimensions, but got {}-dimensional tensor for argument #1 'self' (while checking "
        "arguments for {})",
        a.dim(), name);
  });
}

FakeTensor& tensor_of(const Value& value) { return *value.get<FakeTensor*>(); }

/// Results of a pooling over two dimensions of a tensor that had one.
Results without_height(Call& call, const Results& results) {
  Results flat;
  for (const Value& result : results) flat.emplace_back(&squeeze(call, tensor_of(result), -2));
  return flat;
}

Results max_pool1d_with_indices(Call& call) {
  // ATen/native/Pooling.cpp
  FakeTensor& a = call.tensor(0);
  check_rank(a, "max_pool1d");
  const Window w = flat_window("max_pool1d", call.integers(1), call.integers(2), call.integers(3), call.integers(4));
  return without_height(call, max_pool2d(call, unsqueeze(call, a, -2), w, call.boolean(5)));
}

/// ATen/native/Pool.h check_max_pool1d(kernel_size, stride, padding, dilation)
void check_max_pool1d(Call& call) {
  constexpr std::string_view kNames[] = {"kernel_size", "stride", "padding", "dilation"};
  const auto expect = [](bool condition, std::string_view name, std::string_view what, std::int64_t got) {
    check(condition, ErrorType::kRuntimeError,
          [&] { return fmt::format("max_pool1d() {} must be {}{}", name, what, got); });
  };
  Ints values;
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const Ints given = call.integers(i + 1);
    const bool omitted = i == 1 && given.empty();
    const std::string_view comma = i == 1 || i == 2 ? "," : "";
    expect(
        given.size() == 1 || omitted, kNames[i],
        fmt::format("{}an int, list of ints{} or tuple of ints of size 1 but got size ", i == 1 ? "None, " : "", comma),
        static_cast<std::int64_t>(given.size()));
    values.push_back(omitted ? values[0] : given[0]);
  }
  expect(values[0] > 0, kNames[0], "greater than zero, but got ", values[0]);
  expect(values[1] > 0, kNames[1], "greater than zero, but got ", values[1]);
  expect(values[2] >= 0, kNames[2], "non-negative, but got ", values[2]);
  check(values[2] <= values[0] / 2, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "max_pool1d() padding should be at most half of kernel size, but got padding={} and kernel_size={}", values[2],
        values[0]);
  });
  expect(values[3] > 0, kNames[3], "greater than zero, but got ", values[3]);
}

Results max_pool1d(Call& call) {
  // ATen/native/MaxPooling.cpp: the length is asked for as a plain number.
  const FakeTensor& a = call.tensor(0);
  bool filled = a.dim() == 2 || a.dim() == 3;
  for (std::size_t d = a.dim() == 3 ? 1 : 0; filled && d < a.sizes.size(); ++d) {
    filled = truth(call, sym_ne(a.sizes[d], 0));
  }
  check(filled, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
        "got:{}",
        to_string(a.sizes));
  });
  check_max_pool1d(call);
  call.env().guard_int(a.sizes.back());
  return first_of(max_pool1d_with_indices(call));
}

// ---- Average

FakeTensor& avg_pool2d(Call& call, const FakeTensor& input, const Window& w, bool ceil_mode) {
  // torch._meta_registrations.meta_avg_pool2d
  const bool is_unsigned = input.dtype == ScalarType::kByte || input.dtype == ScalarType::kUInt16 ||
                           input.dtype == ScalarType::kUInt32 || input.dtype == ScalarType::kUInt64;
  check(!is_unsigned, ErrorType::kRuntimeError,
        [&] { return fmt::format("\"avg_pool2d\" not implemented for '{}'", torch_name(input.dtype)); });
  const SymInts spatial = pooled_sizes(call, input, w, ceil_mode);
  const MemoryFormat format = suggest_memory_format(call.env(), geometry(input));
  check_pool2d(call, input, w, spatial, format == MemoryFormat::kChannelsLast);
  return empty_in(call, input, with_spatial(input, spatial), format);
}

void check_divisor(const Call& call) {
  check(call.optional_integer(6).value_or(1) != 0, ErrorType::kRuntimeError, [] { return "divisor must be not zero"; });
}

Results avg_pool2d_rule(Call& call) {
  check_divisor(call);
  const Window w = pool_window("avg_pool2d", 2, true, {call.integers(1), call.integers(2), call.integers(3)});
  return one(avg_pool2d(call, call.tensor(0), w, call.boolean(4)));
}

Results avg_pool1d(Call& call) {
  FakeTensor& a = call.tensor(0);
  check_rank(a, "avg_pool1d");
  const Window w = flat_window("avg_pool1d", call.integers(1), call.integers(2), call.integers(3), {1});
  return without_height(call, {&avg_pool2d(call, unsqueeze(call, a, -2), w, call.boolean(4))});
}

Results avg_pool3d(Call& call) {
  // torch._meta_registrations.meta_avg_pool3d
  const FakeTensor& input = call.tensor(0);
  const Window w = pool_window("avg_pool3d", 3, false, {call.integers(1), call.integers(2), call.integers(3)});
  check(input.dim() == 4 || input.dim() == 5, ErrorType::kRuntimeError,
        [] { return "non-empty 4D or 5D (batch mode) tensor expected for input"; });
  check_divisor(call);
  const SymInts spatial = pooled_sizes(call, input, w, call.boolean(4));
  check_pool3d(call, input, w, spatial, "avg_pool3d()", true);
  return one(new_empty(call, input, with_spatial(input, spatial)));
}

// ---- Adaptive

template <std::int64_t spatial>
FakeTensor& adaptive_average(Call& call, const FakeTensor& a, const SymInts& size) {
  // torch._meta_registrations.meta_adaptive_avg_pool2d, 3d: the last sizes make way for however many are given
  check(a.dim() == spatial + 1 || a.dim() == spatial + 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected {}D or {}D tensor, but got {}", spatial + 1, spatial + 2, size_text(a.sizes));
  });
  const MemoryFormat format = spatial == 2 ? suggest_memory_format(call.env(), geometry(a)) : MemoryFormat::kContiguous;
  SymInts sizes(a.sizes.begin(), a.sizes.end() - spatial);
  sizes.insert(sizes.end(), size.begin(), size.end());
  return empty_in(call, a, std::move(sizes), format);
}

/// AdaptiveAveragePooling.cpp: an output of one element is a mean.
FakeTensor& mean_of_spatial(Call& call, FakeTensor& a, std::size_t spatial) {
  SymInts dims;
  for (std::size_t d = 1; d <= spatial; ++d) dims.push_back(-SymInt(d));
  FakeTensor& mean = call.op1("aten::mean.dim", {&a, dims, true});
  if (suggest_memory_format(call.env(), geometry(a)) == MemoryFormat::kContiguous) return mean;
  const SymInt& channels = a.sizes[1];
  SymInts sizes = {a.sizes[0], channels};
  SymInts strides = {channels, SymInt(1)};
  sizes.insert(sizes.end(), spatial, SymInt(1));
  strides.insert(strides.end(), spatial, channels);
  return as_strided(call, mean, std::move(sizes), std::move(strides));
}

template <std::size_t spatial>
FakeTensor& adaptive_avg_pool(Call& call, FakeTensor& a, const SymInts& size) {
  check(size.size() == spatial, ErrorType::kRuntimeError,
        [] { return fmt::format("adaptive_avg_pool{0}d: output_size must be {0}", spatial); });
  for (const SymInt& length : size) {
    check(truth(call, sym_ge(length, 0)), ErrorType::kRuntimeError, [&] {
      const std::string list = to_string(size);
      return fmt::format(
          "adaptive_avg_pool{}d: elements of output_size must be greater than or equal to 0 but received "
          "{{{}}}",
          spatial, list.substr(1, list.size() - 2));
    });
  }
  bool single = true;
  for (const SymInt& length : size) single = single && truth(call, sym_eq(length, 1));
  return single ? mean_of_spatial(call, a, spatial) : adaptive_average<spatial>(call, a, size);
}

Results adaptive_avg_pool1d(Call& call) {
  FakeTensor& a = call.tensor(0);
  check_rank(a, "adaptive_avg_pool1d");
  check_1d("adaptive_avg_pool1d", "output_size", call.integers(1));
  FakeTensor& out = adaptive_avg_pool<2>(call, unsqueeze(call, a, -2), {SymInt(1), SymInt(call.integers(1)[0])});
  return one(squeeze(call, out, -2));
}

template <std::size_t spatial>
Results adaptive_max(Call& call, const FakeTensor& a, const SymInts& size) {
  // torch._meta_registrations.meta_adaptive_max_pool2d, 3d
  check(a.sizes.size() == spatial + 1 || a.sizes.size() == spatial + 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("adaptive_max_pool{}d(): Expected {}D or {}D tensor, but got: {}", spatial, spatial + 1,
                       spatial + 2, size_text(a.sizes));
  });
  for (std::size_t d = 1; d < a.sizes.size(); ++d) {
    check(call, sym_gt(a.sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "adaptive_max_pool{}d(): Expected input to have non-zero size for non-batch dimensions, but "
          "input has sizes {} with dimension {} being empty",
          spatial, size_text(a.sizes), d);
    });
  }
  check(size.size() == spatial, ErrorType::kRuntimeError, [] {
    return fmt::format("adaptive_max_pool{}d(): internal error: output_size.size() must be {}", spatial, spatial);
  });
  const bool keeps_format = spatial == 2 && a.dim() == 4;
  const MemoryFormat format = keeps_format ? suggest_memory_format(call.env(), geometry(a)) : MemoryFormat::kContiguous;
  const SymInts sizes = with_spatial(a, size);
  return {&empty_in(call, a, sizes, format), &as_dtype(empty_in(call, a, sizes, format), kLong)};
}

template <std::size_t spatial>
Results adaptive_max_pool(Call& call) {
  const Ints size = call.integers(1);
  return adaptive_max<spatial>(call, call.tensor(0), SymInts(size.begin(), size.end()));
}

Results adaptive_max_pool1d(Call& call) {
  FakeTensor& a = call.tensor(0);
  check_rank(a, "adaptive_max_pool1d");
  const Ints length = call.integers(1);
  check(length.size() == 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("adaptive_max_pool1d() argument 'output_size' should contain one int (got {})", length.size());
  });
  for (std::size_t d = 1; d < a.sizes.size(); ++d) {
    check(truth(call, sym_gt(a.sizes[d], 0)), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "adaptive_max_pool1d(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
          "{} "
          "with dimension {} being empty",
          to_string(a.sizes), d);
    });
  }
  const SymInts size = {SymInt(1), SymInt(length[0])};
  return without_height(call, adaptive_max<2>(call, unsqueeze(call, a, -2), size));
}

// ---- Fractional

/// The random numbers of a fractional pool over two dimensions (the three-dimensional one does not look at them).
void check_samples(Call& call, const FakeTensor& a, const FakeTensor& samples) {
  const SymInt batch = a.dim() == 4 ? a.sizes[0] : SymInt(1);
  const SymInt& channels = size_at(a, -3);
  check(a.dtype == samples.dtype, ErrorType::kRuntimeError,
        [] { return "Expect _random_samples to have the same dtype as input"; });
  check(samples.dim() == 3, ErrorType::kRuntimeError,
        [&] { return fmt::format("Expect _random samples to have 3 dimensions got, {}", samples.dim()); });
  check(call, sym_ge(samples.sizes[0], batch), ErrorType::kRuntimeError,
        [] { return "Expect _random_samples.size(0) no less then input batch size."; });
  check(call, sym_eq(samples.sizes[1], channels), ErrorType::kRuntimeError,
        [] { return "Expect _random_samples.size(1) equals to input channel size."; });
  check(call, sym_eq(samples.sizes[2], 2), ErrorType::kRuntimeError,
        [&] { return fmt::format("Expect _random_samples.size(2) equals to 2 got {}.", to_string(samples.sizes[2])); });
}

template <std::size_t spatial>
Results fractional_max_pool(Call& call) {
  // torch._meta_registrations.meta_fractional_max_pool2d, FractionalMaxPool3d.cpp
  const FakeTensor& a = call.tensor(0);
  const Ints kernel = call.integers(1);
  const Ints size = call.integers(2);
  const FakeTensor& samples = call.tensor(3);
  check(a.sizes.size() == spatial + 1 || a.sizes.size() == spatial + 2, ErrorType::kRuntimeError, [&] {
    return spatial == 2
               ? fmt::format("fractional_max_pool2d: Expected 3D or 4D tensor, but got: {}", a.dim())
               : fmt::format("fractional_max_pool3d_out(): Expected 4D or 5D tensor, but got: {}", to_string(a.sizes));
  });
  SymInts sizes = a.sizes;
  if (spatial == 3) {
    for (SymInt& length : sizes) length = call.env().guard_int(length);
  }
  const std::size_t first = sizes.size() - spatial;
  for (std::size_t d = spatial == 2 ? first - 1 : 1; d < sizes.size(); ++d) {
    check(call, sym_gt(sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "fractional_max_pool{}d: Expected input to have non-zero  size for non-batch dimensions, but got {} with "
          "dimension {} empty",
          spatial, size_text(a.sizes), d);
    });
  }
  check(kernel.size() == spatial, ErrorType::kRuntimeError, [] {
    return fmt::format("fractional_max_pool{}d: kernel_size musteither be a single int or tuple of Ints", spatial);
  });
  check(size.size() == spatial, ErrorType::kRuntimeError, [] {
    return fmt::format("fractional_max_pool{}d: output_size must either be a single int or tuple of Ints", spatial);
  });
  if (spatial == 2) check_samples(call, a, samples);
  for (std::size_t d = 0; d < spatial; ++d) {
    const SymInt needed = SymInt(size[d]) + kernel[d] - (spatial == 2 ? 1 : 0);
    check(call, sym_le(needed, sizes[first + d]), ErrorType::kRuntimeError, [&] {
      constexpr std::string_view kNames[] = {"time", "height", "width"};
      return spatial == 2 ? fmt::format("fractional_max_pool2d: kernel size {} is too large relative to input size {}",
                                        kernel[d], to_string(sizes[first + d]))
                          : fmt::format("fractional_max_pool3d_out(): pool {0} {1} too large relative to input {0} {2}",
                                        kNames[d], kernel[d], to_string(sizes[first + d]));
    });
    sizes[first + d] = size[d];
  }
  return {&new_empty(call, a, sizes), &new_empty(call, a, sizes, kLong)};
}

// ---- Back

void check_unpool3d_steps(const std::vector<std::int64_t>& strides, const std::vector<std::int64_t>& padding) {
  const auto check_length = [](const std::vector<std::int64_t>& list, std::string_view name) {
    check(list.size() == 3, ErrorType::kRuntimeError, [&] {
      return fmt::format("There should be exactly three elements (depth, height, width) in {}, but got: {} elements.",
                         name, list.size());
    });
  };
  check_length(strides, "stride");
  check_length(padding, "padding");
  check(std::ranges::all_of(strides, [](std::int64_t stride) { return stride > 0; }), ErrorType::kRuntimeError, [&] {
    return fmt::format("strides should be greater than zero, but got stride: [{}]", fmt::join(strides, ", "));
  });
}

/// torch._decomp.decompositions._max_unpoolnd: every plane's elements are put where their indices say, in one row.
FakeTensor& put_into_planes(Call& call, const SymInts& size) {
  const FakeTensor& a = call.tensor(0);
  const SymInts sizes = with_spatial(a, size);
  if (std::ranges::any_of(sizes, [&](const SymInt& n) { return truth(call, sym_eq(n, 0)); })) {
    return call.op1("aten::new_zeros", {call.arg(0), sizes});
  }
  SymInts planes(a.sizes.begin(), a.sizes.end() - static_cast<std::ptrdiff_t>(size.size()));
  FakeTensor& numbers = call.op1("aten::arange", {product(planes), {}, {}, a.device});
  planes.resize(a.sizes.size(), 1);
  FakeTensor& firsts = call.op1("aten::mul.Tensor", {&call.op1("aten::view", {&numbers, planes}), product(size)});
  FakeTensor& places = call.op1("aten::add.Tensor", {call.arg(1), &firsts});
  const SymInts row{-1};
  FakeTensor& at = call.op1("aten::reshape", {&places, row});
  FakeTensor& output = call.op1("aten::new_zeros", {call.arg(0), sizes});
  FakeTensor& put = call.op1("aten::_unsafe_index_put", {&call.op1("aten::reshape", {&output, row}), ValueList{&at},
                                                         &call.op1("aten::reshape", {call.arg(0), row}), false});
  return call.op1("aten::view", {&put, output.sizes});
}

template <std::size_t spatial>
Results max_unpool(Call& call) {
  // torch._decomp.decompositions.max_unpool2d, 3d
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& indices = call.tensor(1);
  const SymInts size = call.sym_ints(2);
  check(indices.dtype == kLong, ErrorType::kRuntimeError,
        [&] { return fmt::format("elements in indices should be type int64 but got: {}", torch_name(indices.dtype)); });
  check(size.size() == spatial, ErrorType::kRuntimeError, [&] {
    return fmt::format("There should be exactly {} elements in output_size, but got {} elements.", spatial,
                       size.size());
  });
  check(a.sizes.size() == spatial + 1 || a.sizes.size() == spatial + 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("Input to max_unpooling{}d should be a {}d or {}d Tensor, but got a tensor with {} dimensions.",
                       spatial, spatial + 1, spatial + 2, a.dim());
  });
  bool same_shape = a.sizes.size() == indices.sizes.size();
  for (std::size_t d = 0; same_shape && d < a.sizes.size(); ++d) {
    same_shape = truth(call, sym_eq(a.sizes[d], indices.sizes[d]));
  }
  check(same_shape, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected shape of indices to be same as that of the input tensor ({}) but got indices tensor with "
        "shape: {}",
        size_text(a.sizes), size_text(indices.sizes));
  });
  for (std::size_t d = 1; d < a.sizes.size(); ++d) {
    check(call, sym_gt(a.sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "max_unpooling{}d(): Expected input to have non-zero size for non-batch dimensions, but got {} "
          "with dimension {} being empty.",
          spatial, size_text(a.sizes), d);
    });
  }
  if (spatial == 3) check_unpool3d_steps(call.integers(3), call.integers(4));
  return one(put_into_planes(call, size));
}

constexpr OpRow kRows[] = {
    {"_adaptive_avg_pool2d", [](Call& c) { return one(adaptive_average<2>(c, c.tensor(0), c.sym_ints(1))); }},
    {"_adaptive_avg_pool3d", [](Call& c) { return one(adaptive_average<3>(c, c.tensor(0), c.sym_ints(1))); }},
    {"adaptive_avg_pool1d", adaptive_avg_pool1d},
    {"adaptive_avg_pool2d", [](Call& c) { return one(adaptive_avg_pool<2>(c, c.tensor(0), c.sym_ints(1))); }},
    {"adaptive_avg_pool3d", [](Call& c) { return one(adaptive_avg_pool<3>(c, c.tensor(0), c.sym_ints(1))); }},
    {"adaptive_max_pool1d", adaptive_max_pool1d},
    {"adaptive_max_pool2d", adaptive_max_pool<2>},
    {"adaptive_max_pool3d", adaptive_max_pool<3>},
    {"avg_pool1d", avg_pool1d},
    {"avg_pool2d", avg_pool2d_rule},
    {"avg_pool3d", avg_pool3d},
    {"fractional_max_pool2d", fractional_max_pool<2>},
    {"fractional_max_pool3d", fractional_max_pool<3>},
    {"max_pool1d", max_pool1d},
    {"max_pool1d_with_indices", max_pool1d_with_indices},
    {"max_pool2d", [](Call& c) { return first_of(max_pool2d_with_indices(c)); }},
    {"max_pool2d_with_indices", max_pool2d_with_indices},
    {"max_pool3d", [](Call& c) { return first_of(max_pool3d_with_indices(c)); }},
    {"max_pool3d_with_indices", max_pool3d_with_indices},
    {"max_unpool2d", max_unpool<2>},
    {"max_unpool3d", max_unpool<3>},
};

}  // namespace

std::span<const OpRow> pooling_ops() { return kRows; }

}  // namespace retrace::ops
