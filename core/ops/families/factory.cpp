// SPDX-License-Identifier: Apache-2.0
// Tensors from nothing but sizes and numbers: zeros, full, arange, windows, and their *_like and new_* forms.
#include "core/ops/vocabulary/factory.h"

#include <fmt/format.h>

#include <cmath>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// empty, zeros, ones(size, *, ...)
Results sized(Call& call) {
  const TensorOptions options = tensor_options(call);
  SymInts sizes = call.sym_ints(0);
  if (!options.memory_format || *options.memory_format == MemoryFormat::kPreserve) {
    return {&empty(call, options, kDefaultDtype, std::move(sizes))};
  }
  SymInts strides = strides_for(sizes, *options.memory_format);
  return {&call.strided(options.dtype.value_or(kDefaultDtype), std::move(sizes), std::move(strides),
                        options.device.value_or(Device{}))};
}

Results full(Call& call) { return {&empty(call, tensor_options(call), number_dtype(call.arg(1)), call.sym_ints(0))}; }

Results scalar_tensor(Call& call) { return {&empty(call, tensor_options(call), kDefaultDtype, {})}; }

/// new_zeros, new_full, ...(self, size, ...)
Results new_sized(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return {&empty(call, tensor_options(call), self.dtype, call.sym_ints(1), self.device)};
}

/// zeros_like, full_like, ...(self, ...)
Results sized_like(Call& call) { return {&empty_like(call, call.tensor(0), tensor_options(call))}; }

/// c10 TensorImpl::set_sizes_and_strides: a negative stride is that of a row-major tensor.
FakeTensor& strided_of(Call& call, ScalarType dtype, const SymInts& sizes, SymInts strides, const Device& device) {
  check(sizes.size() == strides.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format("dimensionality of sizes ({}) must match dimensionality of strides ({})", sizes.size(),
                       strides.size());
  });
  for (std::size_t d = sizes.size(); d-- > 0;) {
    if (!strides[d].is_int() || strides[d].as_int() >= 0) continue;
    strides[d] = d + 1 == sizes.size() ? SymInt(1) : sym_max(sizes[d + 1], 1) * strides[d + 1];
  }
  return call.strided(dtype, sizes, std::move(strides), device);
}

Results empty_strided(Call& call) {
  const TensorOptions options = tensor_options(call);
  return {&strided_of(call, options.dtype.value_or(kDefaultDtype), call.sym_ints(0), call.sym_ints(1),
                      options.device.value_or(Device{}))};
}

Results new_empty_strided(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const TensorOptions options = tensor_options(call);
  return {&strided_of(call, options.dtype.value_or(self.dtype), call.sym_ints(1), call.sym_ints(2),
                      options.device.value_or(self.device))};
}

Results empty_permuted(Call& call) {
  const TensorOptions options = tensor_options(call);
  SymInts sizes = call.sym_ints(0);
  const auto layout = call.integers(1);
  check(layout.size() == sizes.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = {} is not "
        "equal to "
        "len(physical_layout) = {}",
        sizes.size(), layout.size());
  });
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const auto rank = static_cast<std::int64_t>(layout.size());
    check(layout[i] >= 0 && layout[i] < rank, ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Dimension out of range (expected to be between 0 and {}, but got {} at index {}). NB: negative dims not "
          "currently supported; file an issue if you want it.",
          rank - 1, layout[i], i);
    });
    check(std::find(layout.begin(), layout.begin() + static_cast<std::ptrdiff_t>(i), layout[i]) ==
              layout.begin() + static_cast<std::ptrdiff_t>(i),
          ErrorType::kRuntimeError, [] { return "Duplicate dim not allowed"; });
  }
  SymInts strides = permuted_strides(sizes, layout);
  return {&call.strided(options.dtype.value_or(kDefaultDtype), std::move(sizes), std::move(strides),
                        options.device.value_or(Device{}))};
}

// ---- Ranges.

bool is_integer(const Value& v) { return v.holds<SymInt>() || v.holds<SymBool>(); }

SymFloat as_float(const Value& v) {
  const Scalar s = as_scalar(v);
  if (s.is_float()) return std::get<SymFloat>(s.value);
  if (s.is_integral()) return sym_float(std::get<SymInt>(s.value));
  return s.is_bool() ? SymFloat(std::get<SymBool>(s.value).as_bool() ? 1.0 : 0.0) : SymFloat(0.0);
}

SymInt as_int(const Value& v) {
  if (v.holds<SymInt>()) return v.get<SymInt>();
  if (v.holds<SymBool>()) return v.get<SymBool>().as_bool() ? 1 : 0;
  return trunc_to_int(as_float(v));
}

