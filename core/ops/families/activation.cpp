// SPDX-License-Identifier: Apache-2.0
// Activations and softmax.
#include <fmt/format.h>

#include "core/ops/families/linalg_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

Results leaky_relu(Call& call) {
  check_weakly_fits(call.arg(1), "negative_slope", call.tensor(0).dtype, ErrorType::kValueError);
  return unary<>(call);
}

/// Its scales, and those of selu which is one, are floats wherever they are left at their defaults.
Results elu(Call& call) {
  check_weakly_fits(1.0, "input_scale", call.tensor(0).dtype, ErrorType::kRuntimeError);
  return unary<>(call);
}

/// celu's alpha, softplus's beta: what is left at its default (1.0 of celu, 1 of softplus) is not looked at.
Results scaled(Call& call) {
  const Value& scale = call.arg(1);
  const std::string_view name = call.schema().args[1].name;
  const bool one = scale.holds<SymInt>() ? scale.get<SymInt>().is(1) : name == "alpha" && call.number(1) == 1;
  if (!one) check_weakly_fits(scale, name, call.tensor(0).dtype, ErrorType::kValueError);
  return unary<>(call);
}

Results hardtanh(Call& call) {
  check(!is_bool(call.tensor(0).dtype), ErrorType::kRuntimeError,
        [] { return "Bool inputs not supported for hardtanh"; });
  const auto negative = [&](std::size_t i) { return i < call.size() && call.number(i) < 0; };
  check(call.tensor(0).dtype != ScalarType::kByte || (!negative(1) && !negative(2)), ErrorType::kRuntimeError,
        [] { return "Cannot do hardtanh on an unsigned type with negative limits"; });
  return unary<>(call);
}

/// torch._refs.nn.functional.gelu: products take the fast path, which keeps channels-last strides as they are.
Results gelu(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool tanh = call.string(1) == "tanh";
  check(tanh || call.string(1) == "none", ErrorType::kRuntimeError,
        [] { return "approximate argument must be either none or tanh."; });
  FakeTensor* inner = &fast_binary(call, &self, 0.7, Promotion::kDefault);
  if (tanh) {
    FakeTensor& squared = fast_binary(call, &self, &self, Promotion::kDefault);
    FakeTensor& cubed = fast_binary(call, &squared, &self, Promotion::kDefault);
    inner = &fast_binary(call, &self, &fast_binary(call, 0.04, &cubed, Promotion::kDefault), Promotion::kDefault);
    inner = &fast_binary(call, 0.7, inner, Promotion::kDefault);
  }
  FakeTensor& curve =
      fast_binary(call, 1, &elementwise(call, {Value(inner)}, Promotion::kIntToFloat), Promotion::kDefault);
  FakeTensor& half = fast_binary(call, &self, 0.5, Promotion::kDefault);
  FakeTensor& result = fast_binary(call, &half, &curve, Promotion::kDefault);
  result.dtype = self.dtype;
  return {&result};
}

Results softshrink(Call& call) {
  check(!is_integral(call.tensor(0).dtype, true), ErrorType::kTypeError,
        [] { return "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"; });
  return unary<>(call);
}

/// torch._refs.nn.functional.glu; the dtype is kept.
Results glu(Call& call) {
  FakeTensor& self = call.tensor(0);
  const std::int64_t dim = wrap_dim(call.integer(1), self.dim());
  const SymInt& length = shape_at(self, dim);
  check(call, sym_eq(python_mod(length, 2), 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("Halving dimension must be even, but dimension {} is size {}", dim, to_string(length));
  });
  const std::vector<FakeTensor*> halves = tensor_split(call, self, 2, dim);
  FakeTensor& gate = elementwise(call, {Value(halves[1])}, Promotion::kIntToFloat);
  return {&to_dtype(call, fast_binary(call, halves[0], &gate, Promotion::kDefault), self.dtype)};
}

/// torch._refs.nn.functional.prelu for symbolic sizes; ATen/native/Activation.cpp prelu, which asks for one dtype.
Results prelu(Call& call) {
  FakeTensor& self = call.tensor(0);
  const FakeTensor& weight = call.tensor(1);
  check(self.dtype == weight.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("prelu: Type promoting not supported. Got {} and {}", aten_name(self.dtype),
                       aten_name(weight.dtype));
  });
  if (call.env().guard(sym_ne(weight.numel(), 1))) {
    check(self.dim() > 0, ErrorType::kRuntimeError, [] { return "Not allow zero-dim input tensor."; });
    const SymInt channels = self.dim() >= 2 ? self.sizes[1] : SymInt(1);
    check(call, sym_eq(weight.numel(), channels), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Mismatch of parameter numbers and input channel size. Found parameter numbers = {} and channel size = {}.",
          to_string(weight.numel()), to_string(channels));
    });
  }
  check(weight.dim() <= 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {}", weight.dim());
  });
  return {&like(call, self)};
}

/// min and z of _decomp/decompositions.py log_sigmoid_forward; the buffer is the CPU's.
Results log_sigmoid_forward(Call& call) {
  call.op("aten::neg", {call.arg(0)});
  return {fast_unary(call).front(), &elementwise(call, {call.arg(0)})};
}

Results log_sigmoid(Call& call) {
  call.op("aten::neg", {call.arg(0)});
  return fast_unary(call);
}

// aten/src/ATen/native/Activation.cpp rrelu: the composites alone look at the bounds
void check_bounds(Call& call) {
  check(call.number(1) <= call.number(2), ErrorType::kRuntimeError,
        [] { return "Lower bound should be less than or equal to the upper bound"; });
}
Results rrelu(Call& call) {
  check_bounds(call);
  return unary<>(call);
}
Results rrelu_in_place(Call& call) {
  check_bounds(call);
  return inplace_values(call);
}

