// SPDX-License-Identifier: Apache-2.0
// Operations on symbolic numbers: what SymNode's magic methods compute (torch/fx/experimental/sym_node.py).
#pragma once
#include <span>
#include <string_view>

#include "core/ops/value.h"
#include "core/shapes/shape_env.h"

namespace retrace::trace {

/// "_operator.mul", "torch.sym_max", "math.trunc", "torch._sym_sqrt", ...
bool is_symbolic_operation(std::string_view target);
/// A read of a size, or arithmetic on integers, that asks the shape environment nothing: a trace writes its result
/// where it is first needed, from whatever it knows it by.
bool only_computes(std::string_view target);

/// Does a mixed int and float operand pair promote the int by torch.sym_float first?
bool promotes_to_float(std::string_view target);

/// What a symbolic right operand is asked when the left one is plain: "_operator.gt" for "_operator.lt". Empty: Python
/// keeps the order of the two.
std::string_view reflected(std::string_view target);

/// The result; plain where all arguments are. A symbolic result may hold a constant expression only as plain value.
Value evaluate_symbolic(shapes::ShapeEnv& env, std::string_view target, std::span<const Value> args);

}  // namespace retrace::trace
