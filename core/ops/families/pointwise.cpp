// SPDX-License-Identifier: Apache-2.0
// Pointwise operators: arithmetic, comparisons, logic, special functions.
#include "core/ops/vocabulary/pointwise.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/indexing.h"

namespace retrace::ops {
namespace {

/// torch._refs.sub and rsub.
void no_bool_subtraction(const Value& a, const Value& b) {
  const auto is_bool_operand = [](const Value& v) {
    return v.holds<FakeTensor*>() && is_bool(v.get<FakeTensor*>()->dtype);
  };
  check(!is_bool_operand(a) || !is_bool_operand(b), ErrorType::kRuntimeError, [] {
    return "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
           "operator "
           "instead.";
  });
}

/// torch._refs.add and sub: alpha must be castable to the operands' type.
void check_alpha(Call& call) {
  const Value& alpha = call.arg(2);
  const bool is_one =
      (alpha.holds<SymInt>() && alpha.get<SymInt>().is(1)) ||
      (alpha.holds<SymFloat>() && alpha.get<SymFloat>().is_float() && alpha.get<SymFloat>().as_float() == 1);
  const ScalarType dtype = elementwise_dtypes({call.arg(0), call.arg(1)}).computation;
  if (!is_one && !is_bool(dtype)) check_weakly_fits(alpha, "alpha", dtype, ErrorType::kValueError);
}
void check_subtraction(Call& call) {
  no_bool_subtraction(call.arg(0), call.arg(1));
  check_alpha(call);
}

Results add(Call& call) { return {&fast_binary(call, call.arg(0), call.arg(1), Promotion::kDefault, check_alpha)}; }
Results mul(Call& call) { return {&fast_binary(call, call.arg(0), call.arg(1), Promotion::kDefault)}; }
Results div(Call& call) { return {&fast_binary(call, call.arg(0), call.arg(1), Promotion::kIntToFloat)}; }
Results sub(Call& call) {
  return {&fast_binary(call, call.arg(0), call.arg(1), Promotion::kDefault, check_subtraction)};
}
Results rsub(Call& call) {
  return {&fast_binary(call, call.arg(1), call.arg(0), Promotion::kDefault, check_subtraction)};
}

/// torch.dtype.is_signed, of a dtype that is no complex one.
bool is_signed(ScalarType dtype) {
  return dtype != ScalarType::kBool && dtype != ScalarType::kByte && dtype != ScalarType::kUInt16 &&
         dtype != ScalarType::kUInt32 && dtype != ScalarType::kUInt64;
}

/// torch._refs.floor_divide: its last step selects by b, whose layout thereby decides first.
Results floor_divide(Call& call) {
  FakeTensor& quotient = elementwise(call, {call.arg(0), call.arg(1)});
  check(!is_complex(quotient.dtype) && !is_bool(quotient.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} not supported for floor_divide", torch_name(quotient.dtype)); });
  if (is_floating(quotient.dtype)) {
    if (!call.arg(1).holds<FakeTensor*>()) return {&quotient};
    FakeTensor* divisor = &call.tensor(1);
    if (call.arg(0).holds<FakeTensor*>()) divisor = referenced(call, call.tensor(0), *divisor, quotient.dtype).second;
    FakeTensor& nonzero = elementwise_of(call, {divisor}, ScalarType::kBool);
    const Value operands[] = {&nonzero, &quotient, &quotient};
    return {&elementwise_of(call, operands, Dtypes{quotient.dtype, quotient.dtype})};
  }
  return {is_signed(quotient.dtype) ? &fast_binary(call, &quotient, &quotient, Promotion::kDefault) : &quotient};
}

/// torch._decomp.decompositions __lshift__ and its kin: `kind` is "lshift" or "rshift".
Results shift(Call& call) {
  const std::string_view name = call.schema().name;
  const std::string_view kind = name.find("lshift") != std::string_view::npos ? "lshift" : "rshift";
  const auto check_integral = [&](const Value& operand, std::string_view what) {
    if (!operand.holds<FakeTensor*>()) return;
    const ScalarType dtype = operand.get<FakeTensor*>()->dtype;
    check(is_integral(dtype, false), ErrorType::kRuntimeError, [&] {
      return fmt::format("{}: Expected {} to have an integral dtype. Got {}", kind, what, torch_name(dtype));
    });
  };
  check_integral(call.arg(0), "input tensor");
  check_integral(call.arg(1), "shift value");
  return binary<>(call);
}

/// ATen/native/UnaryOps.cpp deg2rad, rad2deg.
Results between_degrees(Call& call) {
  check(!is_complex(call.tensor(0).dtype), ErrorType::kRuntimeError, [&] {
    const std::string_view name = packet_name(call.schema()).substr(std::string_view("aten::").size());
    return fmt::format("{} is not supported for complex tensors.", name.substr(0, name.find('_')));
  });
  return fast_unary_of<Promotion::kIntToFloat>(call);
}

/// ATen/native/TensorCompare.cpp isfinite: (x == x) * (abs(x) != inf); integers are.
Results isfinite(Call& call) {
  FakeTensor& finite = elementwise_of(call, {call.arg(0)}, ScalarType::kBool);
  if (is_integral(call.tensor(0).dtype, true)) return {&finite};
  return {&fast_result(call, finite, {ScalarType::kBool, ScalarType::kBool})};
}

/// torch._refs.isneginf and isposinf, of which nan_to_num_ asks the former.
template <Promotion kind>
Results of_real(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  check(!is_complex(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("Complex dtype is not supported for {}, got dtype {}",
                       call.schema().name == "aten::isposinf" ? "isposinf" : "isneginf", torch_name(dtype));
  });
  return unary<kind>(call);
}

/// torch._refs.frac: x - trunc(x).
Results frac(Call& call) {
  if (!is_symbolic(call.tensor(0))) no_bool_subtraction(call.arg(0), call.arg(0));
  return fast_unary(call);
}

/// torch._refs.div with a rounding mode.
Results div_mode(Call& call) {
  const auto mode = call.optional_string(2);
  check(!mode || *mode == "trunc" || *mode == "floor", ErrorType::kValueError, [&] {
    return fmt::format("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {}.", *mode);
  });
  if (mode && *mode == "floor") return floor_divide(call);
  return mode ? binary<>(call) : binary<Promotion::kIntToFloat>(call);
}

/// _meta_registrations.meta_binop_inplace_alpha.
Results add_inplace(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  const Value& other = call.arg(1);
  const ScalarType other_dtype = other.holds<FakeTensor*>() ? other.get<FakeTensor*>()->dtype : number_dtype(other);
  check(!is_integral(dtype, false) || !is_floating(other_dtype), ErrorType::kRuntimeError,
        [] { return "Promotion of int.add/sub_(float) in in-place ops are not possible due to element size change."; });
  check(!is_bool(dtype) || is_bool(other_dtype), ErrorType::kRuntimeError, [] {
    return "Promotion of bool.add/sub_(others) in in-place ops are not possible due to element size change.";
  });
  return inplace_broadcast(call);
}

/// _meta_registrations.meta_div_inplace.
Results div_inplace(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  const ScalarType result = elementwise_dtypes({call.arg(0), call.arg(1)}, Promotion::kIntToFloat).result;
  check(can_cast(result, dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("result type {} can't be cast to the desired output type {}", torch_name(result),
                       torch_name(dtype));
  });
  return inplace_broadcast(call);
}

Results neg(Call& call) {
  check(!is_bool(call.tensor(0).dtype), ErrorType::kRuntimeError, [] {
    return "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
           "`~` "
           "or `logical_not()` operator instead.";
  });
  return unary<>(call);
}

Results positive(Call& call) {
  check(!is_bool(call.tensor(0).dtype), ErrorType::kRuntimeError,
        [] { return "The `+` operator, on a bool tensor is not supported."; });
  return {&call.tensor(0)};
}

/// _meta_registrations.meta_angle.
Results angle(Call& call) {
  FakeTensor& self = call.tensor(0);
  const ScalarType dtype =
      is_complex(self.dtype) ? to_real(self.dtype) : apply_promotion(self.dtype, Promotion::kIntToFloat);
  return {&like(call, self, dtype)};
}

/// _meta_registrations.addcdiv.
Results addcdiv(Call& call) {
  check(!is_integral(call.tensor(1).dtype, false) || !is_integral(call.tensor(2).dtype, false),
        ErrorType::kRuntimeError, [] {
          return "('Integer division with addcdiv is no longer supported, and in a future ', 'release addcdiv will "
                 "perform a true division of tensor1 and tensor2. ', 'The historic addcdiv behavior can be implemented "
                 "as ', '(input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) ', 'for integer inputs and "
                 "as ', '(input + value * tensor1 / tensor2) for float inputs. ', 'The future addcdiv behavior is just "
                 "the latter implementation: ', '(input + value * tensor1 / tensor2), for all dtypes.')";
        });
  return ternary<>(call);
}

/// _meta_registrations.lerp: a number as weight takes no part in promotion.
Results lerp(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  check(call.tensor(1).dtype == dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("expected dtype {} for `end`, but got dtype {}", torch_name(dtype),
                       torch_name(call.tensor(1).dtype));
  });
  if (!call.arg(2).holds<FakeTensor*>()) return binary<>(call);
  const FakeTensor& weight = call.tensor(2);
  check(weight.dim() == 0 || weight.dtype == dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("expected dtype {} for `weight`, but got dtype {}", torch_name(dtype), torch_name(weight.dtype));
  });
  return ternary<>(call);
}

Results clamp(Call& call) {
  check(!call.is_none(1) || !call.is_none(2), ErrorType::kValueError,
        [] { return "clamp called but both min and max are none!"; });
  return ternary<>(call);
}

Results polygamma(Call& call) {
  check(call.integer(0) >= 0, ErrorType::kRuntimeError, [] { return "polygamma(n, x) does not support negative n."; });
  return {&elementwise(call, {call.arg(1)}, Promotion::kIntToFloat)};
}

/// Registered for the in-place form too, whose arguments come in another order.
Results polygamma_in_place(Call& call) {
  check(call.integer(1) >= 0, ErrorType::kRuntimeError, [] { return "polygamma(n, x) does not support negative n."; });
  return inplace<unary<Promotion::kIntToFloat>>(call);
}

/// torch._refs.abs writes into outputs of its own dtype alone.
Results abs_in_place(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(!is_complex(self.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected out tensor to have dtype {} but got {} instead", torch_name(to_real(self.dtype)),
                       torch_name(self.dtype));
  });
  return inplace<unary<>>(call);
}

