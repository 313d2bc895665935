// SPDX-License-Identifier: Apache-2.0
// Characters of names, whatever the locale.
#pragma once
#include <array>
#include <string_view>

namespace retrace {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_alphanumeric(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
/// Of a Python name; looked up, because every name of a graph is looked through.
inline bool is_word(char c) {
  static constexpr std::array<bool, 256> kWord = [] {
    std::array<bool, 256> word{};
    for (const char w : std::string_view("0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
      word[static_cast<unsigned char>(w)] = true;
    return word;
  }();
  return kWord[static_cast<unsigned char>(c)];
}
inline char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace retrace
