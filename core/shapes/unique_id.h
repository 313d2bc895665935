// SPDX-License-Identifier: Apache-2.0
// The number in a backed symbol's name: ShapeEnv._generate_unique_id.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace retrace::shapes {

/// SHA-256 of the text, as a number modulo 100.
int source_id(std::string_view source_name);

/// The numbers in use. One that is taken leads to the next that may be free, and the way there shortens as it is
/// walked.
class UniqueIds {
 public:
  /// The first free number from `wanted` on, now in use.
  int take(int wanted);
  bool operator==(const UniqueIds&) const = default;

 private:
  std::vector<std::size_t> next_;  // its own place: free, as is all beyond
};

}  // namespace retrace::shapes
