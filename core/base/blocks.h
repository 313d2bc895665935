// SPDX-License-Identifier: Apache-2.0
// Objects that stay where they are made, many to an allocation.
#pragma once
#include <cstddef>
#include <vector>

namespace retrace {

template <typename T>
class Blocks {
 public:
  T& add() {
    if (size_ % kBlock == 0) blocks_.emplace_back().reserve(kBlock);
    ++size_;
    return blocks_.back().emplace_back();
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (std::vector<T>& block : blocks_)
      for (T& object : block) visit(object);
  }

 private:
  static constexpr std::size_t kBlock = 32;
  std::vector<std::vector<T>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace retrace
