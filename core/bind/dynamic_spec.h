// SPDX-License-Identifier: Apache-2.0
// Dynamic-shape specs: what `dynamic_shapes=` of torch.export.export says (torch/export/dynamic_shapes.py).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace retrace::bind {

/// A named Dim, or an affine expression `scale * root + offset` of one.
struct Dim {
  std::string root;
  std::int64_t scale = 1;
  std::int64_t offset = 0;
  bool operator==(const Dim&) const = default;
};
/// Dim.AUTO / DYNAMIC / STATIC with an optional range.
struct DimHint {
  enum class Kind : std::uint8_t { kAuto, kDynamic, kStatic } kind = Kind::kAuto;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  bool operator==(const DimHint&) const = default;
};
/// One dimension: None, a plain size, a Dim, or a hint.
using DimSpec = std::variant<std::monostate, std::int64_t, Dim, DimHint>;

struct DimRange {
  std::int64_t min = 0;
  std::optional<std::int64_t> max;
};

/// A tree over the program's inputs. A leaf is a DimSpec (None, or a Dim for an int input), a map from dim
/// index to DimSpec, or a list of DimSpecs; whether a list or map is a leaf's or a container's is decided
/// when it is bound, as PyTorch does.
struct SpecTree {
  /// kCustom: an instance of the input's own container type (a namedtuple, a registered class) that holds specs.
  enum class Kind : std::uint8_t { kNone, kDim, kList, kTuple, kMap, kIndexMap, kCustom } kind = Kind::kNone;
  DimSpec dim;                        // kDim
  std::vector<SpecTree> items;        // kList, kTuple, kCustom, values of kMap and kIndexMap
  std::vector<std::string> keys;      // kMap
  std::vector<std::int64_t> indices;  // kIndexMap
  std::string type;                   // kCustom: serialized type name
};

struct DynamicSpec {
  std::optional<SpecTree> shapes;        // absent: dynamic_shapes=None, all static
  std::map<std::string, DimRange> dims;  // ranges of the named roots
};

}  // namespace retrace::bind
