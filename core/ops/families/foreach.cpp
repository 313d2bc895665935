// SPDX-License-Identifier: Apache-2.0
// Operators over lists of tensors: each element as the operator of one tensor has it.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

/// Argument `i` for element `k`: of a list its k-th, anything else as it is.
Value element(Call& call, std::size_t i, std::size_t k) {
  const Value& value = call.arg(i);
  return value.holds<ValueList>() ? value.get<ValueList>().at(k) : value;
}

/// The length that all list arguments share (ATen/native/ForeachUtils.h check_foreach_api_restrictions).
std::size_t common_length(Call& call) {
  std::optional<std::size_t> length;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (!call.arg(i).holds<ValueList>()) continue;
    const std::size_t here = call.arg(i).get<ValueList>().size();
    check(!length || *length == here || call.schema().args[i].type != "Scalar[]", ErrorType::kRuntimeError,
          [] { return "Tensor list must have same number of elements as scalar list."; });
    check(!length || *length == here, ErrorType::kRuntimeError, [&] {
      return fmt::format("Tensor lists must have the same number of tensors, got {} and {}", *length, here);
    });
    length = here;
  }
  check(length && *length > 0, ErrorType::kRuntimeError, [] { return "Tensor list must have at least one tensor."; });
  return *length;
}

/// The first `operands` arguments of each element take part.
template <std::size_t operands, Promotion kind>
FakeTensor& of_element(Call& call, std::size_t k) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < operands; ++i) values.push_back(element(call, i, k));
  return elementwise_of(call, values, elementwise_dtypes(values, kind));
}

template <std::size_t operands = 1, Promotion kind = Promotion::kDefault>
Results each(Call& call) {
  ValueList results;
  const std::size_t length = common_length(call);
  for (std::size_t k = 0; k < length; ++k) results.emplace_back(&of_element<operands, kind>(call, k));
  return {results};
}

/// The operator of one tensor (ATen/native/ForeachOpsKernels.cpp, the slow path): "aten::_foreach_add_.List" runs
/// "aten::add_.Tensor". Null: there is none, an out= form stands in.
const Schema* element_schema(Call& call) {
  std::string name(packet_name(call.schema()));
  name.erase(name.find("_foreach_"), std::string_view("_foreach_").size());
  const bool numbers = call.schema().name.ends_with(".Scalar") || call.schema().name.ends_with(".ScalarList");
  const Schema* const overload = find_schema(name + (numbers ? ".Scalar" : ".Tensor"));
  return overload != nullptr && overload->args.size() + 1 >= call.size() ? overload : find_schema(name);
}

Results run_element(Call& call, const Schema& schema, std::size_t k) {
  std::vector<Value> args;
  for (std::size_t i = 0; i < schema.args.size(); ++i)
    args.push_back(i < call.size() ? element(call, i, k) : default_value(schema.args[i]));
  Call inner(call.context(), schema, args);
  return find_rule(schema.name)(inner);
}

/// Each by the operator of one tensor, where that asks more than shapes.
Results each_operator(Call& call) {
  ValueList results;
  const std::size_t length = common_length(call);
  const Schema& schema = *element_schema(call);
  for (std::size_t k = 0; k < length; ++k) results.push_back(run_element(call, schema, k).front());
  return {results};
}

template <std::size_t operands = 1, Promotion kind = Promotion::kDefault>
Results each_inplace(Call& call) {
  const std::size_t length = common_length(call);
  const Schema* const schema = element_schema(call);
  for (std::size_t k = 0; k < length; ++k) {
    if (schema != nullptr) {
      run_element(call, *schema, k);
    } else {
      write_back(call, *element(call, 0, k).get<FakeTensor*>(), of_element<operands, kind>(call, k));
    }
  }
  return {};
}

