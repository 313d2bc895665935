// SPDX-License-Identifier: Apache-2.0
// Metadata of tensors by its JSON text. Most of a program's values have few different shapes, so that the text of a
// value's metadata has mostly been read before; equal texts mean the same, and comparing them is ten times cheaper
// than reading one again.
#pragma once
#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "core/hash/text_hash.h"
#include "core/ir/program.h"

namespace retrace::serializers {

class MetaCache {
 public:
  /// One text that was read, and what it said.
  struct Entry {
    std::string_view text;  // an object's: nothing else begins with it
    ir::Meta meta;
  };
  /// Where the metadata stands, or would be kept, whose text `rest` begins with.
  Entry& at(std::string_view rest) {
    return (*entries_)[hash::text_hash(rest.substr(0, sizes_and_strides(rest))) % kSize];
  }

 private:
  static constexpr std::size_t kSize = 256;

  /// To the end of the second list: most of what tells one metadata from another. A guess that is wrong finds nothing.
  static std::size_t sizes_and_strides(std::string_view rest) {
    const std::string_view near = rest.substr(0, 1024);
    const std::size_t first = near.find(']');
    const std::size_t second = first == std::string_view::npos ? first : near.find(']', first + 1);
    return std::min(second, near.size());
  }

  std::unique_ptr<std::array<Entry, kSize>> entries_ = std::make_unique<std::array<Entry, kSize>>();
};

}  // namespace retrace::serializers
