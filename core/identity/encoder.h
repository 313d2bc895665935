// SPDX-License-Identifier: Apache-2.0
// Bytes of a canonical form under construction: each piece is tagged and self-delimiting, so that different
// forms never have the same bytes.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/hash/digest.h"

namespace retrace::identity {

class Encoder {
 public:
  Encoder& tag(char t) {
    bytes_.push_back(t);
    return *this;
  }
  Encoder& number(std::int64_t v) { return raw(&v, sizeof v); }
  Encoder& real(double v) { return raw(&v, sizeof v); }
  Encoder& text(std::string_view t) {
    number(static_cast<std::int64_t>(t.size()));
    return raw(t.data(), t.size());
  }
  Encoder& digest(const hash::Digest& d) { return raw(&d, sizeof d); }
  [[nodiscard]] hash::Digest finish() const { return hash::digest(bytes_); }
  void clear() { bytes_.clear(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// Digest of what was written since `from`, which is then dropped.
  hash::Digest cut(std::size_t from) {
    const hash::Digest d = hash::digest(std::string_view(bytes_).substr(from));
    bytes_.resize(from);
    return d;
  }

 private:
  Encoder& raw(const void* at, std::size_t size) {
    if (size != 0) bytes_.append(static_cast<const char*>(at), size);
    return *this;
  }
  std::string bytes_;
};

}  // namespace retrace::identity
