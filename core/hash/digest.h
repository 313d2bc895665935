// SPDX-License-Identifier: Apache-2.0
// XXH3-128 of bytes. The only file of this project that knows xxHash is digest.cpp.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace retrace::hash {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Digest&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

Digest digest(std::string_view bytes);
/// 32 hexadecimal digits, xxHash's canonical (big-endian) form.
std::string to_hex(const Digest& digest);
/// Of what `to_hex` wrote; anything else gives zero.
Digest from_hex(std::string_view text);

}  // namespace retrace::hash
