// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_tree.h"

#include "serializers/program/json_stream.h"

namespace retrace::serializers {
namespace {

constexpr int kMaxDepth = 1024;

Json read(JsonStream& stream, int depth) {
  if (depth > kMaxDepth) throw ReadFailure("", "nested too deeply");
  Json out;
  switch (stream.first()) {
    case '{':
      out.kind = Json::Kind::kObject;
      stream.object([&](std::string_view key) {
        out.keys.emplace_back(key);
        out.items.push_back(read(stream, depth + 1));
      });
      return out;
    case '[':
      out.kind = Json::Kind::kArray;
      stream.array([&] { out.items.push_back(read(stream, depth + 1)); });
      return out;
    case '"':
      out.kind = Json::Kind::kString;
      out.text = stream.text();
      return out;
    case 't':
    case 'f':
      out.kind = Json::Kind::kBoolean;
      out.boolean = stream.boolean();
      return out;
    case 'n':
      stream.null();
      return out;
    default:
      break;
  }
  const std::variant<std::int64_t, double> number = stream.any_number();
  const auto* whole = std::get_if<std::int64_t>(&number);
  out.kind = whole != nullptr ? Json::Kind::kInteger : Json::Kind::kNumber;
  if (whole != nullptr) out.integer = *whole;
  return out;
}

}  // namespace

Json parse_json(const std::string& text) {
  JsonStream stream(text);
  Json out = read(stream, 1);
  stream.end();
  return out;
}

}  // namespace retrace::serializers
