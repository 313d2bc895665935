// SPDX-License-Identifier: Apache-2.0
// Digests at all three levels at once. One walk gives every level: what differs between them is only how a value, a
// symbol or a position is known, so a form is written once, with gaps where such a digest stands, and hashed again
// only for a level at which a gap holds something else. Most nodes are the same at two levels.
#pragma once
#include <array>
#include <utility>
#include <vector>

#include "core/identity/encoder.h"

namespace retrace::identity {

inline constexpr std::size_t kLevels = 3;

/// One digest a level, by Level.
struct Digests {
  std::array<hash::Digest, kLevels> at;

  static Digests all(const hash::Digest& d) { return {{d, d, d}}; }
  const hash::Digest& operator[](std::size_t level) const { return at[level]; }
  hash::Digest& operator[](std::size_t level) { return at[level]; }
  [[nodiscard]] bool differ() const { return at[0] != at[1] || at[1] != at[2]; }
};

/// f(digest) at each level, computed once where the level before has the same digest.
template <typename F>
Digests derive(const Digests& from, F&& f) {
  Digests out;
  out[0] = f(from[0]);
  for (std::size_t level = 1; level < kLevels; ++level)
    out[level] = from[level] == from[level - 1] ? out[level - 1] : f(from[level]);
  return out;
}

class LevelledForm : public Encoder {
 public:
  void digests(const Digests& d) {
    if (d.differ()) gaps_.emplace_back(size(), d);
    digest(d[0]);
  }
  /// The form's digests; it is empty afterwards, for the next.
  Digests finish() {
    Digests out;
    out[0] = Encoder::finish();
    for (std::size_t level = 1; level < kLevels; ++level) out[level] = fill(level) ? Encoder::finish() : out[level - 1];
    gaps_.clear();
    clear();
    return out;
  }

 private:
  /// Puts the level's digests into the gaps; false: they are those of the level before.
  bool fill(std::size_t level) {
    bool changed = false;
    for (const auto& [place, d] : gaps_) {
      if (d[level] == d[level - 1]) continue;
      std::memcpy(data() + place, &d[level], sizeof(hash::Digest));
      changed = true;
    }
    return changed;
  }

  std::vector<std::pair<std::size_t, Digests>> gaps_;
};

}  // namespace retrace::identity
