// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/formula.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

template <typename Message>
void asserted(bool condition, Message&& message) {
  check(condition, ErrorType::kAssertionError, message);
}

/// _DTYPE_TO_QVALUE_BOUNDS; none: no dtype to quantise to.
std::optional<std::pair<std::int64_t, std::int64_t>> bounds_of(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::kByte:
      return {{0, 255}};
    case ScalarType::kChar:
      return {{-128, 127}};
    case ScalarType::kUInt16:
      return {{0, 65535}};
    case ScalarType::kShort:
      return {{-32768, 32767}};
    case ScalarType::kInt:
      return {{-2147483648LL, 2147483647LL}};
    case ScalarType::kFloat8E5M2:
      return {{-57344, 57344}};
    case ScalarType::kFloat8E4M3FN:
      return {{-448, 448}};
    default:
      return std::nullopt;
  }
}

/// _quant_min_max_bounds_check of arguments `low` and the next one.
void check_bounds(Call& call, std::size_t low, ScalarType dtype) {
  const auto bounds = bounds_of(dtype);
  check(bounds.has_value(), ErrorType::kValueError,
        [&] { return fmt::format("Unsupported dtype: {}", torch_name(dtype)); });
  const std::int64_t least = call.integer(low);
  const std::int64_t most = call.integer(low + 1);
  asserted(least >= bounds->first, [&] {
    return fmt::format("quant_min out of bounds for dtype, quant_min_lower_bound: {} quant_min: {}", bounds->first,
                       least);
  });
  asserted(most <= bounds->second, [&] {
    return fmt::format("quant_max out of bounds for dtype, quant_max_upper_bound: {} quant_max: {}", bounds->second,
                       most);
  });
}

void check_float(const FakeTensor& t, bool low_precision = true, std::string_view expected = "torch.float32") {
  const bool low = t.dtype == ScalarType::kHalf || t.dtype == ScalarType::kBFloat16;
  asserted(t.dtype == ScalarType::kFloat || (low_precision && low), [&] {
    return fmt::format("Expecting input to have dtype {}, but got dtype: {}", expected, torch_name(t.dtype));
  });
}

/// Tensors of one number: arguments 2 (zero point) and 1 (scale).
void check_single(Call& call) {
  for (const std::size_t i : {2U, 1U}) {
    const SymInt count = call.tensor(i).numel();
    asserted(!truth(call, sym_ne(count, 1)), [&] {
      return fmt::format("Expecting {} tensor to be one element, but received : {}", i == 1 ? "scale" : "zero_point",
                         to_string(count));
    });
  }
}

void check_axis(Call& call, std::int64_t axis) {
  const std::int64_t rank = call.tensor(0).dim();
  asserted(axis < rank, [&] { return fmt::format("Expecting axis to be < {}", rank); });
}

Results quantised(Call& call, std::size_t dtype) {
  return one(like(call, call.tensor(0), call.dtype(dtype).value_or(kDefaultDtype)));
}
/// The dtype asked for is the last argument.
Results dequantised(Call& call) { return quantised(call, call.size() - 1); }

Results quantize_per_tensor(Call& call) {
  check_float(call.tensor(0));
  return quantised(call, 5);
}
Results quantize_by_tensors(Call& call) {
  check_single(call);
  return quantize_per_tensor(call);
}
Results quantize_per_channel(Call& call) {
  check_float(call.tensor(0));
  check_axis(call, call.integer(3));
  check_bounds(call, 4, *call.dtype(6));
  return quantised(call, 6);
}
Results quantize_per_token(Call& call) {
  check_bounds(call, 3, *call.dtype(5));
  return quantised(call, 5);
}

/// quantize_per_channel_group and its way back: the size of a group, `group` in the schema, divides the columns.
SymInt group_size(Call& call, std::size_t group, std::string_view name) {
  const FakeTensor& t = call.tensor(0);
  SymInt size = call.sym_int(group);
  asserted(!truth(call, sym_le(size, 1)), [] { return "group_size must be > 1"; });
  const SymInt& columns = shape_at(t, -1);
  if (truth(call, sym_gt(size, columns)) && truth(call, sym_eq(shape_at(call.tensor(1), -1), 1))) size = columns;
  asserted(!truth(call, sym_ne(python_mod(columns, size), 0)),
           [&] { return fmt::format("{}.shape[-1] must be divisible by group_size", name); });
  asserted(t.dim() == 2, [&] { return fmt::format("{} must be 2-dimensional", name); });
  return size;
}
Results quantize_per_channel_group(Call& call) {
  group_size(call, 6, "input");
  return quantised(call, 5);
}

