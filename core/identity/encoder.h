// SPDX-License-Identifier: Apache-2.0
// Bytes of a canonical form under construction: each piece is tagged and self-delimiting, so that different
// forms never have the same bytes.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/hash/digest.h"

namespace retrace::identity {

class Encoder {
 public:
  Encoder& tag(char t) { return fixed(t); }
  Encoder& number(std::int64_t v) { return fixed(v); }
  Encoder& real(double v) { return fixed(v); }
  Encoder& text(std::string_view t) {
    number(static_cast<std::int64_t>(t.size()));
    return raw(t.data(), t.size());
  }
  Encoder& digest(const hash::Digest& d) { return fixed(d); }
  Encoder& digests(std::span<const hash::Digest> list) { return raw(list.data(), list.size_bytes()); }
  [[nodiscard]] hash::Digest finish() const { return hash::digest({data(), size()}); }

 protected:
  [[nodiscard]] std::size_t size() const { return spilled_.empty() ? size_ : spilled_.size(); }
  [[nodiscard]] const char* data() const { return spilled_.empty() ? near_.data() : spilled_.data(); }
  char* data() { return spilled_.empty() ? near_.data() : spilled_.data(); }
  void clear() {
    size_ = 0;
    spilled_.clear();
  }

 private:
  /// A piece whose size the compiler knows: a store or two.
  template <typename T>
  Encoder& fixed(const T& value) {
    if (!spilled_.empty() || size_ + sizeof value > near_.size()) return raw(&value, sizeof value);
    std::memcpy(near_.data() + size_, &value, sizeof value);
    size_ += sizeof value;
    return *this;
  }
  Encoder& raw(const void* at, std::size_t size) {
    if (size == 0) return *this;
    if (spilled_.empty() && size_ + size <= near_.size()) {
      std::memcpy(near_.data() + size_, at, size);
      size_ += size;
      return *this;
    }
    if (spilled_.empty()) spilled_.assign(near_.data(), size_);
    spilled_.append(static_cast<const char*>(at), size);
    return *this;
  }

  std::size_t size_ = 0;         // bytes in near_, as long as nothing spilled
  std::array<char, 1024> near_;  // most forms are short: no allocation for them
  std::string spilled_;
};

}  // namespace retrace::identity
