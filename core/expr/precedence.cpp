// SPDX-License-Identifier: Apache-2.0
#include "core/expr/precedence.h"

#include "core/expr/pool.h"

namespace retrace::expr {

namespace {

/// A product reads as a sum when its sign shows, unless a function that binds loosely is among its factors.
double mul_precedence(Expr e) {
  for (Expr a : e->args) {
    const bool function = a->kind >= Kind::kFloorDiv && !is_boolean(a->kind);
    if (function && precedence(a) < kMulLevel) return kMulLevel;
  }
  return could_extract_minus_sign(e) ? kAddLevel : kMulLevel;
}

}  // namespace

double precedence(Expr e) {
  switch (e->kind) {
    case Kind::kInteger:
    case Kind::kFloat:
      return number_is_negative(e) ? kAddLevel : kAtomLevel;
    case Kind::kRational:
      return number_is_negative(e) ? kAddLevel : kMulLevel;
    case Kind::kNegInfinity:
    case Kind::kAdd:
      return kAddLevel;
    case Kind::kMul:
      return mul_precedence(e);
    case Kind::kPow:
    case Kind::kFloatPow:
      return kPowLevel;
    case Kind::kFloorDiv:
    case Kind::kCleanDiv:
    case Kind::kMod:
    case Kind::kPythonMod:
    case Kind::kModularIndexing:
    case Kind::kFloatTrueDiv:
    case Kind::kIntTrueDiv:
    case Kind::kWhere:
      return kRelationLevel;
    case Kind::kPowByNatural:
      return kMulLevel;
    case Kind::kBitwiseAnd:
      return kBitwiseAndLevel;
    case Kind::kBitwiseOr:
      return kBitwiseOrLevel;
    case Kind::kBitwiseXor:
      return kBitwiseXorLevel;
    case Kind::kIdentity:
      return 10;
    case Kind::kEq:
    case Kind::kNe:
      return kMulLevel;
    case Kind::kLt:
    case Kind::kLe:
    case Kind::kGt:
    case Kind::kGe:
      return kRelationLevel;
    case Kind::kAnd:
      return kAndLevel;
    case Kind::kOr:
      return kOrLevel;
    case Kind::kNot:
      return kNotLevel;
    default:
      return e->kind > Kind::kMin ? kFunctionLevel : kAtomLevel;
  }
}

}  // namespace retrace::expr
