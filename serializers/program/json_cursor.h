// SPDX-License-Identifier: Apache-2.0
// Typed access to a parsed JSON document that knows at every moment where it is, so that an error names its
// place. Private to the readers.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "serializers/program/json_tree.h"
#include "serializers/program/read_failure.h"

namespace retrace::serializers {

class JsonCursor {
 public:
  class At;  // enters a field or an element for as long as it lives

  [[noreturn]] void fail(const std::string& reason) const { throw ReadFailure(place(), reason); }
  [[nodiscard]] std::string place() const;

  [[nodiscard]] std::string_view text(const Json& value) const;
  [[nodiscard]] std::int64_t integer(const Json& value) const;
  [[nodiscard]] bool boolean(const Json& value) const;
  [[nodiscard]] const std::vector<Json>& array(const Json& value) const;
  [[nodiscard]] const Json& object(const Json& value) const;

  /// The named fields of an object; absent, or null: a null pointer. Other fields are skipped; a repeated key is an
  /// error.
  template <std::size_t N>
  std::array<const Json*, N> fields(const Json& value, const std::string_view (&names)[N]) const;
  /// A field that has to be there.
  const Json& need(const Json* field, std::string_view name) const;
  /// The one key and value of a union.
  [[nodiscard]] std::pair<std::string_view, const Json*> one(const Json& value) const;

  /// Calls f(element) for each element, f(key, value) for each field, with the place set.
  template <typename F>
  void each(const Json& value, F&& f);
  template <typename F>
  void each_field(const Json& value, F&& f);

 private:
  using Segment = std::variant<std::string_view, std::size_t>;
  void check_distinct(const Json& object) const;
  std::vector<Segment> segments_;
};

class JsonCursor::At {
 public:
  At(JsonCursor& cursor, std::string_view key) : cursor_(cursor) { cursor_.segments_.emplace_back(key); }
  At(JsonCursor& cursor, std::size_t index) : cursor_(cursor) { cursor_.segments_.emplace_back(index); }
  ~At() { cursor_.segments_.pop_back(); }
  At(const At&) = delete;
  At& operator=(const At&) = delete;

 private:
  JsonCursor& cursor_;
};

template <std::size_t N>
std::array<const Json*, N> JsonCursor::fields(const Json& value, const std::string_view (&names)[N]) const {
  check_distinct(object(value));
  std::array<const Json*, N> found{};
  for (std::size_t k = 0; k < value.items.size(); ++k)
    for (std::size_t i = 0; i < N; ++i)
      if (names[i] == value.keys[k] && !value.items[k].is_null()) found[i] = &value.items[k];
  return found;
}

template <typename F>
void JsonCursor::each(const Json& value, F&& f) {
  std::size_t index = 0;
  for (const Json& element : array(value)) {
    const At at(*this, index++);
    f(element);
  }
}

template <typename F>
void JsonCursor::each_field(const Json& value, F&& f) {
  check_distinct(object(value));
  for (std::size_t k = 0; k < value.items.size(); ++k) {
    const At at(*this, value.keys[k]);
    f(std::string_view(value.keys[k]), value.items[k]);
  }
}

}  // namespace retrace::serializers
