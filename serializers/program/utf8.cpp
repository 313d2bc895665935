// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/utf8.h"

#include <cstdint>
#include <cstring>

namespace retrace::serializers {
namespace {

/// Past the ASCII at `at`, or within eight bytes of its end.
const char* skip_ascii(const char* at, const char* end) {
  constexpr std::uint64_t kTops = 0x8080808080808080U;
  for (; end - at >= 32; at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, at, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & kTops) != 0) break;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

struct Lead {
  int tail;                   // bytes that follow; 0: no lead byte
  unsigned char least, most;  // of the first of them
};

Lead lead_of(unsigned char c) {
  if (c >= 0xC2 && c <= 0xDF) return {1, 0x80, 0xBF};
  if (c == 0xE0) return {2, 0xA0, 0xBF};
  if (c == 0xED) return {2, 0x80, 0x9F};
  if (c >= 0xE1 && c <= 0xEF) return {2, 0x80, 0xBF};
  if (c == 0xF0) return {3, 0x90, 0xBF};
  if (c >= 0xF1 && c <= 0xF3) return {3, 0x80, 0xBF};
  if (c == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Bytes of the character at `at`, which is not ASCII; 0: it is malformed.
int character(const char* at, const char* end) {
  const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
  const Lead lead = lead_of(byte(0));
  if (lead.tail == 0 || end - at <= lead.tail || byte(1) < lead.least || byte(1) > lead.most) return 0;
  for (int i = 2; i <= lead.tail; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return lead.tail + 1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  while ((at = skip_ascii(at, end)) != end) {
    const int bytes = character(at, end);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

}  // namespace retrace::serializers
