// SPDX-License-Identifier: Apache-2.0
// Visits what an Argument names. Higher-order operators' sub-graphs are not entered.
#pragma once
#include "core/ir/program.h"

namespace retrace::ir {

/// Calls visit(ValueId) for each value slot of `arg`, in order; kNoValue for a slot that names none (a None in
/// a list, a plain number where a symbolic one may stand).
template <typename Visit>
void for_each_slot(const Argument& arg, Visit&& visit) {
  std::visit(
      [&](const auto& payload) {
        using T = std::decay_t<decltype(payload)>;
        if constexpr (std::is_same_v<T, ValueId>) {
          visit(payload);
        } else if constexpr (std::is_same_v<T, std::vector<ValueId>>) {
          for (const ValueId id : payload) visit(id);
        } else if constexpr (std::is_same_v<T, SymArg<std::int64_t>> || std::is_same_v<T, SymArg<bool>> ||
                             std::is_same_v<T, SymArg<double>> || std::is_same_v<T, CustomObjArg>) {
          visit(payload.id);
        } else if constexpr (std::is_same_v<T, std::vector<SymArg<std::int64_t>>> ||
                             std::is_same_v<T, std::vector<SymArg<bool>>> ||
                             std::is_same_v<T, std::vector<SymArg<double>>>) {
          for (const auto& element : payload) visit(element.id);
        }
      },
      arg.payload);
}

}  // namespace retrace::ir
