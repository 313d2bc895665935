// SPDX-License-Identifier: Apache-2.0
#include "core/hash/digest.h"

#include <fmt/format.h>

#include <charconv>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace retrace::hash {

Digest digest(std::string_view bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.high64, h.low64};
}

std::string to_hex(const Digest& digest) { return fmt::format("{:016x}{:016x}", digest.high, digest.low); }

Digest from_hex(std::string_view text) {
  Digest out;
  if (text.size() != 32) return out;
  std::from_chars(text.data(), text.data() + 16, out.high, 16);
  std::from_chars(text.data() + 16, text.data() + 32, out.low, 16);
  return out;
}

}  // namespace retrace::hash
