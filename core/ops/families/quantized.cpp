// SPDX-License-Identifier: Apache-2.0
// Quantisation: fake quantisation, packed integer products, and quantized tensors, which fake tensors cannot be.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/families/linalg_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

void expect(bool condition, const std::string& text) {
  check(condition, ErrorType::kRuntimeError, [&] { return text; });
}
void expect_rank(const FakeTensor& t, std::int64_t rank, std::string_view name) {
  expect(t.dim() == rank, fmt::format("{} must be a {}D tensor", name, rank));
}
void expect_dtype(const FakeTensor& t, ScalarType dtype, std::string_view name, std::string_view word) {
  expect(t.dtype == dtype, fmt::format("expected {} to be {}, got {}", name, word, torch_name(t.dtype)));
}
void expect_float(const FakeTensor& t) {
  expect(t.dtype == ScalarType::kFloat || t.dtype == ScalarType::kHalf || t.dtype == ScalarType::kBFloat16,
         fmt::format("expected x to be f32/f16/bf16, got {}", torch_name(t.dtype)));
}
FakeTensor& sized(Call& call, const FakeTensor& t, SymInts sizes, ScalarType dtype) {
  return call.contiguous(dtype, std::move(sizes), t.device);
}

// ---- Fake quantisation. Its kernels have no meta: they run on zeros, or fail under symbolic sizes.

/// Raises as PyTorch does where `kernel` gets symbolic sizes.
void check_kernel(Call& call, std::string_view kernel) { check_fallback(call, fmt::format("aten.{}.default", kernel)); }
/// ATen's empty_like, which keeps the strides of what is dense.
FakeTensor& dense_like(Call& call, ScalarType dtype) {
  const FakeTensor& self = call.tensor(0);
  return call.strided(dtype, self.sizes, preserved_strides(call.env(), geometry(self)), self.device);
}
FakeTensor& mask_of(Call& call) { return dense_like(call, ScalarType::kBool); }

Results quantized_like(Call& call, bool with_mask) {
  Results results = one(dense_like(call, call.tensor(0).dtype));
  if (with_mask) results.push_back(&mask_of(call));
  return results;
}
void check_floating(Call& call, std::string_view kernel) {
  if (!is_floating(call.tensor(0).dtype)) raise_not_implemented(kernel, call.tensor(0).dtype);
}
constexpr std::string_view kTensorKernel = "fake_quantize_tensor_cachemask_kernel_type_handling";

void check_bounds(std::int64_t low, std::int64_t high) {
  expect(low <= high, "`quant_min` should be less than or equal to `quant_max`.");
}
void check_zero_point(std::int64_t zero_point, std::int64_t low, std::int64_t high) {
  expect(zero_point >= low && zero_point <= high, "`zero_point` must be between `quant_min` and `quant_max`.");
}
/// Tensor.item of a tensor of zeros.
void check_item(const FakeTensor& t) {
  expect(t.numel().is(1), fmt::format("a Tensor with {} elements cannot be converted to Scalar", to_string(t.numel())));
}

// ATen/native/quantized/FakeQuantPerTensorAffine.cpp (self, scale, zero_point, quant_min, quant_max)
template <bool with_mask>
Results per_tensor(Call& call) {
  check_kernel(call, "fake_quantize_per_tensor_affine_cachemask");
  check_bounds(call.integer(3), call.integer(4));
  check_zero_point(call.integer(2), call.integer(3), call.integer(4));
  check_floating(call, kTensorKernel);
  return quantized_like(call, with_mask);
}
/// The same with tensors of one number: what they hold is not known, zero is what the kernel sees.
Results per_tensor_parameters(Call& call, std::initializer_list<std::size_t> items, std::size_t low, bool with_mask) {
  check_kernel(call, "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams");
  check_bounds(call.integer(low), call.integer(low + 1));
  for (const std::size_t i : items) check_item(call.tensor(i));
  check_floating(call, kTensorKernel);
  return quantized_like(call, with_mask);
}

struct Channels {
  const FakeTensor& scale;
  ScalarType zero_point_dtype;
  std::int64_t axis, low, high;
};

