// SPDX-License-Identifier: Apache-2.0
// Names of a graph's nodes as torch.fx gives them (fx.graph._Namespace).
#pragma once
#include <string>
#include <string_view>

#include "core/base/arena.h"
#include "core/hash/text_table.h"

namespace retrace::trace {

/// Gives each name once.
class Namespace {
 public:
  /// The candidate, with a number behind it where it is taken or Python's own: "slice" is "slice_1".
  std::string create(std::string_view candidate);

 private:
  struct Entry {
    bool is_met = false;
    bool is_reserved = false;
    bool is_used = false;
    int count = 0;  // the last number given to the name as a base
  };
  Entry& entry(std::string_view name);
  Arena arena_;
  hash::TextTable<Entry> names_{arena_, 64};
};

}  // namespace retrace::trace
