// SPDX-License-Identifier: Apache-2.0
// What an environment knew at one moment (ShapeEnv::mark), and which questions it was asked after it.
#pragma once
#include "core/shapes/cache.h"
#include "core/shapes/state.h"

namespace retrace::shapes {

struct Knowledge {
  Facts facts;
  Asked<expr::Expr> replaced;
  Asked<expr::Expr> simplified;
  Asked<expr::Expr> known_statically;
  Asked<expr::Expr> evaluated;
  Asked<bool> related;
  Asked<bool> asserted;
  bool replaces_later = false;  // a symbol was replaced after the mark
};

}  // namespace retrace::shapes