// ATen/native/quantized/FakeQuantPerChannelAffine.cpp fake_quantize_per_channel_affine_cachemask
void check_channels(Call& call, const Channels& c) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& zero_point = call.tensor(2);
  const ScalarType found = c.zero_point_dtype;
  expect(c.scale.dtype == ScalarType::kFloat || c.scale.dtype == ScalarType::kBFloat16,
         fmt::format("Scale must be Float or BFloat16, found {}", aten_name(c.scale.dtype)));
  expect(found == ScalarType::kInt || found == ScalarType::kFloat || found == ScalarType::kHalf,
         fmt::format("Zero-point must be Int32, Float or Half, found {}", aten_name(found)));
  expect(c.scale.dim() == 1, "scale should be a 1-D tensor");
  expect(zero_point.dim() == 1, "zero point should be a 1-D tensor");
  const std::int64_t count = c.scale.sizes[0].as_int();
  expect(zero_point.sizes[0].is(count), "scale and zero-point need to have the same dimensions");
  expect(size_at(self, c.axis).is(count), "dimensions of scale and zero-point are not consistent with input tensor");
  check_bounds(c.low, c.high);
  if (found == ScalarType::kInt) {
    expect(count != 0,
           "min(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
           "'dim' argument.");
    check_zero_point(zero_point.dtype == ScalarType::kInt ? 0 : std::clamp<std::int64_t>(0, c.low, c.high), c.low,
                     c.high);
  }
  expect(c.axis >= 0 && c.axis <= self.dim(), "`axis` must be between 0 and number of dimensions of input");
  check_floating(call, "fake_quantize_channel_cachemask_cpu_type_handling");
  expect(c.scale.dtype == ScalarType::kFloat,
         "!needs_dynamic_casting<func_t>::check(iter) INTERNAL ASSERT FAILED at "
         "\"/__w/pytorch/pytorch/aten/src/ATen/native/cpu/Loops.h\":311, please report a bug to PyTorch.");
}

template <bool with_mask>
Results per_channel(Call& call) {
  check_kernel(call, "fake_quantize_per_channel_affine_cachemask");
  check_channels(call, {call.tensor(1), call.tensor(2).dtype, call.integer(3), call.integer(4), call.integer(5)});
  return quantized_like(call, with_mask);
}

/// The learnable forms are kernels, too; their zero points are rounded into the bounds first.
Results learnable_per_channel(Call& call) {
  check_fallback(call);
  check_channels(call, {call.tensor(1), ScalarType::kInt, call.integer(3), call.integer(4), call.integer(5)});
  return quantized_like(call, false);
}
Results learnable_per_tensor(Call& call) {
  check_fallback(call);
  for (const std::size_t i : {1U, 2U}) check_item(select(call, call.tensor(i), 0, 0));
  check_bounds(call.integer(3), call.integer(4));
  check_floating(call, kTensorKernel);
  return quantized_like(call, false);
}

Results dequantize(Call& call) {
  check_fallback(call);
  return one(like(call, call.tensor(0), ScalarType::kFloat));
}
void check_channel(Call& call) {
  expect(call.integer(10) < call.tensor(0).dim(),
         "Error in fused_moving_avg_obs_fake_quant_cpu: ch_axis must be < self.dim()");
}
Results fused_observer(Call& call) {
  check_channel(call);
  return one(like(call, call.tensor(0)));
}
Results fused_observer_helper(Call& call) {
  check_channel(call);
  return {&like(call, call.tensor(0)), &mask_of(call)};
}
Results fused_observer_functional(Call& call) {
  Results all = fused_observer_helper(call);
  for (const std::size_t state : {3U, 4U, 5U, 6U}) all.push_back(&like(call, call.tensor(state)));
  return all;
}

// ---- Quantized tensors.

