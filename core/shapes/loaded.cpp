// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/loaded.h"

#include "core/shapes/state.h"

namespace retrace::shapes {

expr::Substitution replaced_at_load(expr::Pool& pool, std::span<const RecordedSymbol> symbols,
                                    std::span<const expr::Expr> assertions) {
  ShapeEnv::State state(pool);
  for (const RecordedSymbol& recorded : symbols) {
    state.set_range(recorded.symbol, Interval(recorded.range));
    if (!recorded.hint) continue;
    state.backed.push_back(recorded.symbol);
    state.hints.emplace(recorded.symbol, pool.integer(*recorded.hint));
  }
  for (const expr::Expr assertion : assertions) state.guard_or_defer_runtime_assert(state.replace(assertion), {});
  expr::Substitution out;
  for (const RecordedSymbol& recorded : symbols) {
    const expr::Expr by = state.replace(recorded.symbol);
    if (by != recorded.symbol) out.emplace_back(recorded.symbol, by);
  }
  return out;
}

}  // namespace retrace::shapes
