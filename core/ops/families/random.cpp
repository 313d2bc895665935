// SPDX-License-Identifier: Apache-2.0
// Random numbers and dropout.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/pointwise.h"

namespace retrace::ops {
namespace {

/// rand, randn(size, ...), randint(high, size, ...), randint.low(low, high, size, ...), normal.float_float: the size
/// has a name.
template <ScalarType dtype>
Results sized(Call& call) {
  return {&empty(call, tensor_options(call), dtype, call.sym_ints(*find_arg(call, "size")))};
}

/// randint(high, size), randint.low(low, high, size)
Results randint(Call& call) {
  const bool from_zero = call.schema().args[0].name == "high";
  const SymInt from = from_zero ? SymInt(0) : call.sym_int(0);
  const SymInt to = call.sym_int(from_zero ? 0 : 1);
  check(call, sym_lt(from, to), ErrorType::kRuntimeError, [&] {
    return fmt::format("random_ expects 'from' to be less than 'to', but got from={} >= to={}", to_string(from),
                       to_string(to));
  });
  return sized<ScalarType::kLong>(call);
}

Results randperm(Call& call) {
  const SymInt n = call.sym_int(0);
  return {&empty(call, tensor_options(call), ScalarType::kLong, {n})};
}

Results sized_like(Call& call) { return {&empty_like(call, call.tensor(0), tensor_options(call))}; }

/// torch._prims normal: what all normal draws go through.
void check_normal_dtype(ScalarType dtype) {
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected a floating-point or complex dtype, but got dtype={}", torch_name(dtype)); });
}

void check_deviation(double std) {
  check(std >= 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("normal expects std >= 0.0, but found std {:#}", std); });
}

template <Rule rule>
Results normal_draw(Call& call) {
  if (!call.arg(0).holds<FakeTensor*>()) check_pin_memory(call);
  check_normal_dtype(
      tensor_options(call).dtype.value_or(call.arg(0).holds<FakeTensor*>() ? call.tensor(0).dtype : kDefaultDtype));
  return rule(call);
}

Results contiguous_like(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return {&call.contiguous(self.dtype, self.sizes, self.device)};
}

/// torch._decomp.decompositions.uniform keeps self's strides, also where elements share memory.
Results uniform(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return {&call.strided(self.dtype, self.sizes, self.strides, self.device)};
}

/// _meta_registrations.meta__masked_scale
Results masked_scale(Call& call) {
  const FakeTensor& self = call.tensor(0);
  SymInts strides = strides_for(self.sizes, suggest_memory_format(call.env(), geometry(self)));
  return {&call.strided(self.dtype, self.sizes, std::move(strides), self.device)};
}

/// A draw's checks, then its result: what uniform numbers like self become, or self itself.
template <void (*checks)(Call&)>
Results drawn(Call& call) {
  checks(call);
  return call.schema().is_mutable ? inplace_copied(call) : fast_unary(call);
}

void check_continuous(Call& call, std::string_view distribution) {
  const ScalarType dtype = call.tensor(0).dtype;
  check(is_floating(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "{} distribution is a continuous probability distribution.         dtype must be a floating point but you "
        "specified {}",
        distribution, torch_name(dtype));
  });
}

void check_cauchy(Call& call) {
  check_continuous(call, "Cauchy");
  const double sigma = call.number(2);
  check(sigma > 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("cauchy_ expects sigma > 0.0, but found sigma={}", sigma); });
}

/// repr of a Python float.
std::string python_float(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".einf") == std::string::npos ? text + ".0" : text;
}

void check_exponential(Call& call) {
  check_continuous(call, "Exponential");
  const double rate = call.number(1);
  check(rate > 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("exponential_ expects lambda > 0.0, but found lambda={}", python_float(rate)); });
}

void check_geometric(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  check(!is_complex(dtype) && !is_bool(dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("geometric not implemented for {}", torch_name(dtype)); });
  const double p = call.number(1);
  check(0 < p && p < 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("geometric_ expects p to be in (0, 1), but got p={}", python_float(p)); });
}

void check_log_normal(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  check(is_floating(dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("log_normal not implemented for {}", torch_name(dtype)); });
  const double std = call.number(2);
  check(0 < std, ErrorType::kRuntimeError,
        [&] { return fmt::format("log_normal_ expects std > 0.0, but found std={}", std); });
}