// torch/_meta_registrations.py meta_quantize_per_tensor: the input's dtype stays
Results quantize_per_tensor(Call& call) { return one(like(call, call.tensor(0))); }
[[noreturn]] void raise_quantized() { raise(ErrorType::kUnsupported, "quantized nyi in meta tensors"); }
/// What the kernels ask of a scale and a zero point for each channel before they make such a tensor.
void check_channel_parameters(const FakeTensor& scale, const FakeTensor& zero_point) {
  expect(scale.dim() == 1, "scale tensor must have dimension 1");
  expect(zero_point.dim() == 1, "zero_points tensor must have dimension 1");
  expect(is_floating(scale.dtype), "scale tensor must be floating point");
}
Results quantize_per_channel(Call& call) {
  check_fallback(call);
  check_channel_parameters(call.tensor(1), call.tensor(2));
  raise_quantized();
}
Results quantize_dynamically(Call& call) {
  check_fallback(call);
  const ScalarType dtype = *call.dtype(1);
  if (dtype == ScalarType::kHalf) return one(like(call, call.tensor(0), dtype));
  raise(ErrorType::kRuntimeError, fmt::format("dtype {}not supported", aten_name(dtype)));
}
/// The dtypes that have a quantized twin.
void check_integers(const FakeTensor& t) {
  expect(t.dtype == ScalarType::kByte || t.dtype == ScalarType::kChar || t.dtype == ScalarType::kInt,
         "Creation of quantized tensor requires quantized dtype like torch.quint8");
}
Results quantized_from_channels(Call& call) {
  check_fallback(call);
  check_integers(call.tensor(0));
  check_channel_parameters(call.tensor(1), call.tensor(2));
  raise_quantized();
}
Results quantized_from_integers(Call& call) {
  check_fallback(call);
  check_integers(call.tensor(0));
  raise_quantized();
}
Results no_float_data(Call& call) {
  check_scalar_type(call.tensor(0), ScalarType::kFloat);
  if (call.tensor(0).numel().is(0) && call.schema().name == "aten::_saturate_weight_to_fp16")
    return one(call.tensor(0));
  raise_no_data();
}
Results no_byte_data(Call& call) {
  check_scalar_type(call.tensor(0), ScalarType::kChar);
  raise_no_data();
}
Results needs_scalar(Call&) { raise(ErrorType::kUnsupported, "aten._local_scalar_dense.default"); }
Results empty_affine(Call&) {
  raise(ErrorType::kNotImplementedError,
        "Could not run 'aten::_empty_affine_quantized' with arguments from the 'QuantizedMeta' backend.");
}

Results needs_quantized_dtype(Call& call) {
  check_fallback(call);
  raise(ErrorType::kRuntimeError, "Creation of quantized tensor requires quantized dtype like torch.quint8");
}
Results list_is_no_tensor(Call&) {
  raise(ErrorType::kTypeError, "empty_like(): argument 'input' (position 1) must be Tensor, not list");
}
/// No program can hold the packed parameters of the newer form.
Results wants_cell_parameters(Call& call) { call.wrong_type(call.schema().args[3].name == "params" ? 3 : 2); }
Results legacy_parameters(Call& call) {
  check_fallback(call);
  const std::string_view name = packet_name(call.schema());
  raise(ErrorType::kRuntimeError,
        fmt::format("torch.{} with List[Tensor] for parameters is no longer supported. Please re-export your model "
                    "using the newer definitions in torch.jit.quantized",
                    name.substr(name.find("::") + 2)));
}
Results linear_prepack(Call& call) {
  const FakeTensor& weight = call.tensor(0);
  expect(weight.dim() == 2, "fbgemm weight packing only packs matrices not vectors.");
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (is_symbolic(call.tensor(i))) raise(ErrorType::kUnsupported, "quantized.linear_prepack.default");
  }
  raise_no_kernel("quantized.linear_prepack.default");
}
/// ATen/native/RNN.cpp: which operand the kernel reads first.
Results quantized_cell(Call& call) {
  check_scalar_type(call.tensor(1), ScalarType::kFloat);
  raise_no_data();
}
Results quantized_lstm_cell(Call& call) {
  const std::vector<FakeTensor*> states = call.tensors(1);
  if (!states.empty()) check_scalar_type(*states.front(), ScalarType::kFloat);
  raise_no_data();
}

// ---- Packed integer products.

Results int_mm(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  expect(a.dim() == 2, "a must be a 2D tensor");
  expect(b.dim() == 2, "b must be a 2D tensor");
  expect(a.dtype == ScalarType::kChar || a.dtype == ScalarType::kByte,
         fmt::format("expected self to be int8 or uint8, got {}", torch_name(a.dtype)));
  expect(b.dtype == ScalarType::kChar, fmt::format("expected mat2 to be int8, got {}", torch_name(b.dtype)));
  check(call, sym_eq(a.sizes[1], b.sizes[0]), ErrorType::kRuntimeError, [&] {
    return fmt::format("Incompatible matrix sizes for _int_mm ({}x{} and {}x{})", to_string(a.sizes[0]),
                       to_string(a.sizes[1]), to_string(b.sizes[0]), to_string(b.sizes[1]));
  });
  return one(sized(call, a, {a.sizes[0], b.sizes[1]}, ScalarType::kInt));
}

