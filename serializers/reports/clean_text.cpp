// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/clean_text.h"

#include <algorithm>
#include <cstdint>

namespace retrace::serializers {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// Bytes of the character at `i`; 0: it is none that XML 1.0 takes.
std::size_t character(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - i < size) return 0;
  std::uint32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t k = 1; k < size; ++k) {
    const unsigned next = byte_at(text, i + k);
    if ((next & 0xC0U) != 0x80U) return 0;
    code = code << 6U | (next & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[size] || code > 0x10FFFF || surrogate || code == 0xFFFE || code == 0xFFFF) return 0;
  return size;
}

/// A terminal acts on it rather than show it: the control characters that XML takes, but for the tab and the line feed.
bool moves_terminal(std::string_view character) {
  return character == "\r" || character == "\x7F" || (character[0] == '\xC2' && byte_at(character, 1) < 0xA0);
}

/// With U+FFFD for what is no character, and for characters that are unwanted.
template <typename Unwanted>
std::string replaced(std::string_view text, Unwanted unwanted) {
  std::string out;
  out.reserve(text.size());
  std::size_t from = 0;  // what lies behind it is to be taken as it is
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character(text, i);
    const std::size_t next = i + std::max<std::size_t>(size, 1);
    if (size == 0 || unwanted(text.substr(i, size))) {
      out.append(text, from, i - from).append(kReplacement);
      from = next;
    }
    i = next;
  }
  return out.append(text, from);
}

std::string escaped(std::string_view text, bool attribute) {
  std::string out;
  for (const char c : clean_text(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\n':
        out += attribute ? "&#10;" : "\n";
        break;
      case '\t':
        out += attribute ? "&#9;" : "\t";
        break;
      default:
        out += c;
    }
  return out;
}

}  // namespace

std::string clean_text(std::string_view text) {
  return replaced(text, [](std::string_view) { return false; });
}

std::string terminal_text(std::string_view text) { return replaced(text, moves_terminal); }

std::string terminal_line(std::string_view text) {
  return replaced(text, [](std::string_view c) { return c == "\n" || moves_terminal(c); });
}

std::string xml_text(std::string_view text) { return escaped(text, false); }
std::string xml_attribute(std::string_view text) { return escaped(text, true); }

std::string cut_text(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit > 3 ? limit - 3 : 0;
  while (end > 0 && (byte_at(text, end) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace retrace::serializers