/// The number that a tensor holds for all.
void check_number(Call& call) {
  const FakeTensor& number = call.tensor(1);
  check_no_symbols(number, "numel()");
  check(number.dim() == 0 && number.numel().is(1), ErrorType::kRuntimeError, [&] {
    return fmt::format("scalar tensor expected to be 0 dim but it has {} dimensions and {} elements.", number.dim(),
                       to_string(number.numel()));
  });
}
template <Rule rule>
Results by_number(Call& call) {
  check_number(call);
  return rule(call);
}
/// Its numbers are read off a tensor, which is on the meta device.
Results scalars_on_meta(Call&) { raise(ErrorType::kRuntimeError, "Expected scalars to be on CPU, got meta instead."); }

/// zero_: values only.
Results each_written(Call& call) {
  for (FakeTensor* self : call.tensors(0)) self->constant.reset();
  return {};
}

void check_sources(Call& call) {
  const std::size_t length = common_length(call);
  for (std::size_t k = 0; k < length; ++k) {
    expand(call, *element(call, 1, k).get<FakeTensor*>(), element(call, 0, k).get<FakeTensor*>()->sizes);
  }
}
Results each_copied_into(Call& call) {
  const std::size_t length = common_length(call);
  for (std::size_t k = 0; k < length; ++k)
    copy_back(call, *element(call, 0, k).get<FakeTensor*>(), *element(call, 1, k).get<FakeTensor*>());
  return {};
}

Results each_clone(Call& call) {
  ValueList results;
  for (const FakeTensor* self : call.tensors(0)) {
    SymInts strides = preserved_strides(call.env(), geometry(*self));
    results.emplace_back(&call.strided(self->dtype, self->sizes, std::move(strides), self->device));
  }
  return {results};
}

/// norm, powsum(self, ord, dtype): one number a tensor, as each operator of one tensor gives it.
template <bool is_sum>
Results each_norm(Call& call) {
  ValueList results;
  for (const FakeTensor* self : call.tensors(0)) {
    const ScalarType summed = is_sum && is_integral(self->dtype, true) ? ScalarType::kLong : self->dtype;
    results.emplace_back(&call.contiguous(to_real(call.dtype(2).value_or(summed)), {}, self->device));
  }
  return {results};
}

Results each_copied(Call& call) {
  check_sources(call);
  return each_clone(call);
}

Results each_max(Call& call) {
  ValueList results;
  for (const FakeTensor* self : call.tensors(0)) check_no_symbols(*self, "numel()");
  for (const FakeTensor* self : call.tensors(0)) results.emplace_back(&call.contiguous(self->dtype, {}, self->device));
  return {results};
}

constexpr auto kFloating = Promotion::kIntToFloat;