Results pack_int4(Call& call) {
  const FakeTensor& w = call.tensor(0);
  expect_rank(w, 2, "w");
  expect_dtype(w, ScalarType::kByte, "w", "uint8");
  const std::int64_t tiles = call.integer(1);
  const SymInts sizes{floordiv(w.sizes[0], 8), floordiv(w.sizes[1] * SymInt(2), SymInt(tiles) * 16), 32,
                      floordiv(tiles, 2)};
  return one(sized(call, w, sizes, ScalarType::kInt));
}
Results pack_int4_for_cpu(Call& call) {
  const FakeTensor& w = call.tensor(0);
  expect_rank(w, 2, "w");
  expect_dtype(w, ScalarType::kInt, "w", "int32");
  return one(sized(call, w, {w.sizes[0], floordiv(w.sizes[1], 2)}, ScalarType::kByte));
}

/// x times packed weights of `rows` outputs.
Results packed_mm(Call& call, std::int64_t rank, ScalarType dtype, std::string_view word, std::int64_t rows) {
  const FakeTensor& x = call.tensor(0);
  const FakeTensor& w = call.tensor(1);
  expect_rank(x, 2, "x");
  expect_rank(w, rank, "w");
  expect_float(x);
  expect_dtype(w, dtype, "w", word);
  return one(sized(call, x, {x.sizes[0], w.sizes[0] * SymInt(rows)}, x.dtype));
}
Results int4_mm(Call& call) { return packed_mm(call, 4, ScalarType::kInt, "int32", 8); }
Results int4_mm_for_cpu(Call& call) { return packed_mm(call, 2, ScalarType::kByte, "uint8", 1); }
Results int4_mm_with_scales(Call& call) { return packed_mm(call, 2, ScalarType::kInt, "int32", 1); }
Results int8_mm(Call& call) {
  const FakeTensor& x = call.tensor(0);
  const FakeTensor& w = call.tensor(1);
  const FakeTensor& scales = call.tensor(2);
  expect_rank(x, 2, "x");
  expect_float(x);
  expect_rank(w, 2, "w");
  expect_dtype(w, ScalarType::kChar, "w", "int8");
  check(call, sym_eq(w.sizes[1], x.sizes[1]), ErrorType::kRuntimeError, [&] {
    return fmt::format("expected w.size(1) ({}) == x.size(1) ({})", to_string(w.sizes[1]), to_string(x.sizes[1]));
  });
  const SymBool fits = scales.dim() == 1 ? sym_eq(scales.sizes[0], w.sizes[0]) : SymBool(false);
  check(call, fits, ErrorType::kRuntimeError, [&] {
    return fmt::format("expected q_scales to be 1D with size {}, got shape {}", to_string(w.sizes[0]),
                       size_text(scales.sizes));
  });
  return one(sized(call, x, {x.sizes[0], w.sizes[0]}, x.dtype));
}

Results pack_dynamic_int4(Call& call) {
  const FakeTensor& w = call.tensor(0);
  expect_dtype(w, ScalarType::kByte, "w", "uint8");
  SymInt count = w.numel() + call.tensor(1).numel();
  if (const FakeTensor* bias = call.optional_tensor(2)) count += bias->numel();
  return one(sized(call, w, {count}, ScalarType::kFloat));
}
Results dynamic_int4_mm(Call& call) {
  const FakeTensor& x = call.tensor(0);
  const std::int64_t block = call.integer(2);
  const std::int64_t features = call.integer(3);
  expect_rank(x, 2, "input");
  expect(x.dtype == ScalarType::kFloat || (x.dtype == ScalarType::kBFloat16 && block == features),
         fmt::format(
             "expected input to be f32 or bf16 (bf16 requires block_size == in_features), got {} with block_size={} "
             "and in_features={}",
             torch_name(x.dtype), block, features));
  return one(sized(call, x, {x.sizes[0], call.sym_int(4)}, x.dtype));
}

// ---- Scaled products of 8-bit floats.

