// SPDX-License-Identifier: Apache-2.0
#include "serializers/pt2/payload_config.h"

#include <cstring>
#include <map>
#include <tuple>

#include "serializers/program/json_cursor.h"

namespace retrace::serializers {
namespace {

std::optional<std::int64_t> plain(const JsonCursor& cursor, const Json& value) {
  const auto [kind, v] = cursor.one(value);
  return kind == "as_int" ? std::optional(cursor.integer(*v)) : std::nullopt;
}

bool plain_list(JsonCursor& cursor, const Json& value, std::vector<std::int64_t>& out) {
  bool all = true;
  cursor.each(value, [&](const Json& one) {
    const auto number = plain(cursor, one);
    all = all && number.has_value();
    out.push_back(number.value_or(0));
  });
  return all;
}

void read_meta(JsonCursor& cursor, const Json& value, Payload& payload) {
  const JsonCursor::At at(cursor, "tensor_meta");
  static constexpr std::string_view kNames[] = {"dtype", "sizes", "strides", "storage_offset"};
  const auto f = cursor.fields(value, kNames);
  payload.dtype = static_cast<ScalarType>(cursor.integer(cursor.need(f[0], kNames[0])));
  payload.has_meta = plain_list(cursor, cursor.need(f[1], kNames[1]), payload.sizes);
  payload.has_meta &= plain_list(cursor, cursor.need(f[2], kNames[2]), payload.strides);
  payload.has_meta &= payload.sizes.size() == payload.strides.size();
  const auto offset = f[3] != nullptr ? plain(cursor, *f[3]) : 0;
  payload.has_meta &= offset.has_value();
  payload.storage_offset = offset.value_or(0);
}

Payload read_payload(JsonCursor& cursor, std::string_view fqn, const Json& value) {
  static constexpr std::string_view kNames[] = {"path_name", "is_param", "use_pickle", "tensor_meta"};
  const auto f = cursor.fields(value, kNames);
  Payload out;
  out.fqn = fqn;
  out.path_name = cursor.text(cursor.need(f[0], kNames[0]));
  if (f[1] != nullptr) out.is_param = cursor.boolean(*f[1]);
  if (f[2] != nullptr) out.use_pickle = cursor.boolean(*f[2]);
  if (f[3] != nullptr) read_meta(cursor, *f[3], out);
  return out;
}

template <typename T>
double load_as(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return static_cast<double>(value);
}

using Loader = double (*)(const char*);
struct Element {
  Loader load = nullptr;
  std::size_t bytes = 0;
};

Element element_of(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::kBool:
    case ScalarType::kByte:
      return {load_as<std::uint8_t>, 1};
    case ScalarType::kChar:
      return {load_as<std::int8_t>, 1};
    case ScalarType::kShort:
      return {load_as<std::int16_t>, 2};
    case ScalarType::kInt:
      return {load_as<std::int32_t>, 4};
    case ScalarType::kLong:
      return {load_as<std::int64_t>, 8};
    case ScalarType::kFloat:
      return {load_as<float>, 4};
    case ScalarType::kDouble:
      return {load_as<double>, 8};
    default:
      return {};
  }
}

/// Number of elements, or -1 where it is more than worth reading.
std::int64_t small_count(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > kMaxConstantElements) return -1;
    count *= size;
    if (count > kMaxConstantElements) return -1;
  }
  return count;
}

/// Where an element lies, counted in elements; empty where a crafted configuration overflows.
std::optional<std::int64_t> position(const Payload& payload, const std::vector<std::int64_t>& index) {
  std::int64_t at = payload.storage_offset;
  for (std::size_t d = 0; d < index.size(); ++d) {
    std::int64_t step = 0;
    if (__builtin_mul_overflow(index[d], payload.strides[d], &step) || __builtin_add_overflow(at, step, &at))
      return std::nullopt;
  }
  return at;
}

}  // namespace

std::vector<Payload> read_payload_config(const std::string& bytes) {
  const Json document = parse_json(bytes);
  JsonCursor cursor;
  static constexpr std::string_view kNames[] = {"config"};
  const auto f = cursor.fields(document, kNames);
  std::vector<Payload> out;
  const Json& config = cursor.need(f[0], kNames[0]);
  const JsonCursor::At at(cursor, kNames[0]);
  cursor.each_field(config,
                    [&](std::string_view fqn, const Json& value) { out.push_back(read_payload(cursor, fqn, value)); });
  return out;
}

std::vector<std::vector<std::string>> tied(const std::vector<Payload>& payloads) {
  using View = std::tuple<std::string, ScalarType, std::vector<std::int64_t>, std::vector<std::int64_t>, std::int64_t>;
  std::map<View, std::size_t> seen;
  std::vector<std::vector<std::string>> groups;
  for (const Payload& p : payloads) {
    if (!p.has_meta) continue;
    const auto [at, fresh] =
        seen.try_emplace({p.path_name, p.dtype, p.sizes, p.strides, p.storage_offset}, groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].push_back(p.fqn);
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

bool is_small(const Payload& payload) {
  return payload.has_meta && !payload.use_pickle && element_of(payload.dtype).load != nullptr &&
         small_count(payload.sizes) >= 0;
}

std::optional<std::vector<double>> elements(const Payload& payload, const std::string& record) {
  const Element element = element_of(payload.dtype);
  const std::int64_t count = small_count(payload.sizes);
  const auto room = static_cast<std::int64_t>(record.size() / element.bytes);
  std::vector<double> out;
  std::vector<std::int64_t> index(payload.sizes.size(), 0);
  for (std::int64_t k = 0; k < count; ++k) {
    const auto at = position(payload, index);
    if (!at || *at < 0 || *at >= room) return std::nullopt;
    out.push_back(element.load(record.data() + static_cast<std::size_t>(*at) * element.bytes));
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] < payload.sizes[d]) break;
      index[d] = 0;
    }
  }
  return out;
}

}  // namespace retrace::serializers
