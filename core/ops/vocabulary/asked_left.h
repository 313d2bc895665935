// SPDX-License-Identifier: Apache-2.0
// Relations as c10::SymInt makes them.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// a == b. Of a number and a symbol C++ asks the left one, `Eq(4, u0)`, where Python asks the symbol (sym_eq).
inline SymBool sym_eq_asked_left(const SymInt& a, const SymInt& b) {
  if (!a.is_int() || b.is_int()) return sym_eq(a, b);
  expr::Pool& pool = *b.node()->pool;
  return SymBool(pool.make(expr::Kind::kEq, {a.expression(pool), b.node()}));
}

}  // namespace retrace::ops