bool is_float8(ScalarType t) {
  return t == ScalarType::kFloat8E4M3FN || t == ScalarType::kFloat8E5M2 || t == ScalarType::kFloat8E4M3FNUZ ||
         t == ScalarType::kFloat8E5M2FNUZ;
}

/// The sizes of both scales that some scaling takes, for operands [m, k] and [k, n].
bool scale_sizes_fit(Call& call, const SymInts& a, const SymInts& b) {
  const SymInt& m = call.tensor(0).sizes[0];
  const SymInt& n = call.tensor(1).sizes[1];
  const auto blocks = [](const SymInt& size) { return floordiv(size + 127, 128); };
  const SymInt inner = blocks(call.tensor(0).sizes[1]);
  const auto fit = [&](const SymInts& wanted_a, const SymInts& wanted_b) {
    return truth(call, sym_eq(a, wanted_a)) && truth(call, sym_eq(b, wanted_b));
  };
  return fit({m, SymInt(1)}, {SymInt(1), n}) || fit({m, inner}, {inner, blocks(n)}) || fit({m, inner}, {inner, n}) ||
         fit({blocks(m), inner}, {inner, n});
}

/// Scales of one number each, or of one a row; those of blocks of narrower dtypes are not looked at.
void check_scales(Call& call) {
  const FakeTensor& a = call.tensor(2);
  const FakeTensor& b = call.tensor(3);
  const bool tensorwise = truth(call, sym_eq(a.numel(), 1)) && truth(call, sym_eq(b.numel(), 1));
  if (!tensorwise && a.dtype == b.dtype &&
      (a.dtype == ScalarType::kFloat8E4M3FN || a.dtype == ScalarType::kFloat8E8M0FNU))
    return;
  expect(a.dtype == ScalarType::kFloat && b.dtype == ScalarType::kFloat,
         fmt::format("For {} scaling, both scale_a and scale_b must be float (fp32) tensors.",
                     tensorwise ? "tensorwise" : "rowwise"));
  if (tensorwise) return;
  expect(a.dim() == 2 && b.dim() == 2,
         fmt::format("For non-tensorwise scaling, scale tensors must be 2D, but got scale_a.dim()={} and "
                     "scale_b.dim()={}",
                     a.dim(), b.dim()));
  expect(scale_sizes_fit(call, a.sizes, b.sizes), "Invalid scaling configuration. ");
}

/// torch.nn.functional.ScalingType.
enum : std::int64_t { kTensorWise, kRowWise, kBlockWise1x16, kBlockWise1x32, kBlockWise1x128, kBlockWise128x128 };

void expect_value(Call& call, const SymBool& condition, const std::string& message) {
  check(call, condition, ErrorType::kValueError, [&] { return message; });
}

void check_row_scales(Call& call, const FakeTensor& a, const FakeTensor& b) {
  const SymInt& m = call.tensor(0).sizes[0];
  const SymInt& n = call.tensor(1).sizes[1];
  const SymBool column = truth(call, sym_eq(size_at(a, 0), m)) ? sym_eq(size_at(a, 1), 1) : SymBool(false);
  expect_value(call, column, fmt::format("scale_a must have shape [{}, 1], got {}", to_string(m), to_string(a.sizes)));
  const auto floats = [&](const FakeTensor& t, const SymInt& count, std::string_view name) {
    check(truth(call, sym_eq(t.numel(), count)) && t.dtype == ScalarType::kFloat, ErrorType::kValueError, [&] {
      return fmt::format("{} must have {} Float elements, got {}", name, to_string(call.env().replace(count)),
                         to_string(t.numel()));
    });
  };
  floats(a, m, "scale_a");
  floats(b, n, "scale_b");
  for (const auto& [t, name] : {std::pair(&a, "scale_a"), std::pair(&b, "scale_b")}) {
    size_at(*t, 1);
    expect_value(call, sym_eq(t->strides[1], 1),
                 fmt::format("expected {}.stride(1) to be 1, but got {}", name, to_string(t->strides[1])));
  }
}