/// _decomp/decompositions.py ldexp: self * 2 ** other.
Results ldexp(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& two = call.contiguous(apply_promotion(self.dtype, Promotion::kIntToFloat), {}, self.device);
  FakeTensor& power = call.op1("aten::pow.Tensor_Tensor", {&two, call.arg(1)});
  return {&fast_binary(call, &self, &power, Promotion::kDefault)};
}

/// ATen/native/BinaryOps.cpp add_relu_impl: a kernel alone.
Results add_relu(Call& call) {
  check_fallback(call);
  const ScalarType dtype = call.tensor(0).dtype;
  check(is_floating(dtype) || (is_integral(dtype, false)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "false INTERNAL ASSERT FAILED at \"/__w/pytorch/pytorch/aten/src/ATen/native/BinaryOps.cpp\":835, please "
        "report "
        "a bug to PyTorch. Unsupported datatype for add_relu:{}",
        cpp_name(dtype));
  });
  return binary<>(call);
}

/// torch.complex and torch.polar.
Results make_complex(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  const auto check_floating = [](ScalarType part, std::string_view which) {
    check(is_floating(part), ErrorType::kAssertionError,
          [&] { return fmt::format("{} must be floating point, got {}", which, torch_name(part)); });
  };
  check_floating(dtype, "real");
  check_floating(call.tensor(1).dtype, "imag");
  const ScalarType result = promote_types(to_complex(dtype), to_complex(call.tensor(1).dtype));
  return {&elementwise_of(call, {call.arg(0), call.arg(1)}, result)};
}

