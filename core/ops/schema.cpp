// SPDX-License-Identifier: Apache-2.0
#include "core/ops/schema.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/hash/text_table.h"

namespace retrace::ops {
namespace {

/// A schema as the generated table holds it: places in kArgLists, whose numbers are places in kArgs, and in kReturns.
struct Row {
  std::string_view name;
  std::uint16_t args_at, args;
  std::uint16_t returns_at, returns;
  bool composite, is_mutable, is_view, is_random;
};

#include "core/ops/schemas.inc"

constexpr std::size_t kCount = std::size(kRows);

constexpr std::array<Schema, kCount> make_schemas() {
  std::array<Schema, kCount> schemas;
  for (std::size_t i = 0; i < kCount; ++i) {
    const Row& row = kRows[i];
    schemas[i] = {row.name,
                  {kArgs, {kArgLists + row.args_at, row.args}},
                  {kReturns + row.returns_at, row.returns},
                  row.composite,
                  row.is_mutable,
                  row.is_view,
                  row.is_random};
  }
  return schemas;
}

constexpr auto kSchemas = make_schemas();
constexpr std::string_view kPrefix = "torch.ops.";

}  // namespace

const Schema* find_schema(std::string_view name) {
  if (const Schema* found = find_schema_of_target(name); found != nullptr) return found;
  const auto at = std::ranges::lower_bound(kSchemas, name, {}, &Schema::name);
  return at != kSchemas.end() && at->name == name ? &*at : nullptr;
}

namespace {

/// The table's row of a target: its name spelled as a schema's, then a binary search.
const Schema* search_target(std::string_view target) {
  target.remove_prefix(kPrefix.size());
  const std::size_t dot = target.find('.');
  if (dot == std::string_view::npos) return nullptr;
  std::string name(target.substr(0, dot));
  name += "::";
  name += target.substr(dot + 1);
  if (name.ends_with(".default")) name.resize(name.size() - std::string_view(".default").size());
  return find_schema(name);
}

}  // namespace

/// A program asks for the same few targets for each of its nodes: what was found is remembered.
const Schema* find_schema_of_target(std::string_view target) {
  if (!target.starts_with(kPrefix)) return nullptr;
  thread_local Arena arena;
  thread_local hash::TextTable<const Schema*> known(arena, 256);
  if (const auto* entry = known.find(target)) return entry->value;
  const Schema* found = search_target(target);
  if (found != nullptr) known.at(target).value = found;
  return found;
}

std::span<const Schema> all_schemas() { return kSchemas; }

}  // namespace retrace::ops
