// SPDX-License-Identifier: Apache-2.0
// Sets of signs and parities, as Node::signs and Node::parity hold them.
#pragma once
#include <cstdint>
#include <span>

#include "core/expr/expr.h"

namespace retrace::expr {

inline constexpr std::uint8_t kNeg = 1;
inline constexpr std::uint8_t kZero = 2;
inline constexpr std::uint8_t kPos = 4;
inline constexpr std::uint8_t kAnySign = 7;
inline constexpr std::uint8_t kEven = 1;
inline constexpr std::uint8_t kOdd = 2;
inline constexpr std::uint8_t kAnyParity = 3;

inline bool nonnegative(std::uint8_t signs) { return (signs & kNeg) == 0; }
inline bool nonpositive(std::uint8_t signs) { return (signs & kPos) == 0; }

/// What the signs of the terms say of their sum.
std::uint8_t sum_signs(std::span<const Expr> args);
/// What SymPy finds of constant + rest by _monotonic_sign; kAnySign: nothing.
std::uint8_t shifted_signs(const Node& add);

}  // namespace retrace::expr