/// torch._refs.pow: a square is a product.
bool is_two(const Value& exponent) {
  if (exponent.holds<SymInt>()) return exponent.get<SymInt>().is(2);
  return exponent.holds<SymFloat>() && exponent.get<SymFloat>().is_float() && exponent.get<SymFloat>().as_float() == 2;
}
Results pow_scalar(Call& call) {
  if (!is_two(call.arg(1))) return binary<Promotion::kBoolToLong>(call);
  const Dtypes dtypes = elementwise_dtypes({call.arg(0), call.arg(1)}, Promotion::kBoolToLong);
  return {&fast_result(call, call.tensor(0), dtypes)};
}

Results float_power(Call& call) {
  const bool complex = is_complex(elementwise_dtypes({call.arg(0), call.arg(1)}).result);
  const ScalarType dtype = complex ? ScalarType::kComplexDouble : ScalarType::kDouble;
  if (is_two(call.arg(1))) return {&fast_result(call, call.tensor(0), {dtype, dtype})};
  return {&elementwise_of(call, {call.arg(0), call.arg(1)}, dtype)};
}

/// ATen/native/Pow.cpp float_power_.
Results float_power_in_place(Call& call) {
  const ScalarType base = call.tensor(0).dtype;
  const bool complex = is_complex(elementwise_dtypes({call.arg(0), call.arg(1)}).result);
  const ScalarType needed = complex ? ScalarType::kComplexDouble : ScalarType::kDouble;
  check(base == needed, ErrorType::kRuntimeError, [&] {
    return fmt::format("the base given to float_power_ has dtype {} but the operation's result requires dtype {}",
                       aten_name(base), aten_name(needed));
  });
  return inplace<float_power>(call);
}

Results frexp(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(is_floating(self.dtype), ErrorType::kRuntimeError,
        [] { return "torch.frexp() only supports floating-point dtypes"; });
  return {&like(call, self), &like(call, self, ScalarType::kInt)};
}

Results isclose(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  check(a.dtype == b.dtype, ErrorType::kRuntimeError,
        [&] { return fmt::format("{} did not match {}", aten_name(a.dtype), aten_name(b.dtype)); });
  return binary<Promotion::kAlwaysBool>(call);
}

/// torch._refs.special.multigammaln: summed over terms that are the innermost dimension.
Results mvlgamma(Call& call) {
  const std::int64_t p = call.integer(1);
  check(p >= 0, ErrorType::kRuntimeError, [] { return "upper bound and lower bound inconsistent with step sign"; });
  FakeTensor& self = call.tensor(0);
  const ScalarType dtype = elementwise_dtypes({call.arg(0)}, Promotion::kIntToFloat).result;
  FakeTensor& terms =
      call.op1("aten::add.Tensor", {&unsqueeze(call, self, -1), &call.contiguous(dtype, {SymInt(p)}, self.device)});
  return call.op("aten::sum.dim_IntList", {&terms, SymInts{SymInt(-1)}});
}

/// torch._refs.lcm: a / gcd(a, b) * b.
Results lcm(Call& call) {
  FakeTensor& quotient = elementwise(call, {call.arg(0), call.arg(1)});
  check(!is_bool(quotient.dtype), ErrorType::kRuntimeError,
        [] { return "Tensor with dtype torch.int64 is not the expected dtype of torch.bool!"; });
  return {&fast_result(call, quotient, {quotient.dtype, quotient.dtype})};
}

/// aten/src/ATen/native/UnaryOps.cpp conj_physical: what is real is given as it is.
Results conj_physical(Call& call) {
  if (!is_complex(call.tensor(0).dtype)) return {&call.tensor(0)};
  return unary<>(call);
}

/// torch._refs.copysign: b's sign chooses, and so decides first how the result lies.
Results copysign(Call& call) {
  const Dtypes dtypes = elementwise_dtypes({call.arg(0), call.arg(1)}, Promotion::kIntToFloat);
  const auto [a, b] = referenced(call, call.tensor(0), call.tensor(1), dtypes.computation);
  FakeTensor& magnitude = elementwise_of(call, {a}, dtypes.computation);
  return {&elementwise_of(call, {&elementwise_of(call, {b}, ScalarType::kBool), &magnitude}, dtypes.result)};
}

/// torch._refs.heaviside: where the input is zero decides first.
Results heaviside(Call& call) {
  const Dtypes dtypes = elementwise_dtypes({call.arg(0), call.arg(1)});
  const auto [input, values] = referenced(call, call.tensor(0), call.tensor(1), dtypes.computation);
  FakeTensor& is_zero = elementwise_of(call, {input}, ScalarType::kBool);
  return {&elementwise_of(call, {&is_zero, values, &is_zero}, dtypes.result)};
}

