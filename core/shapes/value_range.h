// SPDX-License-Identifier: Apache-2.0
// Interval of an integer, float or boolean expression (torch.utils._sympy.value_ranges).
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include "core/expr/expr.h"

namespace retrace::shapes {

/// Integer bounds; kOo and kNegOo stand for int_oo and -int_oo. Saturating.
inline constexpr std::int64_t kOo = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kNegOo = std::numeric_limits<std::int64_t>::min();

struct ValueRange {
  std::int64_t lower = kNegOo;
  std::int64_t upper = kOo;
  [[nodiscard]] bool is_singleton() const { return lower == upper; }
  [[nodiscard]] bool contains(std::int64_t v) const { return lower <= v && v <= upper; }
  bool operator==(const ValueRange&) const = default;
};
ValueRange intersect(const ValueRange& a, const ValueRange& b);

}  // namespace retrace::shapes
