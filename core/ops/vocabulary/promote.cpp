// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/promote.h"

#include <algorithm>
#include <optional>

#include "core/base/failure.h"

namespace retrace::ops {
namespace {

enum class Category : std::uint8_t { kBool, kInt, kFloat, kComplex };

Category category_of(ScalarType dtype) {
  if (is_complex(dtype)) return Category::kComplex;
  if (is_floating(dtype)) return Category::kFloat;
  return is_bool(dtype) ? Category::kBool : Category::kInt;
}

std::optional<Category> category_of(const Value& operand) {
  if (operand.holds<FakeTensor*>()) return category_of(operand.get<FakeTensor*>()->dtype);
  if (operand.holds<SymBool>()) return Category::kBool;
  if (operand.holds<SymInt>()) return Category::kInt;
  if (operand.holds<SymFloat>()) return Category::kFloat;
  if (operand.holds<std::pair<double, double>>()) return Category::kComplex;
  return std::nullopt;
}

/// _find_highest_dtype_filtered: tensors with dimensions win over zero-dim ones.
std::optional<ScalarType> highest_dtype(std::span<const Value> operands, Category category) {
  std::optional<ScalarType> zero_dim;
  std::optional<ScalarType> with_dims;
  for (const Value& operand : operands) {
    if (!operand.holds<FakeTensor*>()) continue;
    const FakeTensor& t = *operand.get<FakeTensor*>();
    ScalarType dtype = t.dtype;
    if (category == Category::kComplex && is_floating(dtype)) dtype = to_complex(dtype);
    if (category_of(dtype) != category) continue;
    std::optional<ScalarType>& highest = t.dim() == 0 ? zero_dim : with_dims;
    highest = highest ? promote_types(*highest, dtype) : dtype;
  }
  return with_dims ? with_dims : zero_dim;
}

ScalarType default_of(Category category) {
  switch (category) {
    case Category::kBool:
      return ScalarType::kBool;
    case Category::kInt:
      return ScalarType::kLong;
    case Category::kFloat:
      return kDefaultDtype;
    case Category::kComplex:
      return to_complex(kDefaultDtype);
  }
  throw Bug("unknown category of dtypes");
}

}  // namespace

Dtypes elementwise_dtypes(std::span<const Value> operands, Promotion kind) {
  Category highest = Category::kBool;
  for (const Value& operand : operands) {
    if (const auto category = category_of(operand)) highest = std::max(highest, *category);
  }
  ScalarType dtype = highest_dtype(operands, highest).value_or(default_of(highest));
  if (highest == Category::kBool) dtype = ScalarType::kBool;
  const ScalarType result = apply_promotion(dtype, kind);
  if (kind == Promotion::kNoOpmath) return {result, result};
  const bool widened = kind == Promotion::kIntToFloat || kind == Promotion::kBoolToLong;
  return {computation_dtype(widened ? result : dtype), result};
}

ScalarType computation_dtype(ScalarType dtype) {
  if (dtype == ScalarType::kHalf || dtype == ScalarType::kBFloat16) return ScalarType::kFloat;
  return dtype == ScalarType::kComplexHalf ? ScalarType::kComplexFloat : dtype;
}

ScalarType apply_promotion(ScalarType dtype, Promotion kind) {
  switch (kind) {
    case Promotion::kDefault:
    case Promotion::kNoOpmath:
      return dtype;
    case Promotion::kIntToFloat:
      return is_integral(dtype, true) ? kDefaultDtype : dtype;
    case Promotion::kAlwaysBool:
      return ScalarType::kBool;
    case Promotion::kComplexToFloat:
      return to_real(dtype);
    case Promotion::kBoolToLong:
      return is_bool(dtype) ? ScalarType::kLong : dtype;
  }
  throw Bug("unknown kind of promotion");
}

ScalarType number_dtype(const Value& number) {
  const auto category = category_of(number);
  if (!category) throw Bug("not a number");
  return default_of(*category);
}

std::string_view cpp_name(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::kByte:
      return "unsigned char";
    case ScalarType::kChar:
      return "signed char";
    case ScalarType::kShort:
      return "short int";
    case ScalarType::kInt:
      return "int";
    case ScalarType::kLong:
      return "long int";
    case ScalarType::kHalf:
      return "c10::Half";
    case ScalarType::kFloat:
      return "float";
    case ScalarType::kDouble:
      return "double";
    case ScalarType::kComplexHalf:
      return "c10::complex<c10::Half>";
    case ScalarType::kComplexFloat:
      return "c10::complex<float>";
    case ScalarType::kComplexDouble:
      return "c10::complex<double>";
    case ScalarType::kBool:
      return "bool";
    case ScalarType::kBFloat16:
      return "c10::BFloat16";
    default:
      return aten_name(dtype);
  }
}

bool is_number(const Value& value) { return category_of(value).has_value() && !value.holds<FakeTensor*>(); }

Scalar as_scalar(const Value& value) {
  if (value.holds<SymBool>()) return {value.get<SymBool>()};
  if (value.holds<SymInt>()) return {value.get<SymInt>()};
  if (value.holds<SymFloat>()) return {value.get<SymFloat>()};
  if (value.holds<std::pair<double, double>>()) return {value.get<std::pair<double, double>>()};
  throw Bug("not a number");
}

}  // namespace retrace::ops
