// SPDX-License-Identifier: Apache-2.0
// A list whose copies share their elements, block by block, until one of them writes: a program made from another by
// a few changes costs those changes. Growing moves no more than one block. What reads gets const elements; who writes
// says so (`edit`).
#pragma once
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/index_iterator.h"

namespace retrace {

template <typename T>
class SharedList {
 public:
  using value_type = T;

  using const_iterator = IndexIterator<SharedList, T>;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return (*blocks_[i / kBlock])[i % kBlock]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }
  [[nodiscard]] const_iterator begin() const { return {this, 0}; }
  [[nodiscard]] const_iterator end() const { return {this, size_}; }

  /// Are they copies that neither wrote to?
  [[nodiscard]] bool shares(const SharedList& other) const { return size_ == other.size_ && blocks_ == other.blocks_; }
  /// The element, this list's own from now on.
  T& edit(std::size_t i) { return own(i / kBlock)[i % kBlock]; }

  T& push_back(T value) {
    if (size_ % kBlock == 0) {
      blocks_.push_back(std::make_shared<Block>());
      if (size_ != 0) blocks_.back()->reserve(kBlock);
    }
    Block& last = own(size_++ / kBlock);
    last.push_back(std::move(value));
    return last.back();
  }
  void pop_back() {
    own(--size_ / kBlock).pop_back();
    if (size_ % kBlock == 0) blocks_.pop_back();
  }

 private:
  using Block = std::vector<T>;
  static constexpr std::size_t kBlock = 64;

  Block& own(std::size_t block) {
    std::shared_ptr<Block>& at = blocks_[block];
    if (at.use_count() > 1) at = std::make_shared<Block>(*at);
    return *at;
  }

  std::vector<std::shared_ptr<Block>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace retrace
