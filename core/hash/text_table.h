// SPDX-License-Identifier: Apache-2.0
// Values by text, each text stored once. An entry stays where it is made. Open addressing; the hash stands in the slot,
// so that a search looks at no other text than the one it finds.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/blocks.h"
#include "core/hash/text_hash.h"

namespace retrace::hash {

template <typename T>
class TextTable {
 public:
  struct Entry {
    std::string_view text;  // the arena's copy
    T value{};
  };

  /// `slots`: a power of two; the table grows by itself.
  TextTable(Arena& arena, std::size_t slots) : arena_(arena), slots_(slots) {}

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Null: none.
  [[nodiscard]] const Entry* find(std::string_view text) const { return slots_[place(text, hash_of(text))].entry; }
  /// The text's entry, made here if there is none.
  Entry& at(std::string_view text) {
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint32_t hash = hash_of(text);
    Slot& slot = slots_[place(text, hash)];
    if (slot.entry == nullptr) {
      slot = {&entries_.add(), hash};
      slot.entry->text = arena_.store(text);
    }
    return *slot.entry;
  }

 private:
  struct Slot {
    Entry* entry = nullptr;  // null: free
    std::uint32_t hash = 0;
  };

  static std::uint32_t hash_of(std::string_view text) { return static_cast<std::uint32_t>(text_hash(text)); }
  /// Where the text is, or would be.
  [[nodiscard]] std::size_t place(std::string_view text, std::uint32_t hash) const {
    std::size_t i = hash & (slots_.size() - 1);
    while (slots_[i].entry != nullptr && (slots_[i].hash != hash || slots_[i].entry->text != text))
      i = (i + 1) & (slots_.size() - 1);
    return i;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.entry == nullptr) continue;
      std::size_t i = slot.hash & (slots_.size() - 1);
      while (slots_[i].entry != nullptr) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = slot;
    }
  }

  Arena& arena_;
  std::vector<Slot> slots_;
  Blocks<Entry> entries_;
};

}  // namespace retrace::hash