Results rrelu_functional(Call& call) { return {&like(call, call.tensor(0)), &like(call, call.tensor(1))}; }

// ---- Softmax: row-major results.

FakeTensor& softmax_of(Call& call, ScalarType dtype) {
  const FakeTensor& self = call.tensor(0);
  return call.contiguous(dtype, self.sizes, self.device);
}

/// softmax.int, log_softmax.int(self, dim, dtype)
Results softmax(Call& call) {
  call.integer(1);
  const ScalarType dtype = call.dtype(2).value_or(call.tensor(0).dtype);
  return {&softmax_of(call, dtype)};
}

/// log_softmax and _safe_softmax look at their dimension, softmax does not.
template <Rule rule>
Results along_dim(Call& call) {
  wrap_dim(call.integer(1), call.tensor(0).dim());
  return rule(call);
}

/// The decomposition subtracts what lies along all of the dimension, which takes part in the layout.
SymInts log_softmax_strides(Call& call, FakeTensor& self, std::int64_t dim) {
  FakeTensor& x = contiguous(call, self);
  SymInts kept = x.sizes;
  kept[static_cast<std::size_t>(dim)] = 1;
  FakeTensor& extreme = call.contiguous(x.dtype, std::move(kept), x.device);
  FakeTensor& shifted = elementwise_of(call, {&x, &extreme}, x.dtype);
  return elementwise_of(call, {&shifted, &extreme}, x.dtype).strides;
}

/// _log_softmax is decomposed while its sizes are plain; softmax and symbolic sizes have a meta kernel.
template <Rule rule>
Results log_softmax(Call& call) {
  FakeTensor& result = *rule(call).front().template get<FakeTensor*>();
  FakeTensor& self = call.tensor(0);
  const std::int64_t dim = wrap_dim(call.integer(1), self.dim());
  check(is_symbolic(self) || !is_bool(result.dtype), ErrorType::kRuntimeError, [] {
    return "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
           "operator instead.";
  });
  if (!is_symbolic(self) && self.dim() > 0) result.strides = log_softmax_strides(call, self, dim);
  return {&result};
}

/// _softmax, _log_softmax(self, dim, half_to_float)
Results softmax_kernel(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const bool log = call.schema().name == "aten::_log_softmax";
  const bool half = self.dtype == ScalarType::kHalf || (!log && self.dtype == ScalarType::kBFloat16);
  check(!call.boolean(2) || half, ErrorType::kAssertionError, [&] {
    return fmt::format("half_to_float is True but x.dtype is {}, expected {}", torch_name(self.dtype),
                       log ? "torch.half" : "half or bfloat16");
  });
  return {&softmax_of(call, call.boolean(2) ? computation_dtype(self.dtype) : self.dtype)};
}

/// _masked_softmax has no meta kernel.
Results masked_softmax(Call& call) {
  check_fallback(call);
  check(is_bool(call.tensor(1).dtype), ErrorType::kRuntimeError, [] { return "Mask should be a boolean tensor"; });
  return {&softmax_of(call, call.tensor(0).dtype)};
}

constexpr OpRow kRows[] = {
    {"_log_softmax", log_softmax<softmax_kernel>},
    {"_masked_softmax", masked_softmax},
    {"_safe_softmax", along_dim<softmax>},
    {"_softmax", softmax_kernel},
    {"celu", scaled},
    {"celu_", inplace<scaled>},
    {"elu", elu},
    {"elu_", inplace<elu>},
    {"gelu", gelu},
    {"gelu_", inplace<gelu>},
    {"glu", glu},
    {"hardshrink", unary<Promotion::kBoolToLong>},
    {"hardsigmoid", fast_unary},
    {"hardsigmoid_", inplace_copy<fast_unary>},
    {"hardswish", fast_unary},
    {"hardswish_", inplace_copy<fast_unary>},
    {"hardtanh", hardtanh},
    {"hardtanh_", inplace_copy<hardtanh>},
    {"leaky_relu", leaky_relu},
    {"leaky_relu_", inplace_copy<leaky_relu>},
    {"log_sigmoid", log_sigmoid},
    {"log_sigmoid_forward", log_sigmoid_forward},
    {"log_softmax.int", log_softmax<softmax>},
    {"mish", fast_unary},
    {"mish_", inplace<fast_unary>},
    {"prelu", prelu},
    {"relu", unary<>},
    {"relu6", hardtanh},
    {"relu6_", inplace<hardtanh>},
    {"relu_", inplace_values},
    {"rrelu", rrelu},
    {"rrelu_", rrelu_in_place},
    {"rrelu_with_noise", unary<>},
    {"rrelu_with_noise_", inplace_values},
    {"rrelu_with_noise_functional", rrelu_functional},
    {"selu", elu},
    {"selu_", inplace<elu>},
    {"sigmoid", unary<Promotion::kIntToFloat>},
    {"sigmoid_", inplace<unary<Promotion::kIntToFloat>>},
    {"silu", unary<>},
    {"silu_", inplace_copy<unary<>>},
    {"softmax.int", softmax},
    {"softplus", scaled},
    {"softshrink", softshrink},
    {"special_log_softmax", log_softmax<softmax>},
    {"special_softmax", softmax},
    {"threshold", unary<>},
    {"threshold_", inplace<unary<>>},
};

}  // namespace

std::span<const OpRow> activation_ops() { return kRows; }

}  // namespace retrace::ops
