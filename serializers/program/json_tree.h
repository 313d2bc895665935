// SPDX-License-Identifier: Apache-2.0
// A small JSON document as a tree: specs and configurations, whose parts are read in another order than they stand.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace retrace::serializers {

struct Json {
  enum class Kind : std::uint8_t { kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;  // of a kNumber, which has a fraction, nobody asks the value
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<std::string> keys;  // of an object, one an item
  std::vector<Json> items;

  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
  [[nodiscard]] bool is_object() const { return kind == Kind::kObject; }
};

/// Raises ReadFailure, also where it is nested more than 1,024 deep.
Json parse_json(const std::string& text);

}  // namespace retrace::serializers
