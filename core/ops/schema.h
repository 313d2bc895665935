// SPDX-License-Identifier: Apache-2.0
// Operator schemas: name, arguments with types and defaults, returns, tags. The table is generated
// (schemas.inc, by tests/oracle/write_schemas.py from the installed PyTorch) and never edited.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/index_iterator.h"

namespace retrace::ops {

struct SchemaArg {
  std::string_view name;
  std::string_view type;           // as written: "Tensor(a!)", "SymInt[2]", "Scalar?", "ScalarType?"
  std::string_view default_value;  // as written; meaningful only if has_default
  bool has_default = false;
  bool kwarg_only = false;
};

/// A schema's arguments, in order. Schemas have nearly all of them in common: a list is places in the table of distinct
/// ones.
class SchemaArgs {
 public:
  using Iterator = IndexIterator<SchemaArgs, SchemaArg>;

  constexpr SchemaArgs() = default;
  constexpr SchemaArgs(const SchemaArg* table, std::span<const std::uint16_t> places)
      : table_(table), places_(places) {}
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, size()}; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  const SchemaArg& operator[](std::size_t i) const { return table_[places_[i]]; }

 private:
  const SchemaArg* table_ = nullptr;
  std::span<const std::uint16_t> places_;
};

struct Schema {
  std::string_view name;  // "aten::add.Tensor"; default overloads carry no suffix: "aten::relu"
  SchemaArgs args;
  std::span<const std::string_view> returns;  // types as written
  bool composite = false;                     // CompositeImplicitAutograd
  bool is_mutable = false;                    // writes an argument (Tensor(a!))
  bool is_view = false;                       // a result aliases an argument (Tensor(a))
  bool is_random = false;                     // tag nondeterministic_seeded
};

/// By schema name ("aten::add.Tensor") or by graph target ("torch.ops.aten.add.Tensor"); null: not registered.
const Schema* find_schema(std::string_view name);
const Schema* find_schema_of_target(std::string_view target);
std::span<const Schema> all_schemas();

}  // namespace retrace::ops