/// torch._refs.normal(mean, std) by one number: like mean. A deviation that is not left at its default takes part in
/// the promotion, which makes floats of integers.
Results normal_about(Call& call) {
  const FakeTensor& mean = call.tensor(0);
  check_deviation(call.number(1));
  const bool given = call.number(1) != 1;
  check(!given || !is_complex(mean.dtype), ErrorType::kTypeError,
        [] { return "'>=' not supported between instances of 'complex' and 'int'"; });
  const ScalarType dtype = given ? apply_promotion(mean.dtype, Promotion::kIntToFloat) : mean.dtype;
  check_normal_dtype(dtype);
  return {&call.contiguous(dtype, mean.sizes, mean.device)};
}

/// The same of a tensor of deviations: std * samples + mean.
Results normal_of(Call& call) {
  const Value& mean = call.arg(0);
  FakeTensor& std = call.tensor(1);
  const ScalarType dtype = result_type({mean, &std});
  check_normal_dtype(dtype);
  const SymInts sizes =
      mean.holds<FakeTensor*>() ? broadcast_shapes(call, call.tensor(0).sizes, std.sizes) : std.sizes.values();
  FakeTensor& samples = call.contiguous(dtype, sizes, std.device);
  return call.op("aten::add.Tensor", {&call.op1("aten::mul.Tensor", {&std, &samples}), mean});
}

/// _meta_registrations.meta_bernoulli: row-major.

/// _meta_registrations.meta_multinomial.
Results multinomial(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check(self.dim() > 0 && self.dim() <= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("The probability distributions dimensions must be 1 or 2, but got {}", self.dim()); });
  const SymInt samples = call.sym_int(1);
  SymInts sizes = self.dim() == 2 ? SymInts{self.sizes[0], samples} : SymInts{samples};
  return {&call.contiguous(ScalarType::kLong, std::move(sizes), self.device)};
}

void check_normal(Call& call) {
  check_deviation(call.number(2));
  check_normal_dtype(call.tensor(0).dtype);
}
Results normal_inplace(Call& call) {
  check_normal(call);
  return inplace_copied(call);
}
Results normal_functional(Call& call) {
  check_normal(call);
  return clone_of_self(call);
}
Results normal_of_numbers(Call& call) {
  check_deviation(call.number(1));
  return sized<kDefaultDtype>(call);
}

// ---- Dropout.

void check_probability(double p) {
  check(p >= 0 && p <= 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("dropout probability has to be between 0 and 1, but got {}", p); });
}

/// ATen/native/Dropout.cpp _dropout_impl writes the noise into what it has: no integers.
void refuse_integers(const Call& call, ScalarType dtype) {
  if (call.number(1) == 1 || !is_integral(dtype, true)) return;
  const bool alpha = call.schema().name.find("alpha") != std::string_view::npos;
  raise(ErrorType::kRuntimeError,
        alpha
            ? "Promotion of int.add/sub_(float) in in-place ops are not possible due to element size change."
            : fmt::format("result type torch.float32 can't be cast to the desired output type {}", torch_name(dtype)));
}

Results dropout_in_place(Call& call) {
  check_probability(call.number(1));
  if (call.boolean(2) && call.number(1) != 0 && !call.env().guard(sym_eq(call.tensor(0).numel(), 0)))
    refuse_integers(call, call.tensor(0).dtype);
  return inplace_values(call);
}

FakeTensor& clone_of(Call& call, const FakeTensor& self) {
  return call.strided(self.dtype, self.sizes, preserved_strides(call.env(), geometry(self)), self.device);
}

/// self times a mask like it, times a scale.
FakeTensor& scaled_noise(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  return fast_result(call, like(call, call.tensor(0)), {dtype, dtype});
}

/// _decomp/decompositions.py dropout.
Results dropout(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool drops = call.boolean(2) && call.number(1) != 0;
  check(!drops || is_floating(self.dtype), ErrorType::kRuntimeError,
        [] { return "result type Float can't be cast to the desired output type Long"; });
  return {drops ? &scaled_noise(call) : &clone_of(call, self)};
}

/// ATen/native/Dropout.cpp _dropout_impl: the identity in evaluation.
Results special_dropout(Call& call) {
  FakeTensor& self = call.tensor(0);
  check_probability(call.number(1));
  const bool drops = call.boolean(2) && call.number(1) != 0 && !call.env().guard(sym_eq(self.numel(), 0));
  if (drops) refuse_integers(call, self.dtype);
  return {drops ? &scaled_noise(call) : &self};
}

/// _decomp/decompositions.py native_dropout.
Results native_dropout(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool drops = call.optional_boolean(2).value_or(false) && call.number(1) != 0;
  if (!drops) return {&self, &like(call, self, ScalarType::kBool)};
  if (call.number(1) == 1) return {&like(call, self), &like(call, self, ScalarType::kBool)};
  check(is_floating(self.dtype), ErrorType::kRuntimeError,
        [] { return "result type Float can't be cast to the desired output type Long"; });
  return {&scaled_noise(call), &like(call, self, ScalarType::kBool)};
}

