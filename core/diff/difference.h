// SPDX-License-Identifier: Apache-2.0
// What differs between two programs: one entry a cause, most important first.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/identity/canonical.h"

namespace retrace::diff {

/// The finest level at which the entry still counts as a difference: an entry that only the exact level sees is a note.
using identity::Level;

struct Difference {
  std::string rule;  // stable name, see docs/findings.md: "order-changed", "dtype-changed", ...
  Level level = Level::kExact;
  std::string where_a;  // path in the first program: "graph.nodes[12] linear_3", "range_constraints[s77]"
  std::string where_b;
  std::string a;  // the two sides, readable
  std::string b;
  std::size_t count = 1;  // how many places show the same cause
};

struct Comparison {
  bool exact = false;
  bool dataflow = false;
  bool symbolic = false;
  std::vector<Difference> differences;
  /// Index of the first node that differs at level exact, in both programs (absent: nodes agree).
  std::optional<std::size_t> first_node;

  [[nodiscard]] bool equal_at(Level level) const {
    if (level == Level::kExact) return exact;
    return level == Level::kDataflow ? dataflow : symbolic;
  }
};

}  // namespace retrace::diff