/// torch/_meta_registrations.py _check_scaled_mm_sizes_v2: scales of one number each, or of one a row; those of blocks
/// are not looked at.
void check_scales_by_recipe(Call& call) {
  const std::vector<std::int64_t> of_a = call.integers(3);
  const std::vector<std::int64_t> of_b = call.integers(6);
  const auto is = [&](std::initializer_list<std::int64_t> a, std::initializer_list<std::int64_t> b) {
    return std::ranges::equal(of_a, a) && std::ranges::equal(of_b, b);
  };
  const auto scale = [&](std::size_t argument) -> const FakeTensor& {
    const std::vector<FakeTensor*> scales = call.tensors(argument);
    if (scales.empty()) raise(ErrorType::kIndexError, "list index out of range");
    return *scales.front();
  };
  if (is({kRowWise}, {kRowWise})) {
    check_row_scales(call, scale(2), scale(5));
  } else if (is({kTensorWise}, {kTensorWise})) {
    for (const auto& [argument, name] : {std::pair(2U, "scale_a"), std::pair(5U, "scale_b")}) {
      const FakeTensor& t = scale(argument);
      expect_value(call, truth(call, sym_eq(t.numel(), 1)) && t.dtype == ScalarType::kFloat,
                   fmt::format("{} must have 1 Float element", name));
    }
  } else {
    const bool blocks = is({kBlockWise1x128}, {kBlockWise1x128}) || is({kBlockWise128x128}, {kBlockWise1x128}) ||
                        is({kBlockWise1x128}, {kBlockWise128x128}) || is({kBlockWise1x32}, {kBlockWise1x32}) ||
                        is({kBlockWise1x16}, {kBlockWise1x16}) ||
                        is({kBlockWise1x16, kTensorWise}, {kBlockWise1x16, kTensorWise});
    expect(blocks, "Invalid scaling configuration. ");
  }
}

// torch/_meta_registrations.py _check_scaled_mm_sizes and _check_scaled_mm_sizes_v2, on CPU
Results scaled_mm_of(Call& call, std::size_t out_dtype, void (*check_scales)(Call&)) {
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  expect(a.dim() == 2 && b.dim() == 2,
         fmt::format("Inputs must be 2D but got self.dim()={} and mat2.dim()={}", a.dim(), b.dim()));
  expect(is_float8(a.dtype) && is_float8(b.dtype),
         fmt::format("Expected both inputs to be fp8 or fp4 types but got self.dtype={} and mat2.dtype={}",
                     torch_name(a.dtype), torch_name(b.dtype)));
  check_scales(call);
  return one(sized(call, a, {a.sizes[0], b.sizes[1]}, call.dtype(out_dtype).value_or(a.dtype)));
}
Results scaled_mm(Call& call) { return scaled_mm_of(call, 6, check_scales); }
Results scaled_mm_v2(Call& call) { return scaled_mm_of(call, 9, check_scales_by_recipe); }

// ---- torch/_meta_registrations.py _meta_grouped_mm_common: groups along rows, columns or a batch.

/// check_valid_strides: rows or columns that follow each other, each beginning at a multiple of 16 bytes.
void check_valid_strides(Call& call, std::string_view name, const FakeTensor& t) {
  const std::size_t last = t.sizes.size() - 1;
  const auto follows = [&](std::size_t inner, std::size_t outer) {
    return truth(call, sym_eq(t.strides[inner], 1)) &&
           truth(call, sym_ge(t.strides[outer], call.py_max(SymInt(1), t.sizes[inner])));
  };
  const bool columns = follows(last - 1, last);
  check(columns || follows(last, last - 1), ErrorType::kRuntimeError, [&] {
    return fmt::format("Invalid strides/sizes, got {} for strides and torch.Size({}) for sizes.", tuple_text(t.strides),
                       to_string(t.sizes));
  });
  const std::size_t outer = columns ? last : last - 1;
  check(call, sym_eq(python_mod(t.strides[outer], 16 / item_size(t.dtype)), 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected {} stride along {} dim to be multiple of 16 bytes, got {}.", name, outer,
                       to_string(t.strides[outer]));
  });
}

void check_offsets(const FakeTensor* offsets, std::int64_t a_rank, std::int64_t b_rank) {
  if (a_rank == 3 && b_rank == 3)
    return expect(offsets == nullptr, "Offsets tensor provided, but is not needed for 3D/3D multiplicand layouts.");
  expect(offsets != nullptr,
         fmt::format("Offsets tensor not provided, but is needed for {}D/{}D multiplicand layouts.", a_rank, b_rank));
  expect(offsets->dim() == 1, fmt::format("Offsets tensor must be 1D, but got offs.dim()={}.", offsets->dim()));
  expect(offsets->dtype == ScalarType::kInt,
         fmt::format("Offsets tensor must be integer (int32) tensor, but got {}.", torch_name(offsets->dtype)));
}

