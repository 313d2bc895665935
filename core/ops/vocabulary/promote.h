// SPDX-License-Identifier: Apache-2.0
// Type promotion: the result dtype of an operation over tensors and numbers (torch/_prims_common elementwise_dtypes,
// ATen/native/TypeProperties.cpp result_type).
//
// Tensors with dimensions win over zero-dim tensors, which win over numbers, within the highest of the
// categories bool < integer < floating < complex.
#pragma once
#include <initializer_list>
#include <span>

#include "core/ops/value.h"

namespace retrace::ops {

/// ELEMENTWISE_TYPE_PROMOTION_KIND.
enum class Promotion : std::uint8_t { kDefault, kNoOpmath, kIntToFloat, kAlwaysBool, kComplexToFloat, kBoolToLong };

struct Dtypes {
  ScalarType computation;
  ScalarType result;
};

/// torch.get_default_dtype().
inline constexpr ScalarType kDefaultDtype = ScalarType::kFloat;

/// Operands are tensors and plain or symbolic numbers; None is skipped.
Dtypes elementwise_dtypes(std::span<const Value> operands, Promotion kind = Promotion::kDefault);
inline Dtypes elementwise_dtypes(std::initializer_list<Value> operands, Promotion kind = Promotion::kDefault) {
  return elementwise_dtypes(std::span(operands.begin(), operands.size()), kind);
}
/// torch.result_type.
inline ScalarType result_type(std::initializer_list<Value> operands) { return elementwise_dtypes(operands).result; }

/// get_computation_dtype: half and bfloat16 compute in float32.
ScalarType computation_dtype(ScalarType dtype);
/// What a dtype becomes in a result of `kind`.
ScalarType apply_promotion(ScalarType dtype, Promotion kind);
/// The dtype a Python number stands for (type_to_dtype of its type).
ScalarType number_dtype(const Value& number);
/// caffe2::TypeMeta's name of a dtype, which ATen's messages hold: "long int", "c10::Half".
std::string_view cpp_name(ScalarType dtype);
/// Is the value a number (bool, int, float, complex; plain or symbolic)?
bool is_number(const Value& value);
/// The Python scalar of a Value that is one.
Scalar as_scalar(const Value& value);

}  // namespace retrace::ops
