// SPDX-License-Identifier: Apache-2.0
// Text of a program, each distinct one stored once: equal texts have equal data pointers.
#pragma once
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/hash/text_hash.h"

namespace retrace::serializers {

class TextStore {
 public:
  explicit TextStore(Arena& arena) : arena_(arena), slots_(kFirstSlots) {}

  std::string_view store(std::string_view text) {
    if (text.empty()) return "";
    if ((used_ + 1) * 2 > slots_.size()) grow();
    const auto hash = static_cast<std::uint32_t>(hash::text_hash(text));
    std::size_t i = hash & (slots_.size() - 1);
    while (slots_[i].size != 0 && !slots_[i].holds(text, hash)) i = (i + 1) & (slots_.size() - 1);
    if (slots_[i].size == 0) {
      slots_[i] = {arena_.store(text).data(), text.size(), hash};
      ++used_;
    }
    return {slots_[i].at, slots_[i].size};
  }

 private:
  static constexpr std::size_t kFirstSlots = 1024;

  /// The hash stands beside the text's place, so that a search looks at no other text than the one it finds.
  struct Slot {
    const char* at = nullptr;
    std::size_t size = 0;  // 0: free
    std::uint32_t hash = 0;
    [[nodiscard]] bool holds(std::string_view text, std::uint32_t of_text) const {
      return hash == of_text && std::string_view(at, size) == text;
    }
  };

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.size == 0) continue;
      std::size_t i = slot.hash & (slots_.size() - 1);
      while (slots_[i].size != 0) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = slot;
    }
  }

  Arena& arena_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace retrace::serializers