void check_bounds(Call& call, const Value& start, const Value& end, const Value& step) {
  const auto inconsistent = [] { return "upper bound and lower bound inconsistent with step sign"; };
  const auto zero_step = [] { return "step must be nonzero"; };
  if (is_integer(start) && is_integer(end) && is_integer(step)) {
    const SymInt by = as_int(step);
    check(call, sym_ne(by, 0), ErrorType::kRuntimeError, zero_step);
    const bool up = call.env().guard(sym_gt(by, 0));
    check(call, up ? sym_ge(as_int(end), as_int(start)) : sym_le(as_int(end), as_int(start)), ErrorType::kRuntimeError,
          inconsistent);
    return;
  }
  const SymFloat from = as_float(start);
  const SymFloat to = as_float(end);
  const SymFloat by = as_float(step);
  if (!from.is_float() || !to.is_float() || !by.is_float()) return;
  check(by.as_float() != 0, ErrorType::kRuntimeError, zero_step);
  const double length = to.as_float() - from.as_float();
  check(by.as_float() > 0 ? length >= 0 : length <= 0, ErrorType::kRuntimeError, inconsistent);
  check(std::isfinite(length), ErrorType::kRuntimeError,
        [&] { return fmt::format("unsupported range: {} -> {}", from.as_float(), to.as_float()); });
}

/// torch._refs.arange.
SymInt range_length(Call& call, const Value& start, const Value& end, const Value& step, ScalarType dtype) {
  if (dtype == ScalarType::kLong || (is_integer(start) && is_integer(end) && is_integer(step))) {
    const SymInt by = as_int(step);
    const std::int64_t sign = call.env().guard(sym_gt(by, 0)) ? 1 : -1;
    return floordiv(as_int(end) - as_int(start) + by - SymInt(sign), by);
  }
  return ceil_to_int(true_div(as_float(end) - as_float(start), as_float(step)));
}

FakeTensor& arange_of(Call& call, const Value& start, const Value& end, const Value& step) {
  check_pin_memory(call);
  check_bounds(call, start, end, step);
  const bool integers = is_integer(start) && is_integer(end) && is_integer(step);
  const TensorOptions options = tensor_options(call);
  const ScalarType dtype = options.dtype.value_or(integers ? ScalarType::kLong : kDefaultDtype);
  SymInt length = range_length(call, start, end, step, dtype);
  return empty(call, dtype, {length}, options.device.value_or(Device{}));
}

Results arange_end(Call& call) { return {&arange_of(call, 0, call.arg(0), 1)}; }
Results arange_start(Call& call) { return {&arange_of(call, call.arg(0), call.arg(1), 1)}; }
Results arange_step(Call& call) { return {&arange_of(call, call.arg(0), call.arg(1), call.arg(2))}; }

/// aten::range: the end is in it.
Results range(Call& call) {
  const double start = call.number(0);
  const double end = call.number(1);
  const double step = call.schema().args[2].name == "step" ? call.number(2) : 1;
  check_bounds(call, start, end, step);
  return {&empty(call, tensor_options(call), kDefaultDtype, {static_cast<std::int64_t>((end - start) / step + 1)})};
}

/// linspace, logspace(start, end, steps, ...)
Results spaced(Call& call) {
  const SymInt steps = call.sym_int(2);
  const auto complex_number = [&](std::size_t i) { return call.arg(i).holds<std::pair<double, double>>(); };
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    check(!call.arg(i).holds<FakeTensor*>() || call.tensor(i).dim() == 0, ErrorType::kRuntimeError,
          [] { return "linspace only supports 0-dimensional start and end tensors"; });
  }
  check(call, sym_ge(steps, 0), ErrorType::kRuntimeError, [] { return "number of steps must be non-negative"; });
  const ScalarType dtype = complex_number(0) || complex_number(1) ? to_complex(kDefaultDtype) : kDefaultDtype;
  return {&empty(call, tensor_options(call), dtype, {steps})};
}

// ---- Matrices, windows.

Results eye(Call& call) {
  const SymInt rows = call.sym_int(0);
  const SymInt columns = call.schema().args[1].name == "m" ? call.sym_int(1) : rows;
  const auto check_length = [&](const SymInt& length, char name) {
    check(call, sym_ge(length, 0), ErrorType::kRuntimeError,
          [&] { return fmt::format("{} must be greater or equal to 0, got {}", name, to_string(length)); });
  };
  check_length(rows, 'n');
  check_length(columns, 'm');
  return {&empty(call, tensor_options(call), kDefaultDtype, {rows, columns})};
}