/// torch._refs.logaddexp and logaddexp2: where both are infinite decides first.
Results log_of_sum(Call& call) {
  const Dtypes dtypes = elementwise_dtypes({call.arg(0), call.arg(1)});
  const bool natural = call.schema().name == "aten::logaddexp";
  check(!is_complex(dtypes.result) || natural, ErrorType::kRuntimeError,
        [] { return "logaddexp2 doesn't support complex dtypes"; });
  const auto [a, b] = referenced(call, call.tensor(0), call.tensor(1), dtypes.computation);
  if (!is_symbolic(*a) && !is_symbolic(*b)) no_bool_subtraction(a, b);
  FakeTensor& mask = elementwise_of(call, {a, b}, ScalarType::kBool);
  FakeTensor& largest = elementwise_of(call, {&mask, a, b}, dtypes.computation);
  FakeTensor& sum = fast_result(call, largest, {dtypes.computation, dtypes.computation});
  FakeTensor& finite = call.op1(natural ? "aten::isfinite" : "aten::isinf", {a});
  FakeTensor& infinite = elementwise_of(call, {&finite, &mask}, ScalarType::kBool);
  return {&elementwise_of(call, {&infinite, a, &sum}, dtypes.result)};
}

/// torch._refs.logical_and and its kin compare with zero first, if that is needed.
Results logical(Call& call) {
  const ScalarType dtype = elementwise_dtypes({call.arg(0), call.arg(1)}).computation;
  auto [a, b] = referenced(call, call.tensor(0), call.tensor(1), dtype);
  for (FakeTensor** t : {&a, &b}) {
    if (!is_bool((*t)->dtype)) *t = &elementwise_of(call, {*t}, ScalarType::kBool);
  }
  return {&elementwise_of(call, {a, b}, ScalarType::kBool)};
}

/// torch._refs.xlogy: the logarithm's operand decides how the result lies, then the factor.
Results xlogy(Call& call) {
  const Value operands[] = {call.arg(0), call.arg(1)};
  const ScalarType dtype = elementwise_dtypes(operands, Promotion::kIntToFloat).result;
  const Device device = common_device(call, operands);
  const auto promoted = [&](const Value& v) -> FakeTensor& {
    return v.holds<FakeTensor*>() ? convert_dtype(call, *v.get<FakeTensor*>(), dtype)
                                  : call.contiguous(dtype, {}, device);
  };
  FakeTensor& x = promoted(call.arg(0));
  FakeTensor& y = promoted(call.arg(1));
  FakeTensor& product = fast_binary(call, &x, &elementwise_of(call, {&y}, dtype), Promotion::kDefault);
  FakeTensor& nonzero = where(call, elementwise_of(call, {&x}, ScalarType::kBool), 0, &product);
  return {&where(call, elementwise_of(call, {&y}, ScalarType::kBool), 0.0, &nonzero)};
}

/// _meta_registrations.meta_isin: numbers become 0-dim tensors.
Results isin(Call& call) {
  for (const std::size_t i : {0U, 1U}) {
    const Value& operand = call.arg(i);
    const ScalarType dtype = operand.holds<FakeTensor*>() ? operand.get<FakeTensor*>()->dtype : number_dtype(operand);
    check(!is_bool(dtype) && !is_complex(dtype), ErrorType::kRuntimeError,
          [&] { return fmt::format("Unsupported input type encountered for isin(): {}", torch_name(dtype)); });
  }
  if (call.arg(0).holds<FakeTensor*>()) return {&like(call, call.tensor(0), ScalarType::kBool)};
  return {&call.contiguous(ScalarType::kBool, {}, call.tensor(1).device)};
}

