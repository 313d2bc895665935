// SPDX-License-Identifier: Apache-2.0
// Text of a program, each distinct one stored once: equal texts have equal data pointers.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "core/base/arena.h"

namespace retrace::serializers {

class TextStore {
 public:
  explicit TextStore(Arena& arena) : arena_(arena), slots_(kFirstSlots) {}

  std::string_view store(std::string_view text) {
    if (text.empty()) return "";
    if ((used_ + 1) * 2 > slots_.size()) grow();
    std::string_view& slot = find(text);
    if (slot.empty()) {
      slot = arena_.store(text);
      ++used_;
    }
    return slot;
  }

 private:
  static constexpr std::size_t kFirstSlots = 1024;

  std::string_view& find(std::string_view text) {
    std::size_t i = std::hash<std::string_view>{}(text) & (slots_.size() - 1);
    while (!slots_[i].empty() && slots_[i] != text) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
  }
  void grow() {
    std::vector<std::string_view> old(slots_.size() * 2);
    old.swap(slots_);
    for (const std::string_view text : old)
      if (!text.empty()) find(text) = text;
  }

  Arena& arena_;
  std::vector<std::string_view> slots_;
  std::size_t used_ = 0;
};

}  // namespace retrace::serializers
