// SPDX-License-Identifier: Apache-2.0
// Bytes that live as long as their program: names and other text are views into it.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace retrace {

class Arena {
 public:
  /// A copy of `text` that lives as long as the arena.
  std::string_view store(std::string_view text) {
    if (text.size() > left_) grow(text.size());
    char* at = next_;
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    return {at, text.size()};
  }

 private:
  /// Blocks double, so that a few names take little room.
  void grow(std::size_t need) {
    constexpr std::size_t kLargest = std::size_t{1} << 16;
    left_ = std::max(need, block_);
    block_ = std::min(block_ * 2, kLargest);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    next_ = blocks_.back().get();
  }
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t block_ = std::size_t{1} << 10;
};

}  // namespace retrace
