// SPDX-License-Identifier: Apache-2.0
// SymPy's class names, by kind and back.
#include "core/expr/names.h"

#include <utility>

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

// One name a kind, in the order of Kind; the numbers and symbols are printed by their own rules.
constexpr std::pair<Kind, std::string_view> kNames[] = {
    {Kind::kInteger, "Integer"},
    {Kind::kRational, "Rational"},
    {Kind::kFloat, "Float"},
    {Kind::kIntInfinity, "IntInfinity"},
    {Kind::kNegIntInfinity, "NegativeIntInfinity"},
    {Kind::kInfinity, "Infinity"},
    {Kind::kNegInfinity, "NegativeInfinity"},
    {Kind::kNaN, "NaN"},
    {Kind::kSymbol, "Symbol"},
    {Kind::kTrue, "BooleanTrue"},
    {Kind::kFalse, "BooleanFalse"},
    {Kind::kAdd, "Add"},
    {Kind::kMul, "Mul"},
    {Kind::kPow, "Pow"},
    {Kind::kMax, "Max"},
    {Kind::kMin, "Min"},
    {Kind::kFloorDiv, "FloorDiv"},
    {Kind::kMod, "Mod"},
    {Kind::kPythonMod, "PythonMod"},
    {Kind::kCleanDiv, "CleanDiv"},
    {Kind::kCeilDiv, "CeilDiv"},
    {Kind::kModularIndexing, "ModularIndexing"},
    {Kind::kPowByNatural, "PowByNatural"},
    {Kind::kLShift, "LShift"},
    {Kind::kRShift, "RShift"},
    {Kind::kBitwiseAnd, "BitwiseFn_bitwise_and"},
    {Kind::kBitwiseOr, "BitwiseFn_bitwise_or"},
    {Kind::kBitwiseXor, "BitwiseFn_bitwise_xor"},
    {Kind::kToFloat, "ToFloat"},
    {Kind::kFloatTrueDiv, "FloatTrueDiv"},
    {Kind::kIntTrueDiv, "IntTrueDiv"},
    {Kind::kFloatPow, "FloatPow"},
    {Kind::kTruncToInt, "TruncToInt"},
    {Kind::kTruncToFloat, "TruncToFloat"},
    {Kind::kCeilToInt, "CeilToInt"},
    {Kind::kFloorToInt, "FloorToInt"},
    {Kind::kRoundToInt, "RoundToInt"},
    {Kind::kRoundDecimal, "RoundDecimal"},
    {Kind::kOpaqueUnary, "OpaqueUnaryFn"},
    {Kind::kWhere, "Where"},
    {Kind::kPiecewise, "Piecewise"},
    {Kind::kIdentity, "Identity"},
    {Kind::kIsNonOverlappingAndDense, "IsNonOverlappingAndDenseIndicator"},
    {Kind::kEq, "Equality"},
    {Kind::kNe, "Unequality"},
    {Kind::kLt, "StrictLessThan"},
    {Kind::kLe, "LessThan"},
    {Kind::kGt, "StrictGreaterThan"},
    {Kind::kGe, "GreaterThan"},
    {Kind::kAnd, "And"},
    {Kind::kOr, "Or"},
    {Kind::kNot, "Not"},
};

constexpr std::pair<Kind, std::string_view> kAliases[] = {
    {Kind::kEq, "Eq"}, {Kind::kNe, "Ne"}, {Kind::kLt, "Lt"}, {Kind::kLe, "Le"}, {Kind::kGt, "Gt"}, {Kind::kGe, "Ge"},
};

constexpr bool in_order_of_kinds() {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (static_cast<std::size_t>(kNames[i].first) != i) return false;
  }
  return std::size(kNames) == static_cast<std::size_t>(Kind::kNot) + 1;
}
static_assert(in_order_of_kinds());

}  // namespace

std::string_view kind_name(Kind kind) { return kNames[static_cast<std::size_t>(kind)].second; }

std::string class_name(Expr e) {
  std::string name(kind_name(e->kind));
  if (e->kind == Kind::kOpaqueUnary) name.append("_").append(e->name);
  return name;
}

std::optional<Kind> kind_of_function(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name && kind >= Kind::kAdd && kind != Kind::kOpaqueUnary) return kind;
  }
  for (const auto& [kind, known] : kAliases) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

}  // namespace retrace::expr
