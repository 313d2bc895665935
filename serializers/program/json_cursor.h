// SPDX-License-Identifier: Apache-2.0
// Typed access to a parsed JSON document that knows at every moment where it is, so that an error names its
// place. Private to the readers: the only header of this project that includes simdjson.
#pragma once
#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "serializers/program/read_failure.h"

namespace retrace::serializers {

using Json = simdjson::dom::element;

/// A document and the parser that owns its memory. Bare Infinity, -Infinity and NaN outside strings, which
/// older files hold, are read as the strings of that name.
class ParsedJson {
 public:
  /// Raises ReadFailure. `bytes` is freed as soon as it is parsed.
  explicit ParsedJson(std::string bytes);
  [[nodiscard]] Json root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  Json root_;
};

class JsonCursor {
 public:
  class At;  // enters a field or an element for as long as it lives

  [[noreturn]] void fail(const std::string& reason) const { throw ReadFailure(place(), reason); }
  [[nodiscard]] std::string place() const;

  std::string_view text(Json value) const;
  std::int64_t integer(Json value) const;
  double number(Json value) const;  // also the strings "Infinity", "-Infinity" and "NaN"
  bool boolean(Json value) const;
  simdjson::dom::array array(Json value) const;
  simdjson::dom::object object(Json value) const;

  /// The named fields of an object; absent, or null: empty. Other fields are skipped; a repeated key is an error.
  template <std::size_t N>
  std::array<std::optional<Json>, N> fields(Json value, const std::string_view (&names)[N]) const;
  /// A field that has to be there.
  Json need(const std::optional<Json>& field, std::string_view name) const;
  /// The one key and value of a union.
  std::pair<std::string_view, Json> one(Json value) const;

  /// Calls f(element) for each element, f(key, value) for each field, with the place set.
  template <typename F>
  void each(Json value, F&& f);
  template <typename F>
  void each_field(Json value, F&& f);

 private:
  using Segment = std::variant<std::string_view, std::size_t>;
  void check_unknown(std::string_view key, std::vector<std::string_view>& seen) const;
  [[noreturn]] void repeated(std::string_view key) const;
  void check_distinct(simdjson::dom::object object) const;
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
std::array<std::optional<Json>, N> JsonCursor::fields(Json value, const std::string_view (&names)[N]) const {
  std::array<std::optional<Json>, N> found;
  std::array<bool, N> given{};
  std::vector<std::string_view> others;
  std::size_t next = 0;  // fields mostly come in the schema's order
  for (const auto field : object(value)) {
    std::size_t i = next;
    if (i >= N || names[i] != field.key)
      for (i = 0; i < N && names[i] != field.key;) ++i;
    if (i == N) {
      check_unknown(field.key, others);
      continue;
    }
    if (given[i]) repeated(field.key);
    given[i] = true;
    next = i + 1;
    if (!field.value.is_null()) found[i] = field.value;
  }
  return found;
}

template <typename F>
void JsonCursor::each(Json value, F&& f) {
  std::size_t index = 0;
  for (const Json element : array(value)) {
    const At at(*this, index++);
    f(element);
  }
}

template <typename F>
void JsonCursor::each_field(Json value, F&& f) {
  const auto fields = object(value);
  check_distinct(fields);
  for (const auto field : fields) {
    const At at(*this, field.key);
    f(field.key, field.value);
  }
}

}  // namespace retrace::serializers
