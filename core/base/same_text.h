// SPDX-License-Identifier: Apache-2.0
// Equality of short texts, which names of arguments and fields are, without a call of memcmp for each.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace retrace {

namespace same_text_detail {

template <typename Word>
bool same_ends(const char* a, const char* b, std::size_t size) {
  Word a_first = 0, a_last = 0, b_first = 0, b_last = 0;
  std::memcpy(&a_first, a, sizeof a_first);
  std::memcpy(&b_first, b, sizeof b_first);
  std::memcpy(&a_last, a + size - sizeof a_last, sizeof a_last);
  std::memcpy(&b_last, b + size - sizeof b_last, sizeof b_last);
  return a_first == b_first && a_last == b_last;
}

}  // namespace same_text_detail

inline bool same_text(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size > 16) return std::memcmp(a.data(), b.data(), size) == 0;
  if (size >= 8) return same_text_detail::same_ends<std::uint64_t>(a.data(), b.data(), size);
  if (size >= 4) return same_text_detail::same_ends<std::uint32_t>(a.data(), b.data(), size);
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return false;
  return true;
}

}  // namespace retrace
