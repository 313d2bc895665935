// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace retrace::serializers {
namespace {

/// Past the ASCII at `at`: sixty-four bytes a step, then one.
const char* skip_ascii(const char* at, const char* end) {
#ifdef __SSE2__
  const auto load = [](const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); };
  for (; end - at >= 64; at += 64) {
    const __m128i low = _mm_or_si128(load(at), load(at + 16));
    const __m128i high = _mm_or_si128(load(at + 32), load(at + 48));
    if (_mm_movemask_epi8(_mm_or_si128(low, high)) != 0) break;
  }
#endif
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
