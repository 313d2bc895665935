// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace retrace::serializers {
namespace {

std::string_view type_name(const Json& value) {
  switch (value.kind) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBoolean:
      return "a boolean";
    case Json::Kind::kInteger:
      return "an integer";
    case Json::Kind::kNumber:
      return "a number";
    case Json::Kind::kString:
      return "a string";
    case Json::Kind::kArray:
      return "an array";
    case Json::Kind::kObject:
      return "an object";
  }
  return "something else";
}

}  // namespace

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

std::string_view JsonCursor::text(const Json& value) const {
  if (value.kind != Json::Kind::kString) fail(fmt::format("expected a string, found {}", type_name(value)));
  return value.text;
}

std::int64_t JsonCursor::integer(const Json& value) const {
  if (value.kind != Json::Kind::kInteger) fail(fmt::format("expected an integer, found {}", type_name(value)));
  return value.integer;
}

bool JsonCursor::boolean(const Json& value) const {
  if (value.kind != Json::Kind::kBoolean) fail(fmt::format("expected a boolean, found {}", type_name(value)));
  return value.boolean;
}

const std::vector<Json>& JsonCursor::array(const Json& value) const {
  if (value.kind != Json::Kind::kArray) fail(fmt::format("expected an array, found {}", type_name(value)));
  return value.items;
}

const Json& JsonCursor::object(const Json& value) const {
  if (!value.is_object()) fail(fmt::format("expected an object, found {}", type_name(value)));
  return value;
}

const Json& JsonCursor::need(const Json* field, std::string_view name) const {
  if (field == nullptr) fail(fmt::format("the field '{}' is missing", name));
  return *field;
}

std::pair<std::string_view, const Json*> JsonCursor::one(const Json& value) const {
  const std::vector<std::string>& keys = object(value).keys;
  if (keys.empty()) fail("expected a union with one field, found none");
  if (keys.size() > 1) fail(fmt::format("expected a union with one field, found '{}' and '{}'", keys[0], keys[1]));
  return {keys.front(), &value.items.front()};
}

void JsonCursor::check_distinct(const Json& object) const {
  std::unordered_set<std::string_view> seen;
  for (const std::string& key : object.keys)
    if (!seen.insert(key).second) fail(fmt::format("the key '{}' is repeated", key));
}

}  // namespace retrace::serializers
