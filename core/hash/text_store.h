// SPDX-License-Identifier: Apache-2.0
// Texts, each distinct one stored once: equal texts have equal data pointers.
#pragma once
#include <string_view>

#include "core/hash/text_table.h"

namespace retrace::hash {

class TextStore {
 public:
  TextStore(Arena& arena, std::size_t slots) : texts_(arena, slots) {}
  std::string_view store(std::string_view text) { return text.empty() ? "" : texts_.at(text).text; }

 private:
  struct Nothing {};
  TextTable<Nothing> texts_;
};

}  // namespace retrace::hash
