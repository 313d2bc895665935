// SPDX-License-Identifier: Apache-2.0
// How tightly each kind of expression binds where it is printed: sympy.printing.precedence, with the values that
// torch.utils._sympy.functions give their classes.
#pragma once
#include "core/expr/expr.h"

namespace retrace::expr {

inline constexpr double kOrLevel = 20;
inline constexpr double kAndLevel = 30;
inline constexpr double kRelationLevel = 35;
inline constexpr double kBitwiseOrLevel = 36;
inline constexpr double kBitwiseXorLevel = 37;
inline constexpr double kBitwiseAndLevel = 38;
inline constexpr double kAddLevel = 40;
inline constexpr double kMulLevel = 50;
inline constexpr double kPowLevel = 60;
inline constexpr double kFunctionLevel = 70;
inline constexpr double kNotLevel = 100;
inline constexpr double kAtomLevel = 1000;

double precedence(Expr e);

}  // namespace retrace::expr
