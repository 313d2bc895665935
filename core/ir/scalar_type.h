// SPDX-License-Identifier: Apache-2.0
// Element types, layouts, memory formats and devices, numbered as torch/_export/serde/schema.py numbers them.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace retrace {

enum class ScalarType : std::uint8_t {
  kUnknown = 0,
  kByte = 1,
  kChar = 2,
  kShort = 3,
  kInt = 4,
  kLong = 5,
  kHalf = 6,
  kFloat = 7,
  kDouble = 8,
  kComplexHalf = 9,
  kComplexFloat = 10,
  kComplexDouble = 11,
  kBool = 12,
  kBFloat16 = 13,
  kUInt16 = 28,
  kFloat8E4M3FN = 29,
  kFloat8E5M2 = 30,
  kFloat8E4M3FNUZ = 31,
  kFloat8E5M2FNUZ = 32,
  kFloat8E8M0FNU = 33,
  kUInt32 = 34,
  kUInt64 = 35,
};
enum class Layout : std::uint8_t {
  kUnknown = 0,
  kSparseCoo = 1,
  kSparseCsr = 2,
  kSparseCsc = 3,
  kSparseBsr = 4,
  kSparseBsc = 5,
  kMkldnn = 6,
  kStrided = 7,
};
enum class MemoryFormat : std::uint8_t {
  kUnknown = 0,
  kContiguous = 1,
  kChannelsLast = 2,
  kChannelsLast3d = 3,
  kPreserve = 4
};

struct Device {
  std::string_view type = "cpu";  // lives in static storage or in a Program's arena
  std::optional<std::int64_t> index;
  bool operator==(const Device&) const = default;
};

bool is_floating(ScalarType t);
bool is_complex(ScalarType t);
bool is_integral(ScalarType t, bool include_bool);
inline bool is_bool(ScalarType t) { return t == ScalarType::kBool; }
std::int64_t item_size(ScalarType t);  // bytes
ScalarType to_complex(ScalarType t);   // corresponding complex dtype
ScalarType to_real(ScalarType t);      // value type of a complex dtype
/// torch.promote_types (c10/core/ScalarType.cpp).
ScalarType promote_types(ScalarType a, ScalarType b);
/// torch.can_cast.
bool can_cast(ScalarType from, ScalarType to);
/// "torch.float32" and ATen's word "Float".
std::string_view torch_name(ScalarType t);
std::string_view aten_name(ScalarType t);

}  // namespace retrace
