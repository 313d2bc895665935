// SPDX-License-Identifier: Apache-2.0
// Guards as Python text over input sources: ExportedProgram's guards_code.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/shapes/shape_env.h"

namespace retrace::shapes {

/// The text that stands for a symbol: its first source ("L['x'].size()[0]").
using SymbolText = std::function<std::string(expr::Expr symbol)>;

/// torch.utils._sympy.printers.PythonPrinter.
std::string python_code(expr::Expr e, const SymbolText& symbol_text);
/// The same with the environment's sources (ShapeGuardPythonPrinter).
std::string python_code(expr::Expr e, const ShapeEnv& env);
/// exported_program.py _convert_guards_to_code: all guards in order, without those on phantom Dims or on L['self'].
std::vector<std::string> guards_code(const ShapeEnv& env);

}  // namespace retrace::shapes
