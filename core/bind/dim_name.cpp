// SPDX-License-Identifier: Apache-2.0
#include "core/bind/dim_name.h"

#include <fmt/format.h>

#include <limits>

#include "core/base/failure.h"

namespace retrace::bind {

std::string dim_name(const Dim& dim) {
  std::string name = dim.scale == 1 ? dim.root : fmt::format("{}*{}", dim.scale, dim.root);
  if (dim.offset > 0) name += fmt::format(" + {}", dim.offset);
  if (dim.offset < 0) name += fmt::format(" - {}", -dim.offset);
  return name;
}

void check_dims(const DynamicSpec& spec) {
  for (const auto& [name, range] : spec.dims)
    if (range.max && *range.max <= range.min)
      raise(ErrorType::kAssertionError,
            fmt::format("Cannot create Dim with inconsistent min={}, max={}", range.min, *range.max));
}

namespace {

/// The root's bound, mapped; absent: 64 bits do not hold it.
std::optional<std::int64_t> mapped(const Dim& dim, std::int64_t bound) {
  std::int64_t out = 0;
  if (__builtin_mul_overflow(dim.scale, bound, &out) || __builtin_add_overflow(out, dim.offset, &out))
    return std::nullopt;
  return out;
}

[[noreturn]] void refuse(const Dim& dim, std::string_view which, std::string_view limit, std::int64_t bound) {
  raise(ErrorType::kAssertionError,
        fmt::format("Expected derived {0} value of {1} to be {2}. Please specify an appropriate {0} value for {3} "
                    "(currently {4}).",
                    which, dim_name(dim), limit, dim.root, bound));
}

}  // namespace

DimRange dim_range(const Dim& dim, const DynamicSpec& spec) {
  const auto found = spec.dims.find(dim.root);
  const DimRange root = found == spec.dims.end() ? DimRange{} : found->second;
  if (!is_derived(dim)) return root;
  const std::optional<std::int64_t> min = mapped(dim, root.min);
  if (min.value_or(root.min) < 0) refuse(dim, "min", ">= 0", root.min);
  if (!root.max) return {min.value_or(root.min), std::nullopt};
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() - 1;
  const std::optional<std::int64_t> max = mapped(dim, *root.max);
  if (!max || *max > kMost) refuse(dim, "max", fmt::format("<= {}", kMost), *root.max);
  return {min.value_or(root.min), max};
}

}  // namespace retrace::bind
