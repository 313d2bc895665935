// SPDX-License-Identifier: Apache-2.0
// The shape environment that a saved program is loaded into (torch/_export/serde/serialize.py
// GraphModuleDeserializer): it has the recorded symbols, with no sources, and is told what the program asserts.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/expr/expr.h"
#include "core/shapes/value_range.h"

namespace retrace::shapes {

struct RecordedSymbol {
  expr::Expr symbol;
  std::optional<std::int64_t> hint;
  ValueRange range;
};

/// What the assertions, in their order, make of the symbols: those that are replaced, and by what.
expr::Substitution replaced_at_load(expr::Pool& pool, std::span<const RecordedSymbol> symbols,
                                    std::span<const expr::Expr> assertions);

}  // namespace retrace::shapes