Results window(Call& call) {
  const std::int64_t length = call.integer(0);
  check(length >= 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("{} requires non-negative window_length, got window_length={}",
                       packet_name(call.schema()).substr(std::string_view("aten::").size()), length);
  });
  check_pin_memory(call);
  return {&empty(call, tensor_options(call), kDefaultDtype, {length})};
}

Results from_file(Call& call) { return {&empty(call, tensor_options(call), kDefaultDtype, {call.integer(2)})}; }

// ---- Filling.

void check_fill(const FakeTensor& value) {
  check(value.dim() == 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("fill_ only supports 0-dimension value tensor but got tensor with {} dimensions.", value.dim());
  });
}

Results fill(Call& call) {
  if (call.arg(1).holds<FakeTensor*>()) check_fill(call.tensor(1));
  return same_as_self(call);
}

Results fill_inplace(Call& call) {
  if (call.arg(1).holds<FakeTensor*>()) check_fill(call.tensor(1));
  return inplace_values(call);
}

Results fill_diagonal(Call& call) {
  // ATen/native/Fill.cpp fill_diagonal_: strides are added up as plain numbers
  const FakeTensor& self = call.tensor(0);
  check(self.dim() >= 2, ErrorType::kRuntimeError, [] { return "dimensions must larger than 1"; });
  const SymInt& height = self.sizes[0];
  const SymInt& width = self.sizes[1];
  for (std::size_t d = 1; self.dim() > 2 && d < self.sizes.size(); ++d) {
    check(!truth(call, sym_ne(self.sizes[d], height)), ErrorType::kRuntimeError,
          [] { return "all dimensions of input must be of equal length"; });
  }
  truth(call, sym_lt(width, height));
  for (const SymInt& stride : self.strides) call.env().guard_int(stride);
  if (call.boolean(2) && self.dim() == 2 && truth(call, sym_gt(height, width + SymInt(1))))
    check_no_symbols(self, "numel()");
  return inplace_values(call);
}

/// ATen/native/RangeFactories.cpp _dim_arange
Results dim_arange(Call& call) {
  const FakeTensor& like = call.tensor(0);
  for (const SymInt& size : like.sizes) call.env().guard_int(size);
  return {&call.contiguous(ScalarType::kLong, {size_at(like, call.integer(1))}, like.device)};
}

constexpr OpRow kRows[] = {
    {"_dim_arange", dim_arange},
    {"_efficientzerotensor", sized},
    {"arange", arange_end},
    {"arange.start", arange_start},
    {"arange.start_step", arange_step},
    {"bartlett_window", window},
    {"bartlett_window.periodic", window},
    {"blackman_window", window},
    {"blackman_window.periodic", window},
    {"empty.memory_format", sized},
    {"empty_like", sized_like},
    {"empty_permuted", empty_permuted},
    {"empty_strided", empty_strided},
    {"eye", eye},
    {"eye.m", eye},
    {"fill.Scalar", fill},
    {"fill.Tensor", fill},
    {"fill_.Scalar", fill_inplace},
    {"fill_.Tensor", fill_inplace},
    {"fill_diagonal_", fill_diagonal},
    {"from_file", from_file},
    {"full", full},
    {"full_like", sized_like},
    {"hamming_window", window},
    {"hamming_window.periodic", window},
    {"hamming_window.periodic_alpha", window},
    {"hamming_window.periodic_alpha_beta", window},
    {"hann_window", window},
    {"hann_window.periodic", window},
    {"kaiser_window", window},
    {"kaiser_window.beta", window},
    {"kaiser_window.periodic", window},
    {"linspace", spaced},
    {"linspace.Scalar_Tensor", spaced},
    {"linspace.Tensor_Scalar", spaced},
    {"linspace.Tensor_Tensor", spaced},
    {"logspace", spaced},
    {"logspace.Scalar_Tensor", spaced},
    {"logspace.Tensor_Scalar", spaced},
    {"logspace.Tensor_Tensor", spaced},
    {"new_empty", new_sized},
    {"new_empty_strided", new_empty_strided},
    {"new_full", new_sized},
    {"new_ones", new_sized},
    {"new_zeros", new_sized},
    {"ones", sized},
    {"ones_like", sized_like},
    {"range", range},
    {"range.step", range},
    {"scalar_tensor", scalar_tensor},
    {"zero", same_as_self},
    {"zero_", inplace_values},
    {"zeros", sized},
    {"zeros_like", sized_like},
};

}  // namespace

std::span<const OpRow> factory_ops() { return kRows; }

}  // namespace retrace::ops
