// SPDX-License-Identifier: Apache-2.0
// The text of one dimension in a spec.
#pragma once
#include <optional>
#include <string_view>

#include "core/bind/dynamic_spec.h"

namespace retrace::serializers {

/// "batch", "dx + 1", "2*dz - 1": an affine expression of one name with whole coefficients and scale > 0.
std::optional<bind::Dim> parse_dim(std::string_view text);

/// "2..64", "2..", "..64".
std::optional<bind::DimRange> parse_dim_range(std::string_view text, std::int64_t lowest);

}  // namespace retrace::serializers
