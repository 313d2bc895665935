// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_escape.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace retrace {
namespace {

void append_utf8(std::uint32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::optional<std::uint32_t> hex4(const char*& at, const char* end) {
  std::uint32_t code = 0;
  if (end - at < 4 || std::from_chars(at, at + 4, code, 16).ptr != at + 4) return std::nullopt;
  at += 4;
  return code;
}

/// What stands behind "\u", with the second half of a surrogate pair.
std::optional<std::uint32_t> code_point(const char*& at, const char* end) {
  const std::optional<std::uint32_t> first = hex4(at, end);
  if (!first || *first < 0xD800 || *first > 0xDFFF) return first;
  if (*first >= 0xDC00 || end - at < 2 || at[0] != '\\' || at[1] != 'u') return std::nullopt;
  at += 2;
  const std::optional<std::uint32_t> second = hex4(at, end);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return std::nullopt;
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

}  // namespace

bool unescape_json(const char*& at, const char* end, std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  if (at == end) return false;
  const char c = *at++;
  if (const std::size_t i = kNames.find(c); i != std::string_view::npos) return out += kMeanings[i], true;
  if (c != 'u') return false;
  const std::optional<std::uint32_t> code = code_point(at, end);
  if (code) append_utf8(*code, out);
  return code.has_value();
}

}  // namespace retrace
