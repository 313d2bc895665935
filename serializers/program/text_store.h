// SPDX-License-Identifier: Apache-2.0
// Text of a program, each distinct one stored once: equal texts have equal data pointers.
#pragma once
#include <string_view>

#include "core/hash/text_table.h"

namespace retrace::serializers {

class TextStore {
 public:
  explicit TextStore(Arena& arena) : texts_(arena, kFirstSlots) {}
  std::string_view store(std::string_view text) { return text.empty() ? "" : texts_.at(text).text; }

 private:
  static constexpr std::size_t kFirstSlots = 1024;
  struct Nothing {};
  hash::TextTable<Nothing> texts_;
};

}  // namespace retrace::serializers
