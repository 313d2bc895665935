// SPDX-License-Identifier: Apache-2.0
// Sizes that are affine in one symbol: what a derived Dim can say.
#pragma once
#include <cstdint>
#include <optional>

#include "core/expr/expr.h"

namespace retrace::bind {

/// scale * symbol + offset.
struct Affine {
  expr::Expr symbol = nullptr;
  std::int64_t scale = 1;
  std::int64_t offset = 0;
};

/// Absent: something else.
std::optional<Affine> affine(expr::Expr e);

}  // namespace retrace::bind
