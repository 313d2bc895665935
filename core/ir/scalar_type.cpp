// SPDX-License-Identifier: Apache-2.0
#include "core/ir/scalar_type.h"

#include <array>

namespace retrace {
namespace {

enum class Category : std::uint8_t { kBool, kUnsigned, kSigned, kFloat8, kFloat, kComplex };

struct Info {
  ScalarType type;
  Category category;
  std::int8_t size;
  std::string_view torch_name;
  std::string_view aten_name;
};

constexpr Info kTypes[] = {
    {ScalarType::kByte, Category::kUnsigned, 1, "torch.uint8", "Byte"},
    {ScalarType::kChar, Category::kSigned, 1, "torch.int8", "Char"},
    {ScalarType::kShort, Category::kSigned, 2, "torch.int16", "Short"},
    {ScalarType::kInt, Category::kSigned, 4, "torch.int32", "Int"},
    {ScalarType::kLong, Category::kSigned, 8, "torch.int64", "Long"},
    {ScalarType::kHalf, Category::kFloat, 2, "torch.float16", "Half"},
    {ScalarType::kFloat, Category::kFloat, 4, "torch.float32", "Float"},
    {ScalarType::kDouble, Category::kFloat, 8, "torch.float64", "Double"},
    {ScalarType::kComplexHalf, Category::kComplex, 4, "torch.complex32", "ComplexHalf"},
    {ScalarType::kComplexFloat, Category::kComplex, 8, "torch.complex64", "ComplexFloat"},
    {ScalarType::kComplexDouble, Category::kComplex, 16, "torch.complex128", "ComplexDouble"},
    {ScalarType::kBool, Category::kBool, 1, "torch.bool", "Bool"},
    {ScalarType::kBFloat16, Category::kFloat, 2, "torch.bfloat16", "BFloat16"},
    {ScalarType::kUInt16, Category::kUnsigned, 2, "torch.uint16", "UInt16"},
    {ScalarType::kFloat8E4M3FN, Category::kFloat8, 1, "torch.float8_e4m3fn", "Float8_e4m3fn"},
    {ScalarType::kFloat8E5M2, Category::kFloat8, 1, "torch.float8_e5m2", "Float8_e5m2"},
    {ScalarType::kFloat8E4M3FNUZ, Category::kFloat8, 1, "torch.float8_e4m3fnuz", "Float8_e4m3fnuz"},
    {ScalarType::kFloat8E5M2FNUZ, Category::kFloat8, 1, "torch.float8_e5m2fnuz", "Float8_e5m2fnuz"},
    {ScalarType::kUInt32, Category::kUnsigned, 4, "torch.uint32", "UInt32"},
    {ScalarType::kUInt64, Category::kUnsigned, 8, "torch.uint64", "UInt64"},
    {ScalarType::kFloat8E8M0FNU, Category::kFloat8, 1, "torch.float8_e8m0fnu", "Float8_e8m0fnu"},
};

constexpr Info kUnknownType = {ScalarType::kUnknown, Category::kBool, 1, "torch.undefined", "Undefined"};

const Info& info(ScalarType type) {
  for (const Info& row : kTypes) {
    if (row.type == type) return row;
  }
  return kUnknownType;
}

/// The wider of two integers of unlike signedness: the smallest signed type that holds both, as far as there is one.
ScalarType promote_integers(const Info& a, const Info& b) {
  if (a.category == b.category) return a.size >= b.size ? a.type : b.type;
  const Info& with_sign = a.category == Category::kSigned ? a : b;
  const Info& without = a.category == Category::kSigned ? b : a;
  if (with_sign.size > without.size) return with_sign.type;
  switch (without.size) {
    case 1:
      return ScalarType::kShort;
    case 2:
      return ScalarType::kInt;
    default:
      return ScalarType::kLong;
  }
}

ScalarType promote_floats(const Info& a, const Info& b) {
  if (a.category == Category::kFloat8 || b.category == Category::kFloat8) {
    return a.category == Category::kFloat8 ? b.type : a.type;
  }
  if (a.size == b.size) return ScalarType::kFloat;  // half with bfloat16
  return a.size > b.size ? a.type : b.type;
}

}  // namespace

bool is_floating(ScalarType t) {
  const Category category = info(t).category;
  return category == Category::kFloat || category == Category::kFloat8;
}
bool is_complex(ScalarType t) { return info(t).category == Category::kComplex; }
bool is_integral(ScalarType t, bool include_bool) {
  const Info& row = info(t);
  if (row.type == ScalarType::kUnknown) return false;
  return row.category == Category::kUnsigned || row.category == Category::kSigned ||
         (include_bool && row.category == Category::kBool);
}
std::int64_t item_size(ScalarType t) { return info(t).size; }

ScalarType to_complex(ScalarType t) {
  switch (t) {
    case ScalarType::kHalf:
    case ScalarType::kComplexHalf:
      return ScalarType::kComplexHalf;
    case ScalarType::kDouble:
    case ScalarType::kComplexDouble:
      return ScalarType::kComplexDouble;
    default:
      return ScalarType::kComplexFloat;
  }
}

ScalarType to_real(ScalarType t) {
  switch (t) {
    case ScalarType::kComplexHalf:
      return ScalarType::kHalf;
    case ScalarType::kComplexFloat:
      return ScalarType::kFloat;
    case ScalarType::kComplexDouble:
      return ScalarType::kDouble;
    default:
      return t;
  }
}

ScalarType promote_types(ScalarType a, ScalarType b) {
  if (a == b) return a;
  const Info& first = info(a);
  const Info& second = info(b);
  if (first.category == Category::kBool) return b;
  if (second.category == Category::kBool) return a;
  if (is_complex(a) || is_complex(b)) {
    if (!is_complex(a) && !is_floating(a)) return b;
    if (!is_complex(b) && !is_floating(b)) return a;
    return promote_types(to_real(a), to_real(b)) == to_real(a) && is_complex(a)
               ? a
               : to_complex(promote_types(to_real(a), to_real(b)));
  }
  if (is_floating(a) != is_floating(b)) return is_floating(a) ? a : b;
  return is_floating(a) ? promote_floats(first, second) : promote_integers(first, second);
}

bool can_cast(ScalarType from, ScalarType to) {
  if (is_complex(from) && !is_complex(to)) return false;
  if (is_floating(from) && is_integral(to, true)) return false;
  return from == ScalarType::kBool || to != ScalarType::kBool;
}

std::string_view torch_name(ScalarType t) { return info(t).torch_name; }
std::string_view aten_name(ScalarType t) { return info(t).aten_name; }

}  // namespace retrace
