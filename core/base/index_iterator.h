// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <iterator>

namespace retrace {

/// Walks whatever has elements by index: list[i].
template <typename List, typename T>
class IndexIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = const T*;
  using reference = const T&;

  IndexIterator() = default;
  IndexIterator(const List* list, std::size_t at) : list_(list), at_(at) {}
  reference operator*() const { return (*list_)[at_]; }
  pointer operator->() const { return &(*list_)[at_]; }
  IndexIterator& operator++() { return ++at_, *this; }
  IndexIterator operator++(int) { return {list_, at_++}; }
  bool operator==(const IndexIterator&) const = default;
  difference_type operator-(const IndexIterator& other) const {
    return static_cast<difference_type>(at_) - static_cast<difference_type>(other.at_);
  }

 private:
  const List* list_ = nullptr;
  std::size_t at_ = 0;
};

}  // namespace retrace
