// SPDX-License-Identifier: Apache-2.0
#include "core/bind/dim_name.h"

#include <fmt/format.h>

#include "core/base/failure.h"

namespace retrace::bind {

std::string dim_name(const Dim& dim) {
  std::string name = dim.scale == 1 ? dim.root : fmt::format("{}*{}", dim.scale, dim.root);
  if (dim.offset > 0) name += fmt::format(" + {}", dim.offset);
  if (dim.offset < 0) name += fmt::format(" - {}", -dim.offset);
  return name;
}

DimRange dim_range(const Dim& dim, const DynamicSpec& spec) {
  const auto found = spec.dims.find(dim.root);
  const DimRange root = found == spec.dims.end() ? DimRange{} : found->second;
  DimRange range{dim.scale * root.min + dim.offset, std::nullopt};
  if (root.max) range.max = dim.scale * *root.max + dim.offset;
  if (range.min < 0)
    raise(ErrorType::kAssertionError,
          fmt::format("Expected derived min value of {} to be >= 0. Please specify an appropriate min value for {} "
                      "(currently {}).",
                      dim_name(dim), dim.root, root.min));
  return range;
}

}  // namespace retrace::bind