constexpr OpRow kRows[] = {
    {"_foreach_abs", each<1, Promotion::kComplexToFloat>},
    {"_foreach_abs_", each_inplace<1, Promotion::kComplexToFloat>},
    {"_foreach_acos", each<1, kFloating>},
    {"_foreach_acos_", each_inplace<1, kFloating>},
    {"_foreach_add.List", each<2>},
    {"_foreach_add.Scalar", each<2>},
    {"_foreach_add.ScalarList", each<2>},
    {"_foreach_add.Tensor", by_number<each<2>>},
    {"_foreach_add_.List", each_inplace<2>},
    {"_foreach_add_.Scalar", each_inplace<2>},
    {"_foreach_add_.ScalarList", each_inplace<2>},
    {"_foreach_add_.Tensor", by_number<each_inplace<2>>},
    {"_foreach_addcdiv.Scalar", each_operator},
    {"_foreach_addcdiv.ScalarList", each_operator},
    {"_foreach_addcdiv.Tensor", scalars_on_meta},
    {"_foreach_addcdiv_.Scalar", each_inplace<3>},
    {"_foreach_addcdiv_.ScalarList", each_inplace<3>},
    {"_foreach_addcdiv_.Tensor", scalars_on_meta},
    {"_foreach_addcmul.Scalar", each<3>},
    {"_foreach_addcmul.ScalarList", each<3>},
    {"_foreach_addcmul.Tensor", scalars_on_meta},
    {"_foreach_addcmul_.Scalar", each_inplace<3>},
    {"_foreach_addcmul_.ScalarList", each_inplace<3>},
    {"_foreach_addcmul_.Tensor", scalars_on_meta},
    {"_foreach_asin", each<1, kFloating>},
    {"_foreach_asin_", each_inplace<1, kFloating>},
    {"_foreach_atan", each<1, kFloating>},
    {"_foreach_atan_", each_inplace<1, kFloating>},
    {"_foreach_ceil", each<>},
    {"_foreach_ceil_", each_inplace<>},
    {"_foreach_clamp_max.List", each<2>},
    {"_foreach_clamp_max.Scalar", each<2>},
    {"_foreach_clamp_max.ScalarList", each<2>},
    {"_foreach_clamp_max_.List", each_inplace<2>},
    {"_foreach_clamp_max_.Scalar", each_inplace<2>},
    {"_foreach_clamp_max_.ScalarList", each_inplace<2>},
    {"_foreach_clamp_min.List", each<2>},
    {"_foreach_clamp_min.Scalar", each<2>},
    {"_foreach_clamp_min.ScalarList", each<2>},
    {"_foreach_clamp_min_.List", each_inplace<2>},
    {"_foreach_clamp_min_.Scalar", each_inplace<2>},
    {"_foreach_clamp_min_.ScalarList", each_inplace<2>},
    {"_foreach_clone", each_clone},
    {"_foreach_copy", each_copied},
    {"_foreach_copy_", each_copied_into},
    {"_foreach_cos", each<1, kFloating>},
    {"_foreach_cos_", each_inplace<1, kFloating>},
    {"_foreach_cosh", each<1, kFloating>},
    {"_foreach_cosh_", each_inplace<1, kFloating>},
    {"_foreach_div.List", each<2, kFloating>},
    {"_foreach_div.Scalar", each<2, kFloating>},
    {"_foreach_div.ScalarList", each<2, kFloating>},
    {"_foreach_div.Tensor", by_number<each<2, kFloating>>},
    {"_foreach_div_.List", each_inplace<2, kFloating>},
    {"_foreach_div_.Scalar", each_inplace<2, kFloating>},
    {"_foreach_div_.ScalarList", each_inplace<2, kFloating>},
    {"_foreach_div_.Tensor", by_number<each_inplace<2, kFloating>>},
    {"_foreach_erf", each<1, kFloating>},
    {"_foreach_erf_", each_inplace<1, kFloating>},
    {"_foreach_erfc", each<1, kFloating>},
    {"_foreach_erfc_", each_inplace<1, kFloating>},
    {"_foreach_exp", each<1, kFloating>},
    {"_foreach_exp_", each_inplace<1, kFloating>},
    {"_foreach_expm1", each<1, kFloating>},
    {"_foreach_expm1_", each_inplace<1, kFloating>},
    {"_foreach_floor", each<>},
    {"_foreach_floor_", each_inplace<>},
    {"_foreach_frac", each_operator},
    {"_foreach_frac_", each_inplace<>},
    {"_foreach_lerp.List", each_operator},
    {"_foreach_lerp.Scalar", each_operator},
    {"_foreach_lerp.ScalarList", each_operator},
    {"_foreach_lerp_.List", each_inplace<3>},
    {"_foreach_lerp_.Scalar", each_inplace<2>},
    {"_foreach_lerp_.ScalarList", each_inplace<2>},
    {"_foreach_lgamma", each<1, kFloating>},
    {"_foreach_lgamma_", each_inplace<1, kFloating>},
    {"_foreach_log", each<1, kFloating>},
    {"_foreach_log10", each<1, kFloating>},
    {"_foreach_log10_", each_inplace<1, kFloating>},
    {"_foreach_log1p", each<1, kFloating>},
    {"_foreach_log1p_", each_inplace<1, kFloating>},
    {"_foreach_log2", each<1, kFloating>},
    {"_foreach_log2_", each_inplace<1, kFloating>},
    {"_foreach_log_", each_inplace<1, kFloating>},
    {"_foreach_max", each_max},
    {"_foreach_maximum.List", each<2>},
    {"_foreach_maximum.Scalar", each<2>},
    {"_foreach_maximum.ScalarList", each<2>},
    {"_foreach_maximum_.List", each_inplace<2>},
    {"_foreach_maximum_.Scalar", each_inplace<2>},
    {"_foreach_maximum_.ScalarList", each_inplace<2>},
    {"_foreach_minimum.List", each<2>},
    {"_foreach_minimum.Scalar", each<2>},
    {"_foreach_minimum.ScalarList", each<2>},
    {"_foreach_minimum_.List", each_inplace<2>},
    {"_foreach_minimum_.Scalar", each_inplace<2>},
    {"_foreach_minimum_.ScalarList", each_inplace<2>},
    {"_foreach_mul.List", each<2>},
    {"_foreach_mul.Scalar", each<2>},
    {"_foreach_mul.ScalarList", each<2>},
    {"_foreach_mul.Tensor", by_number<each<2>>},
    {"_foreach_mul_.List", each_inplace<2>},
    {"_foreach_mul_.Scalar", each_inplace<2>},
    {"_foreach_mul_.ScalarList", each_inplace<2>},
    {"_foreach_mul_.Tensor", by_number<each_inplace<2>>},
    {"_foreach_neg", each<>},
    {"_foreach_neg_", each_inplace<>},
    {"_foreach_norm.Scalar", each_norm<false>},
    {"_foreach_pow.List", each<2, Promotion::kBoolToLong>},
    {"_foreach_pow.Scalar", each<2, Promotion::kBoolToLong>},
    {"_foreach_pow.ScalarAndTensor", each<2, Promotion::kBoolToLong>},
    {"_foreach_pow.ScalarList", each<2, Promotion::kBoolToLong>},
    {"_foreach_pow_.List", each_inplace<2, Promotion::kBoolToLong>},
    {"_foreach_pow_.Scalar", each_inplace<2, Promotion::kBoolToLong>},
    {"_foreach_pow_.ScalarList", each_inplace<2, Promotion::kBoolToLong>},
    {"_foreach_powsum.Scalar", each_norm<true>},
    {"_foreach_reciprocal", each<1, kFloating>},
    {"_foreach_reciprocal_", each_inplace<1, kFloating>},
    {"_foreach_round", each<>},
    {"_foreach_round_", each_inplace<>},
    {"_foreach_rsqrt", each<1, kFloating>},
    {"_foreach_rsqrt_", each_inplace<1, kFloating>},
    {"_foreach_sigmoid", each<1, kFloating>},
    {"_foreach_sigmoid_", each_inplace<1, kFloating>},
    {"_foreach_sign", each<>},
    {"_foreach_sign_", each_inplace<>},
    {"_foreach_sin", each<1, kFloating>},
    {"_foreach_sin_", each_inplace<1, kFloating>},
    {"_foreach_sinh", each<1, kFloating>},
    {"_foreach_sinh_", each_inplace<1, kFloating>},
    {"_foreach_sqrt", each<1, kFloating>},
    {"_foreach_sqrt_", each_inplace<1, kFloating>},
    {"_foreach_sub.List", each<2>},
    {"_foreach_sub.Scalar", each<2>},
    {"_foreach_sub.ScalarList", each<2>},
    {"_foreach_sub_.List", each_inplace<2>},
    {"_foreach_sub_.Scalar", each_inplace<2>},
    {"_foreach_sub_.ScalarList", each_inplace<2>},
    {"_foreach_tan", each<1, kFloating>},
    {"_foreach_tan_", each_inplace<1, kFloating>},
    {"_foreach_tanh", each<1, kFloating>},
    {"_foreach_tanh_", each_inplace<1, kFloating>},
    {"_foreach_trunc", each<>},
    {"_foreach_trunc_", each_inplace<>},
    {"_foreach_zero", each_clone},
    {"_foreach_zero_", each_written},
};

}  // namespace

std::span<const OpRow> foreach_ops() { return kRows; }

}  // namespace retrace::ops