/// _create_grouped_mm_output_tensor
SymInts grouped_sizes(Call& call, const FakeTensor& a, const FakeTensor& b, const FakeTensor* offsets) {
  const auto match = [&](const SymInt& one, const SymInt& other, std::string_view text) {
    check(call, sym_eq(one, other), ErrorType::kRuntimeError, [&] { return std::string(text); });
  };
  constexpr std::string_view kBatches = "matrix batch sizes have to match";
  if (a.dim() == 2 && b.dim() == 2) return {offsets->sizes[0], a.sizes[0], b.sizes[1]};
  if (a.dim() == 2) {
    match(offsets->sizes[0], b.sizes[0], kBatches);
    return {a.sizes[0], b.sizes[2]};
  }
  if (b.dim() == 2) {
    match(offsets->sizes[0], a.sizes[0], kBatches);
    return {a.sizes[1], b.sizes[1]};
  }
  match(a.sizes[0], b.sizes[0], "batched dimension has to match");
  return {a.sizes[0], a.sizes[1], b.sizes[2]};
}

Results grouped_mm(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  expect(a.dtype == ScalarType::kBFloat16 && b.dtype == ScalarType::kBFloat16,
         fmt::format("Expected inputs of BF16 type but got mat_a.dtype={} and mat_b.dtype={}.", torch_name(a.dtype),
                     torch_name(b.dtype)));
  expect((a.dim() == 2 || a.dim() == 3) && (b.dim() == 2 || b.dim() == 3),
         fmt::format("Multiplicands must be 2D or 3D but got mat_a.dim()={} and mat_b.dim()={}", a.dim(), b.dim()));
  if (a.dim() == 3 || b.dim() == 3) {
    check(call, sym_eq(a.sizes.back(), size_from_end(b, 2)), ErrorType::kRuntimeError,
          [] { return "contraction dimension of mat_a and mat_b must match"; });
  }
  check_valid_strides(call, "mat_a", a);
  check_valid_strides(call, "mat_b", b);
  const FakeTensor* offsets = call.optional_tensor(2);
  check_offsets(offsets, a.dim(), b.dim());
  expect(call.is_none(3), "Bias tensor provided, but it is not supported yet.");
  const ScalarType dtype = call.dtype(4).value_or(ScalarType::kBFloat16);
  expect(dtype == ScalarType::kBFloat16, "If output dtype provided, it must be torch.bfloat16.");
  return one(sized(call, a, grouped_sizes(call, a, b, offsets), dtype));
}

// aten/src/ATen/native/transformers/attention.cpp transform_bias_rescale_qkv_cpu: three views of one buffer
Results transform_bias_rescale_qkv(Call& call) {
  check_fallback(call);
  const FakeTensor& qkv = call.tensor(0);
  const std::int64_t heads = call.integer(2);
  for (std::int64_t d = 0; d < 3; ++d) size_at(qkv, d);
  const auto expected = [](std::string_view what) {
    return fmt::format(
        "Expected {} == 0 to be true, but got false. (Could this error message be improved? If so, please report an "
        "enhancement request to PyTorch.)",
        what);
  };
  expect(python_mod(qkv.sizes[2], 3).is(0), expected("_3D % 3"));
  expect(python_mod(floordiv(qkv.sizes[2], 3), heads).is(0), expected("D % num_head"));
  if (!is_floating(qkv.dtype)) raise_not_implemented("transform_bias_rescale_qkv", qkv.dtype);
  const SymInt width = floordiv(floordiv(qkv.sizes[2], 3), heads);
  const auto part = [&] { return &sized(call, qkv, {qkv.sizes[0], heads, qkv.sizes[1], width}, qkv.dtype); };
  return {part(), part(), part()};
}

