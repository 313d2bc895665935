// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace retrace::serializers {
namespace {

std::string_view type_name(Json value) {
  switch (value.type()) {
    case simdjson::dom::element_type::ARRAY:
      return "an array";
    case simdjson::dom::element_type::OBJECT:
      return "an object";
    case simdjson::dom::element_type::INT64:
    case simdjson::dom::element_type::UINT64:
      return "an integer";
    case simdjson::dom::element_type::DOUBLE:
      return "a number";
    case simdjson::dom::element_type::STRING:
      return "a string";
    case simdjson::dom::element_type::BOOL:
      return "a boolean";
    case simdjson::dom::element_type::NULL_VALUE:
      return "null";
  }
  return "something else";
}

/// `text` with bare Infinity, -Infinity and NaN outside strings put in quotes.
std::string quote_non_finite(std::string_view text) {
  std::string out;
  out.reserve(text.size() + simdjson::SIMDJSON_PADDING + 64);
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out.append(text, i, 2);
      i += 2;
      continue;
    }
    if (c == '"') in_string = !in_string;
    const std::string_view rest = text.substr(i);
    std::string_view word;
    if (!in_string && (c == 'I' || c == '-' || c == 'N'))
      for (const std::string_view w : {"Infinity", "-Infinity", "NaN"})
        if (rest.starts_with(w)) word = w;
    if (word.empty()) {
      out += c;
      ++i;
    } else {
      out.append(1, '"').append(word).append(1, '"');
      i += word.size();
    }
  }
  return out;
}

std::string parse_error(simdjson::error_code error, std::string_view bytes) {
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) return "empty input";
  switch (error) {
    case simdjson::DEPTH_ERROR:
      return "nested too deeply";
    case simdjson::UTF8_ERROR:
      return "not UTF-8 text";
    case simdjson::CAPACITY:
      return "too large for a JSON document";
    default:
      return fmt::format("not JSON, or cut short ({})", simdjson::error_message(error));
  }
}

}  // namespace

ParsedJson::ParsedJson(std::string bytes) {
  bytes.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);
  auto error = parser_.parse(bytes).get(root_);
  if (error != simdjson::SUCCESS &&
      (bytes.find("Infinity") != std::string::npos || bytes.find("NaN") != std::string::npos)) {
    bytes = quote_non_finite(bytes);
    bytes.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);
    error = parser_.parse(bytes).get(root_);
  }
  if (error != simdjson::SUCCESS) throw ReadFailure("", parse_error(error, bytes));
}

std::string JsonCursor::place() const {
  std::string out;
  for (const Segment& segment : segments_) {
    if (const auto* index = std::get_if<std::size_t>(&segment)) {
      out += fmt::format("[{}]", *index);
    } else {
      if (!out.empty()) out += '.';
      out += std::get<std::string_view>(segment);
    }
  }
  return out;
}

std::string_view JsonCursor::text(Json value) const {
  std::string_view out;
  if (value.get(out) != simdjson::SUCCESS) fail(fmt::format("expected a string, found {}", type_name(value)));
  return out;
}

std::int64_t JsonCursor::integer(Json value) const {
  std::int64_t out = 0;
  if (value.get(out) == simdjson::SUCCESS) return out;
  if (value.is<std::uint64_t>()) fail("integer beyond 64 bits");
  fail(fmt::format("expected an integer, found {}", type_name(value)));
}

double JsonCursor::number(Json value) const {
  double out = 0;
  if (value.get(out) == simdjson::SUCCESS) return out;
  std::string_view word;
  if (value.get(word) == simdjson::SUCCESS) {
    if (word == "Infinity") return std::numeric_limits<double>::infinity();
    if (word == "-Infinity") return -std::numeric_limits<double>::infinity();
    if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  }
  fail(fmt::format("expected a number, found {}", type_name(value)));
}

bool JsonCursor::boolean(Json value) const {
  bool out = false;
  if (value.get(out) != simdjson::SUCCESS) fail(fmt::format("expected a boolean, found {}", type_name(value)));
  return out;
}

simdjson::dom::array JsonCursor::array(Json value) const {
  simdjson::dom::array out;
  if (value.get(out) != simdjson::SUCCESS) fail(fmt::format("expected an array, found {}", type_name(value)));
  return out;
}

simdjson::dom::object JsonCursor::object(Json value) const {
  simdjson::dom::object out;
  if (value.get(out) != simdjson::SUCCESS) fail(fmt::format("expected an object, found {}", type_name(value)));
  return out;
}

Json JsonCursor::need(const std::optional<Json>& field, std::string_view name) const {
  if (!field) fail(fmt::format("the field '{}' is missing", name));
  return *field;
}

std::pair<std::string_view, Json> JsonCursor::one(Json value) const {
  const auto fields = object(value);
  auto it = fields.begin();
  if (it == fields.end()) fail("expected a union with one field, found none");
  const std::pair<std::string_view, Json> out{it.key(), it.value()};
  if (++it != fields.end())
    fail(fmt::format("expected a union with one field, found '{}' and '{}'", out.first, it.key()));
  return out;
}

void JsonCursor::repeated(std::string_view key) const { fail(fmt::format("the key '{}' is repeated", key)); }

void JsonCursor::check_unknown(std::string_view key, std::vector<std::string_view>& seen) const {
  if (std::find(seen.begin(), seen.end(), key) != seen.end()) repeated(key);
  seen.push_back(key);
}

void JsonCursor::check_distinct(simdjson::dom::object object) const {
  constexpr std::size_t kFew = 8;  // below, comparing beats hashing
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto field : object) keys.push_back(field.key);
  if (keys.size() <= kFew) {
    for (std::size_t i = 1; i < keys.size(); ++i)
      if (std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) !=
          keys.begin() + static_cast<std::ptrdiff_t>(i))
        repeated(keys[i]);
    return;
  }
  std::unordered_set<std::string_view> seen(keys.size() * 2);
  for (const std::string_view key : keys)
    if (!seen.insert(key).second) repeated(key);
}

}  // namespace retrace::serializers