constexpr OpRow kRows[] = {
    {"__and__.Scalar", binary<>},
    {"__and__.Tensor", binary<>},
    {"__iand__.Scalar", inplace<binary<>>},
    {"__iand__.Tensor", inplace<binary<>>},
    {"__ilshift__.Scalar", inplace_copy<shift>},
    {"__ilshift__.Tensor", inplace_copy<shift>},
    {"__ior__.Scalar", inplace<binary<>>},
    {"__ior__.Tensor", inplace<binary<>>},
    {"__irshift__.Scalar", inplace_copy<shift>},
    {"__irshift__.Tensor", inplace_copy<shift>},
    {"__ixor__.Scalar", inplace<binary<>>},
    {"__ixor__.Tensor", inplace<binary<>>},
    {"__lshift__.Scalar", shift},
    {"__lshift__.Tensor", shift},
    {"__or__.Scalar", binary<>},
    {"__or__.Tensor", binary<>},
    {"__rshift__.Scalar", shift},
    {"__rshift__.Tensor", shift},
    {"__xor__.Scalar", binary<>},
    {"__xor__.Tensor", binary<>},
    {"_add_relu.Scalar", add_relu},
    {"_add_relu.Tensor", binary<>},
    {"_add_relu_.Scalar", inplace_values},
    {"_add_relu_.Tensor", inplace_values},
    {"_conj_physical", unary<>},
    {"abs", unary<Promotion::kComplexToFloat>},
    {"abs_", abs_in_place},
    {"absolute", unary<Promotion::kComplexToFloat>},
    {"absolute_", abs_in_place},
    {"acos", unary<Promotion::kIntToFloat>},
    {"acos_", inplace<unary<Promotion::kIntToFloat>>},
    {"acosh", unary<Promotion::kIntToFloat>},
    {"acosh_", inplace<unary<Promotion::kIntToFloat>>},
    {"add.Scalar", binary<>},
    {"add.Tensor", add},
    {"add_.Scalar", add_inplace},
    {"add_.Tensor", add_inplace},
    {"addcdiv", addcdiv},
    {"addcdiv_", inplace_meta<addcdiv>},
    {"addcmul", ternary<>},
    {"addcmul_", inplace_meta<ternary<>>},
    {"angle", angle},
    {"arccos", unary<Promotion::kIntToFloat>},
    {"arccos_", inplace<unary<Promotion::kIntToFloat>>},
    {"arccosh", unary<Promotion::kIntToFloat>},
    {"arccosh_", inplace<unary<Promotion::kIntToFloat>>},
    {"arcsin", unary<Promotion::kIntToFloat>},
    {"arcsin_", inplace<unary<Promotion::kIntToFloat>>},
    {"arcsinh", unary<Promotion::kIntToFloat>},
    {"arcsinh_", inplace<unary<Promotion::kIntToFloat>>},
    {"arctan", unary<Promotion::kIntToFloat>},
    {"arctan2", binary<Promotion::kIntToFloat>},
    {"arctan2_", inplace<binary<Promotion::kIntToFloat>>},
    {"arctan_", inplace<unary<Promotion::kIntToFloat>>},
    {"arctanh", unary<Promotion::kIntToFloat>},
    {"arctanh_", inplace<unary<Promotion::kIntToFloat>>},
    {"asin", unary<Promotion::kIntToFloat>},
    {"asin_", inplace<unary<Promotion::kIntToFloat>>},
    {"asinh", unary<Promotion::kIntToFloat>},
    {"asinh_", inplace<unary<Promotion::kIntToFloat>>},
    {"atan", unary<Promotion::kIntToFloat>},
    {"atan2", binary<Promotion::kIntToFloat>},
    {"atan2_", inplace<binary<Promotion::kIntToFloat>>},
    {"atan_", inplace<unary<Promotion::kIntToFloat>>},
    {"atanh", unary<Promotion::kIntToFloat>},
    {"atanh_", inplace<unary<Promotion::kIntToFloat>>},
    {"bitwise_and.Scalar", binary<>},
    {"bitwise_and.Scalar_Tensor", binary<>},
    {"bitwise_and.Tensor", binary<>},
    {"bitwise_and_.Scalar", inplace<binary<>>},
    {"bitwise_and_.Tensor", inplace<binary<>>},
    {"bitwise_left_shift.Scalar_Tensor", binary<>},
    {"bitwise_left_shift.Tensor", binary<>},
    {"bitwise_left_shift.Tensor_Scalar", binary<>},
    {"bitwise_left_shift_.Tensor", inplace<binary<>>},
    {"bitwise_left_shift_.Tensor_Scalar", inplace<binary<>>},
    {"bitwise_not", unary<>},
    {"bitwise_not_", inplace<unary<>>},
    {"bitwise_or.Scalar", binary<>},
    {"bitwise_or.Scalar_Tensor", binary<>},
    {"bitwise_or.Tensor", binary<>},
    {"bitwise_or_.Scalar", inplace<binary<>>},
    {"bitwise_or_.Tensor", inplace<binary<>>},
    {"bitwise_right_shift.Scalar_Tensor", binary<>},
    {"bitwise_right_shift.Tensor", binary<>},
    {"bitwise_right_shift.Tensor_Scalar", binary<>},
    {"bitwise_right_shift_.Tensor", inplace<binary<>>},
    {"bitwise_right_shift_.Tensor_Scalar", inplace<binary<>>},
    {"bitwise_xor.Scalar", binary<>},
    {"bitwise_xor.Scalar_Tensor", binary<>},
    {"bitwise_xor.Tensor", binary<>},
    {"bitwise_xor_.Scalar", inplace<binary<>>},
    {"bitwise_xor_.Tensor", inplace<binary<>>},
    {"ceil", unary<>},
    {"ceil_", inplace<unary<>>},
    {"clamp", clamp},
    {"clamp.Tensor", clamp},
    {"clamp_", inplace<clamp>},
    {"clamp_.Tensor", inplace<clamp>},
    {"clamp_max", binary<>},
    {"clamp_max.Tensor", binary<>},
    {"clamp_max_", inplace<binary<>>},
    {"clamp_max_.Tensor", inplace<binary<>>},
    {"clamp_min", binary<>},
    {"clamp_min.Tensor", binary<>},
    {"clamp_min_", inplace<binary<>>},
    {"clamp_min_.Tensor", inplace<binary<>>},
    {"clip", clamp},
    {"clip.Tensor", clamp},
    {"clip_", inplace<clamp>},
    {"clip_.Tensor", inplace<clamp>},
    {"complex", make_complex},
    {"conj_physical", conj_physical},
    {"conj_physical_", inplace<unary<>>},
    {"copysign.Scalar", binary<Promotion::kIntToFloat>},
    {"copysign.Tensor", copysign},
    {"copysign_.Scalar", inplace<binary<Promotion::kIntToFloat>>},
    {"copysign_.Tensor", inplace<copysign>},
    {"cos", unary<Promotion::kIntToFloat>},
    {"cos_", inplace<unary<Promotion::kIntToFloat>>},
    {"cosh", unary<Promotion::kIntToFloat>},
    {"cosh_", inplace<unary<Promotion::kIntToFloat>>},
    {"deg2rad", between_degrees},
    {"deg2rad_", inplace<between_degrees>},
    {"digamma", unary<Promotion::kIntToFloat>},
    {"digamma_", inplace<unary<Promotion::kIntToFloat>>},
    {"div.Scalar", binary<Promotion::kIntToFloat>},
    {"div.Scalar_mode", div_mode},
    {"div.Tensor", div},
    {"div.Tensor_mode", div_mode},
    {"div_.Scalar", div_inplace},
    {"div_.Scalar_mode", inplace<div_mode>},
    {"div_.Tensor", div_inplace},
    {"div_.Tensor_mode", inplace<div_mode>},
    {"divide.Scalar", binary<Promotion::kIntToFloat>},
    {"divide.Scalar_mode", div_mode},
    {"divide.Tensor", div},
    {"divide.Tensor_mode", div_mode},
    {"divide_.Scalar", div_inplace},
    {"divide_.Scalar_mode", inplace<div_mode>},
    {"divide_.Tensor", div_inplace},
    {"divide_.Tensor_mode", inplace<div_mode>},
    {"eq.Scalar", binary<Promotion::kAlwaysBool>},
    {"eq.Tensor", binary<Promotion::kAlwaysBool>},
    {"eq_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"eq_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"erf", unary<Promotion::kIntToFloat>},
    {"erf_", inplace<unary<Promotion::kIntToFloat>>},
    {"erfc", unary<Promotion::kIntToFloat>},
    {"erfc_", inplace<unary<Promotion::kIntToFloat>>},
    {"erfinv", unary<Promotion::kIntToFloat>},
    {"erfinv_", inplace<unary<Promotion::kIntToFloat>>},
    {"exp", unary<Promotion::kIntToFloat>},
    {"exp2", unary<Promotion::kIntToFloat>},
    {"exp2_", inplace<unary<Promotion::kIntToFloat>>},
    {"exp_", inplace<unary<Promotion::kIntToFloat>>},
    {"expm1", unary<Promotion::kIntToFloat>},
    {"expm1_", inplace<unary<Promotion::kIntToFloat>>},
    {"fix", unary<>},
    {"fix_", inplace<unary<>>},
    {"float_power.Scalar", float_power},
    {"float_power.Tensor_Scalar", float_power},
    {"float_power.Tensor_Tensor", float_power},
    {"float_power_.Scalar", float_power_in_place},
    {"float_power_.Tensor", float_power_in_place},
    {"floor", unary<>},
    {"floor_", inplace<unary<>>},
    {"floor_divide", floor_divide},
    {"floor_divide.Scalar", floor_divide},
    {"floor_divide_.Scalar", inplace<floor_divide>},
    {"floor_divide_.Tensor", inplace<floor_divide>},
    {"fmax", binary<>},
    {"fmin", binary<>},
    {"fmod.Scalar", binary<>},
    {"fmod.Tensor", binary<>},
    {"fmod_.Scalar", inplace<binary<>>},
    {"fmod_.Tensor", inplace<binary<>>},
    {"frac", frac},
    {"frac_", inplace<frac>},
    {"frexp.Tensor", frexp},
    {"gcd", binary<>},
    {"gcd_", inplace<binary<>>},
    {"ge.Scalar", binary<Promotion::kAlwaysBool>},
    {"ge.Tensor", binary<Promotion::kAlwaysBool>},
    {"ge_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"ge_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"greater.Scalar", binary<Promotion::kAlwaysBool>},
    {"greater.Tensor", binary<Promotion::kAlwaysBool>},
    {"greater_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"greater_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"greater_equal.Scalar", binary<Promotion::kAlwaysBool>},
    {"greater_equal.Tensor", binary<Promotion::kAlwaysBool>},
    {"greater_equal_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"greater_equal_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"gt.Scalar", binary<Promotion::kAlwaysBool>},
    {"gt.Tensor", binary<Promotion::kAlwaysBool>},
    {"gt_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"gt_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"heaviside", heaviside},
    {"heaviside_", inplace<heaviside>},
    {"hypot", binary<>},
    {"hypot_", inplace<binary<>>},
    {"i0", unary<Promotion::kIntToFloat>},
    {"i0_", inplace<unary<Promotion::kIntToFloat>>},
    {"igamma", binary<Promotion::kIntToFloat>},
    {"igamma_", inplace<binary<Promotion::kIntToFloat>>},
    {"igammac", binary<Promotion::kIntToFloat>},
    {"igammac_", inplace<binary<Promotion::kIntToFloat>>},
    {"isclose", isclose},
    {"isfinite", isfinite},
    {"isin.Scalar_Tensor", isin},
    {"isin.Tensor_Scalar", isin},
    {"isin.Tensor_Tensor", isin},
    {"isinf", unary<Promotion::kAlwaysBool>},
    {"isnan", unary<Promotion::kAlwaysBool>},
    {"isneginf", of_real<Promotion::kAlwaysBool>},
    {"isposinf", of_real<Promotion::kAlwaysBool>},
    {"isreal", unary<Promotion::kAlwaysBool>},
    {"lcm", lcm},
    {"lcm_", inplace<lcm>},
    {"ldexp.Tensor", ldexp},
    {"ldexp_", inplace_copy<ldexp>},
    {"le.Scalar", binary<Promotion::kAlwaysBool>},
    {"le.Tensor", binary<Promotion::kAlwaysBool>},
    {"le_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"le_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"lerp.Scalar", lerp},
    {"lerp.Tensor", lerp},
    {"lerp_.Scalar", inplace_meta<lerp>},
    {"lerp_.Tensor", inplace_meta<lerp>},
    {"less.Scalar", binary<Promotion::kAlwaysBool>},
    {"less.Tensor", binary<Promotion::kAlwaysBool>},
    {"less_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"less_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"less_equal.Scalar", binary<Promotion::kAlwaysBool>},
    {"less_equal.Tensor", binary<Promotion::kAlwaysBool>},
    {"less_equal_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"less_equal_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"lgamma", unary<Promotion::kIntToFloat>},
    {"lgamma_", inplace<unary<Promotion::kIntToFloat>>},
    {"log", unary<Promotion::kIntToFloat>},
    {"log10", unary<Promotion::kIntToFloat>},
    {"log10_", inplace<unary<Promotion::kIntToFloat>>},
    {"log1p", unary<Promotion::kIntToFloat>},
    {"log1p_", inplace<unary<Promotion::kIntToFloat>>},
    {"log2", unary<Promotion::kIntToFloat>},
    {"log2_", inplace<unary<Promotion::kIntToFloat>>},
    {"log_", inplace<unary<Promotion::kIntToFloat>>},
    {"logaddexp", log_of_sum},
    {"logaddexp2", log_of_sum},
    {"logical_and", logical},
    {"logical_and_", inplace_broadcast},
    {"logical_not", unary<Promotion::kAlwaysBool>},
    {"logical_not_", inplace_values},
    {"logical_or", logical},
    {"logical_or_", inplace_broadcast},
    {"logical_xor", logical},
    {"logical_xor_", inplace_broadcast},
    {"logit", fast_unary_of<Promotion::kIntToFloat>},
    {"logit_", inplace_copy<unary<Promotion::kIntToFloat>>},
    {"lt.Scalar", binary<Promotion::kAlwaysBool>},
    {"lt.Tensor", binary<Promotion::kAlwaysBool>},
    {"lt_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"lt_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"max.other", binary<>},
    {"maximum", binary<>},
    {"min.other", binary<>},
    {"minimum", binary<>},
    {"mul.Scalar", binary<>},
    {"mul.Tensor", mul},
    {"mul_.Scalar", inplace_broadcast},
    {"mul_.Tensor", inplace_broadcast},
    {"multiply.Scalar", binary<>},
    {"multiply.Tensor", mul},
    {"multiply_.Scalar", inplace_broadcast},
    {"multiply_.Tensor", inplace_broadcast},
    {"mvlgamma", mvlgamma},
    {"mvlgamma_", inplace<mvlgamma>},
    {"nan_to_num", same_as_self},
    {"nan_to_num_", inplace<of_real<Promotion::kDefault>>},
    {"ne.Scalar", binary<Promotion::kAlwaysBool>},
    {"ne.Tensor", binary<Promotion::kAlwaysBool>},
    {"ne_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"ne_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"neg", neg},
    {"neg_", inplace<neg>},
    {"negative", neg},
    {"negative_", inplace<neg>},
    {"nextafter", binary<>},
    {"nextafter_", inplace<binary<>>},
    {"not_equal.Scalar", binary<Promotion::kAlwaysBool>},
    {"not_equal.Tensor", binary<Promotion::kAlwaysBool>},
    {"not_equal_.Scalar", inplace<binary<Promotion::kAlwaysBool>>},
    {"not_equal_.Tensor", inplace<binary<Promotion::kAlwaysBool>>},
    {"polar", make_complex},
    {"polygamma", polygamma},
    {"polygamma_", polygamma_in_place},
    {"positive", positive},
    {"pow.Scalar", binary<Promotion::kBoolToLong>},
    {"pow.Tensor_Scalar", pow_scalar},
    {"pow.Tensor_Tensor", binary<Promotion::kBoolToLong>},
    {"pow_.Scalar", inplace<binary<Promotion::kBoolToLong>>},
    {"pow_.Tensor", inplace<binary<Promotion::kBoolToLong>>},
    {"rad2deg", between_degrees},
    {"rad2deg_", inplace<between_degrees>},
    {"reciprocal", unary<Promotion::kIntToFloat>},
    {"reciprocal_", inplace<unary<Promotion::kIntToFloat>>},
    {"remainder.Scalar", binary<>},
    {"remainder.Scalar_Tensor", binary<>},
    {"remainder.Tensor", binary<>},
    {"remainder_.Scalar", inplace<binary<>>},
    {"remainder_.Tensor", inplace<binary<>>},
    {"round", unary<>},
    {"round.decimals", unary<>},
    {"round_", inplace_copy<unary<>>},
    {"round_.decimals", inplace_copy<unary<>>},
    {"rsqrt", unary<Promotion::kIntToFloat>},
    {"rsqrt_", inplace<unary<Promotion::kIntToFloat>>},
    {"rsub.Scalar", rsub},
    {"rsub.Tensor", rsub},
    {"sgn", unary<>},
    {"sgn_", inplace<unary<>>},
    {"sign", unary<>},
    {"sign_", inplace<unary<>>},
    {"signbit", unary<Promotion::kAlwaysBool>},
    {"sin", unary<Promotion::kIntToFloat>},
    {"sin_", inplace<unary<Promotion::kIntToFloat>>},
    {"sinc", fast_unary_of<Promotion::kIntToFloat>},
    {"sinc_", inplace<unary<Promotion::kIntToFloat>>},
    {"sinh", unary<Promotion::kIntToFloat>},
    {"sinh_", inplace<unary<Promotion::kIntToFloat>>},
    {"special_airy_ai", unary<Promotion::kIntToFloat>},
    {"special_bessel_j0", unary<Promotion::kIntToFloat>},
    {"special_bessel_j1", unary<Promotion::kIntToFloat>},
    {"special_bessel_y0", unary<Promotion::kIntToFloat>},
    {"special_bessel_y1", unary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_t", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_t.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_t.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_u", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_u.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_u.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_v", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_v.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_v.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_w", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_w.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_chebyshev_polynomial_w.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_digamma", unary<Promotion::kIntToFloat>},
    {"special_entr", unary<Promotion::kIntToFloat>},
    {"special_erf", unary<Promotion::kIntToFloat>},
    {"special_erfc", unary<Promotion::kIntToFloat>},
    {"special_erfcx", unary<Promotion::kIntToFloat>},
    {"special_erfinv", unary<Promotion::kIntToFloat>},
    {"special_exp2", unary<Promotion::kIntToFloat>},
    {"special_expit", unary<Promotion::kIntToFloat>},
    {"special_expm1", unary<Promotion::kIntToFloat>},
    {"special_gammainc", binary<Promotion::kIntToFloat>},
    {"special_gammaincc", binary<Promotion::kIntToFloat>},
    {"special_gammaln", unary<Promotion::kIntToFloat>},
    {"special_hermite_polynomial_h", binary<Promotion::kIntToFloat>},
    {"special_hermite_polynomial_h.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_hermite_polynomial_h.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_hermite_polynomial_he", binary<Promotion::kIntToFloat>},
    {"special_hermite_polynomial_he.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_hermite_polynomial_he.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_i0", unary<Promotion::kIntToFloat>},
    {"special_i0e", unary<Promotion::kIntToFloat>},
    {"special_i1", unary<Promotion::kIntToFloat>},
    {"special_i1e", unary<Promotion::kIntToFloat>},
    {"special_laguerre_polynomial_l", binary<Promotion::kIntToFloat>},
    {"special_laguerre_polynomial_l.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_laguerre_polynomial_l.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_legendre_polynomial_p", binary<Promotion::kIntToFloat>},
    {"special_legendre_polynomial_p.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_legendre_polynomial_p.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_log1p", unary<Promotion::kIntToFloat>},
    {"special_log_ndtr", unary<Promotion::kIntToFloat>},
    {"special_logit", fast_unary_of<Promotion::kIntToFloat>},
    {"special_modified_bessel_i0", unary<Promotion::kIntToFloat>},
    {"special_modified_bessel_i1", unary<Promotion::kIntToFloat>},
    {"special_modified_bessel_k0", unary<Promotion::kIntToFloat>},
    {"special_modified_bessel_k1", unary<Promotion::kIntToFloat>},
    {"special_multigammaln", mvlgamma},
    {"special_ndtr", unary<Promotion::kIntToFloat>},
    {"special_ndtri", unary<Promotion::kIntToFloat>},
    {"special_polygamma", polygamma},
    {"special_psi", unary<Promotion::kIntToFloat>},
    {"special_round", unary<>},
    {"special_scaled_modified_bessel_k0", unary<Promotion::kIntToFloat>},
    {"special_scaled_modified_bessel_k1", unary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_t", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_t.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_t.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_u", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_u.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_u.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_v", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_v.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_v.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_w", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_w.n_scalar", binary<Promotion::kIntToFloat>},
    {"special_shifted_chebyshev_polynomial_w.x_scalar", binary<Promotion::kIntToFloat>},
    {"special_sinc", fast_unary_of<Promotion::kIntToFloat>},
    {"special_spherical_bessel_j0", unary<Promotion::kIntToFloat>},
    {"special_xlog1py", binary<Promotion::kIntToFloat>},
    {"special_xlog1py.other_scalar", binary<Promotion::kIntToFloat>},
    {"special_xlog1py.self_scalar", binary<Promotion::kIntToFloat>},
    {"special_xlogy", xlogy},
    {"special_xlogy.other_scalar", xlogy},
    {"special_xlogy.self_scalar", xlogy},
    {"special_zeta", binary<Promotion::kIntToFloat>},
    {"special_zeta.other_scalar", binary<Promotion::kIntToFloat>},
    {"special_zeta.self_scalar", binary<Promotion::kIntToFloat>},
    {"sqrt", unary<Promotion::kIntToFloat>},
    {"sqrt_", inplace<unary<Promotion::kIntToFloat>>},
    {"square", fast_unary_of<Promotion::kBoolToLong>},
    {"square_", inplace<unary<Promotion::kBoolToLong>>},
    {"sub.Scalar", binary<>},
    {"sub.Tensor", sub},
    {"sub_.Scalar", add_inplace},
    {"sub_.Tensor", add_inplace},
    {"subtract.Scalar", binary<>},
    {"subtract.Tensor", sub},
    {"subtract_.Scalar", add_inplace},
    {"subtract_.Tensor", add_inplace},
    {"tan", unary<Promotion::kIntToFloat>},
    {"tan_", inplace<unary<Promotion::kIntToFloat>>},
    {"tanh", unary<Promotion::kIntToFloat>},
    {"tanh_", inplace<unary<Promotion::kIntToFloat>>},
    {"true_divide.Scalar", binary<Promotion::kIntToFloat>},
    {"true_divide.Tensor", div},
    {"true_divide_.Scalar", div_inplace},
    {"true_divide_.Tensor", div_inplace},
    {"trunc", unary<>},
    {"trunc_", inplace<unary<>>},
    {"xlogy.Scalar_Other", xlogy},
    {"xlogy.Scalar_Self", xlogy},
    {"xlogy.Tensor", xlogy},
    {"xlogy_.Scalar_Other", inplace<xlogy>},
    {"xlogy_.Tensor", inplace<xlogy>},
};

}  // namespace

std::span<const OpRow> pointwise_ops() { return kRows; }

}  // namespace retrace::ops