Results dequantize_by_tensors(Call& call) {
  check_single(call);
  const ScalarType dtype = *call.dtype(5);
  const FakeTensor& t = call.tensor(0);
  asserted(t.dtype == dtype, [&] {
    return fmt::format("Expecting input to have dtype: {}, but got {}", torch_name(dtype), torch_name(t.dtype));
  });
  check(bounds_of(dtype).has_value(), ErrorType::kValueError,
        [&] { return fmt::format("Unsupported dtype in dequantize_per_tensor: {}", torch_name(dtype)); });
  return dequantised(call);
}
Results dequantize_per_channel(Call& call) {
  const ScalarType dtype = *call.dtype(6);
  const FakeTensor& t = call.tensor(0);
  asserted(t.dtype == dtype, [&] {
    return fmt::format("Expecting input to have dtype {}, but got dtype: {}", torch_name(dtype), torch_name(t.dtype));
  });
  check_axis(call, call.integer(3));
  check_bounds(call, 4, dtype);
  return dequantised(call);
}
Results dequantize_per_token(Call& call) {
  check_bounds(call, 3, *call.dtype(5));
  return dequantised(call);
}
/// A composite: (w - zero_points) * scales by groups.
Results dequantize_per_channel_group(Call& call) {
  FakeTensor& t = call.tensor(0);
  const SymInt size = group_size(call, 6, "w_int8");
  const auto column = [&](std::size_t i) -> Term { return {call, reshape(call, call.tensor(i), {-1, 1})}; };
  const Term groups(call, reshape(call, t, {-1, size}));
  const Term scales = column(1);
  const Term shifted =
      groups - (call.is_none(2) ? Term(call, call.contiguous(ScalarType::kInt, {}, t.device)) : column(2));
  FakeTensor& product = (shifted * scales).tensor();
  return one(to_dtype(call, reshape(call, product, t.sizes), *call.dtype(7)));
}

FakeTensor& one_parameter(Call& call, ScalarType dtype) { return call.contiguous(dtype, {1}, call.tensor(0).device); }
Results choose_qparams_symmetric(Call& call) {
  return {&one_parameter(call, ScalarType::kDouble), &one_parameter(call, ScalarType::kLong)};
}
Results choose_qparams(Call& call) {
  check_float(call.tensor(0), true, "torch.float32/16/b16");
  asserted(call.integer(1) < call.integer(2), [&] {
    return fmt::format("Expecting quant_min to be smaller than quant_max but received min: {} max: {}", call.integer(1),
                       call.integer(2));
  });
  return choose_qparams_symmetric(call);
}
Results choose_qparams_per_token(Call& call) {
  const FakeTensor& t = call.tensor(0);
  SymInts sizes = t.sizes;
  if (!sizes.empty()) sizes.pop_back();
  sizes.emplace_back(1);
  return {&call.contiguous(ScalarType::kDouble, sizes, t.device), &call.contiguous(ScalarType::kLong, sizes, t.device)};
}

/// FakeQuantPerChannel.forward(input, scales, zero_points, axis, ...)
Results fake_quant_per_channel(Call& call) {
  FakeTensor& t = call.tensor(0);
  const std::int64_t axis = call.integer(3);
  FakeTensor& scales = to_dtype(call, call.tensor(1), ScalarType::kFloat);
  FakeTensor& zero_points = to_dtype(call, call.tensor(2), ScalarType::kInt);
  check_float(t, false);
  check_axis(call, axis);
  const auto along_axis = [&](FakeTensor& parameter) -> Term {
    FakeTensor* result = &parameter;
    for (std::int64_t d = 0; d < t.dim(); ++d) {
      if (d != axis) result = &unsqueeze(call, *result, d);
    }
    return {call, *result};
  };
  const Term scale = along_axis(scales);
  const Term shift = along_axis(zero_points);
  const Term scaled = Term(call, t) * (1.0 / scale);
  const Term temporary = apply("aten::round", scaled) + shift;
  const Term clamped = apply("aten::clamp", temporary, call.scalar(4), call.scalar(5)) - shift;
  return one((clamped * scale).tensor());
}

Results convert_element_type(Call& call) {
  return one(to_dtype(call, call.tensor(0), call.dtype(1).value_or(kDefaultDtype)));
}

constexpr OpRow kRows[] = {
    {"quantized_decomposed::choose_qparams.tensor", choose_qparams},
    {"quantized_decomposed::choose_qparams_per_token", choose_qparams_per_token},
    {"quantized_decomposed::choose_qparams_per_token_asymmetric", choose_qparams_per_token},
    {"quantized_decomposed::choose_qparams_symmetric.tensor", choose_qparams_symmetric},
    {"quantized_decomposed::convert_element_type.no_fuse", convert_element_type},
    {"quantized_decomposed::dequantize_per_channel", dequantize_per_channel},
    {"quantized_decomposed::dequantize_per_channel_group", dequantize_per_channel_group},
    {"quantized_decomposed::dequantize_per_tensor", dequantised},
    {"quantized_decomposed::dequantize_per_tensor.tensor", dequantize_by_tensors},
    {"quantized_decomposed::dequantize_per_tensor.tensor2", dequantize_by_tensors},
    {"quantized_decomposed::dequantize_per_token", dequantize_per_token},
    {"quantized_decomposed::fake_quant_per_channel", fake_quant_per_channel},
    {"quantized_decomposed::quantize_per_channel", quantize_per_channel},
    {"quantized_decomposed::quantize_per_channel_group", quantize_per_channel_group},
    {"quantized_decomposed::quantize_per_tensor", quantize_per_tensor},
    {"quantized_decomposed::quantize_per_tensor.tensor", quantize_by_tensors},
    {"quantized_decomposed::quantize_per_tensor.tensor2", quantize_by_tensors},
    {"quantized_decomposed::quantize_per_token", quantize_per_token},
};

}  // namespace

std::span<const OpRow> quantized_decomposed_ops() { return kRows; }

}  // namespace retrace::ops