constexpr OpRow kRows[] = {
    {"_choose_qparams_per_tensor", needs_scalar},
    {"_convert_weight_to_int4pack", pack_int4},
    {"_convert_weight_to_int4pack_for_cpu", pack_int4_for_cpu},
    {"_dyn_quant_matmul_4bit", dynamic_int4_mm},
    {"_dyn_quant_pack_4bit_weight", pack_dynamic_int4},
    {"_empty_affine_quantized", empty_affine},
    {"_empty_per_channel_affine_quantized", needs_quantized_dtype},
    {"_fake_quantize_learnable_per_channel_affine", learnable_per_channel},
    {"_fake_quantize_learnable_per_tensor_affine", learnable_per_tensor},
    {"_fake_quantize_per_tensor_affine_cachemask_tensor_qparams",
     [](Call& c) {
       return per_tensor_parameters(c, {1, 2, 3}, 4, true);
     }},
    {"_fused_moving_avg_obs_fq_helper", fused_observer_helper},
    {"_fused_moving_avg_obs_fq_helper_functional", fused_observer_functional},
    {"_grouped_mm", grouped_mm},
    {"_int_mm", int_mm},
    {"_make_per_channel_quantized_tensor", quantized_from_channels},
    {"_make_per_tensor_quantized_tensor", quantized_from_integers},
    {"_saturate_weight_to_fp16", no_float_data},
    {"_scaled_mm", scaled_mm},
    {"_scaled_mm_v2", scaled_mm_v2},
    {"_transform_bias_rescale_qkv", transform_bias_rescale_qkv},
    {"_weight_int4pack_mm", int4_mm},
    {"_weight_int4pack_mm_for_cpu", int4_mm_for_cpu},
    {"_weight_int4pack_mm_with_scales_and_zeros", int4_mm_with_scales},
    {"_weight_int8pack_mm", int8_mm},
    {"_wrapped_linear_prepack", linear_prepack},
    {"choose_qparams_optimized", no_float_data},
    {"dequantize.self", dequantize},
    {"fake_quantize_per_channel_affine", per_channel<false>},
    {"fake_quantize_per_channel_affine_cachemask", per_channel<true>},
    {"fake_quantize_per_tensor_affine", per_tensor<false>},
    {"fake_quantize_per_tensor_affine.tensor_qparams",
     [](Call& c) {
       return per_tensor_parameters(c, {1, 2}, 3, false);
     }},
    {"fake_quantize_per_tensor_affine_cachemask", per_tensor<true>},
    {"fbgemm_linear_fp16_weight", no_float_data},
    {"fbgemm_linear_fp16_weight.out", no_float_data},
    {"fbgemm_linear_fp16_weight_fp32_activation", no_float_data},
    {"fbgemm_linear_fp16_weight_fp32_activation.out", no_float_data},
    {"fbgemm_linear_int8_weight", no_float_data},
    {"fbgemm_linear_int8_weight_fp32_activation", no_float_data},
    {"fbgemm_linear_quantize_weight", no_float_data},
    {"fbgemm_pack_gemm_matrix_fp16", no_float_data},
    {"fbgemm_pack_quantized_matrix", no_byte_data},
    {"fbgemm_pack_quantized_matrix.KN", no_byte_data},
    {"fused_moving_avg_obs_fake_quant", fused_observer},
    {"quantize_per_channel", quantize_per_channel},
    {"quantize_per_tensor", quantize_per_tensor},
    {"quantize_per_tensor.tensor_qparams", quantize_per_tensor},
    {"quantize_per_tensor.tensors", list_is_no_tensor},
    {"quantize_per_tensor_dynamic", quantize_dynamically},
    {"quantized_gru.data", wants_cell_parameters},
    {"quantized_gru.data_legacy", legacy_parameters},
    {"quantized_gru.input", wants_cell_parameters},
    {"quantized_gru.input_legacy", legacy_parameters},
    {"quantized_gru_cell", no_float_data},
    {"quantized_lstm.data", wants_cell_parameters},
    {"quantized_lstm.data_legacy", legacy_parameters},
    {"quantized_lstm.input", wants_cell_parameters},
    {"quantized_lstm.input_legacy", legacy_parameters},
    {"quantized_lstm_cell", quantized_lstm_cell},
    {"quantized_rnn_relu_cell", quantized_cell},
    {"quantized_rnn_tanh_cell", quantized_cell},
};

}  // namespace

std::span<const OpRow> quantized_ops() { return kRows; }

}  // namespace retrace::ops