/// ATen/native/Dropout.cpp _fused_dropout_cuda and its CPU kin: result and a mask of bytes.
Results fused_dropout(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return {&scaled_noise(call), &like(call, self, ScalarType::kByte)};
}

// ---- Kernels that run on zeros.

Results sample_dirichlet(Call& call) {
  check_fallback(call);
  const ScalarType dtype = call.tensor(0).dtype;
  if (dtype != ScalarType::kFloat && dtype != ScalarType::kDouble) raise_not_implemented("dirichlet", dtype);
  return contiguous_like(call);
}
Results binomial(Call& call) {
  check_fallback(call);
  for (const std::size_t i : {0U, 1U}) {
    const ScalarType dtype = call.tensor(i).dtype;
    check(is_floating(dtype), ErrorType::kValueError, [&] {
      return fmt::format("binomial only supports floating-point dtypes for {}, got: {}", i == 0 ? "count" : "prob",
                         aten_name(dtype));
    });
  }
  infer_broadcast(call, call.tensor(0).sizes, call.tensor(1).sizes, Speaker::kAten);
  return contiguous_like(call);
}

/// ATen/native/TensorFactories.cpp randint_like: the tensor that holds the bound is on the meta device.
Results high_on_meta(Call& call) {
  check_no_symbols(call.tensor(1), "numel()");
  raise(ErrorType::kRuntimeError, "high must be a scalar tensor and on CPU");
}

constexpr OpRow kRows[] = {
    {"_fused_dropout", fused_dropout},
    {"_masked_scale", masked_scale},
    {"_sample_dirichlet", sample_dirichlet},
    {"_standard_gamma", same_as_self},
    {"alpha_dropout", special_dropout},
    {"alpha_dropout_", dropout_in_place},
    {"bernoulli", contiguous_like},
    {"bernoulli.Tensor", clone_of_self},
    {"bernoulli.p", contiguous_like},
    {"bernoulli_.Tensor", inplace_values},
    {"bernoulli_.float", inplace_values},
    {"binomial", binomial},
    {"cauchy", drawn<check_cauchy>},
    {"cauchy_", drawn<check_cauchy>},
    {"dropout", dropout},
    {"dropout_", dropout_in_place},
    {"exponential", drawn<check_exponential>},
    {"exponential_", drawn<check_exponential>},
    {"feature_alpha_dropout", special_dropout},
    {"feature_alpha_dropout_", dropout_in_place},
    {"feature_dropout", special_dropout},
    {"feature_dropout_", dropout_in_place},
    {"geometric", drawn<check_geometric>},
    {"geometric_", drawn<check_geometric>},
    {"log_normal", drawn<check_log_normal>},
    {"log_normal_", drawn<check_log_normal>},
    {"multinomial", multinomial},
    {"native_dropout", native_dropout},
    {"normal.Tensor_Tensor", normal_of},
    {"normal.Tensor_float", normal_about},
    {"normal.float_Tensor", normal_of},
    {"normal.float_float", normal_of_numbers},
    {"normal_", normal_inplace},
    {"normal_functional", normal_functional},
    {"poisson", same_as_self},
    {"rand", sized<kDefaultDtype>},
    {"rand.generator", sized<kDefaultDtype>},
    {"rand_like", sized_like},
    {"rand_like.generator", sized_like},
    {"randint", randint},
    {"randint.generator", sized<ScalarType::kLong>},
    {"randint.low", randint},
    {"randint.low_generator", sized<ScalarType::kLong>},
    {"randint_like", sized_like},
    {"randint_like.Tensor", sized_like},
    {"randint_like.Tensor_generator", high_on_meta},
    {"randint_like.generator", sized_like},
    {"randint_like.low_dtype", sized_like},
    {"randint_like.low_generator_dtype", sized_like},
    {"randn", normal_draw<sized<kDefaultDtype>>},
    {"randn.generator", normal_draw<sized<kDefaultDtype>>},
    {"randn_like", normal_draw<sized_like>},
    {"randn_like.generator", normal_draw<sized_like>},
    {"random", clone_of_self},
    {"random.from", clone_of_self},
    {"random.to", clone_of_self},
    {"random_", inplace_values},
    {"random_.from", inplace_values},
    {"random_.to", inplace_values},
    {"randperm", randperm},
    {"randperm.generator", randperm},
    {"uniform", uniform},
    {"uniform_", inplace_copied},
};

}  // namespace

std::span<const OpRow> random_ops() { return kRows; }

}  // namespace retrace::ops
