// SPDX-License-Identifier: Apache-2.0
#include "serializers/spec/spec_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

#include "serializers/program/json_cursor.h"
#include "serializers/spec/dim_text.h"

namespace retrace::serializers {
namespace {

using bind::DimHint;
using bind::SpecTree;

constexpr int kMaxSpecDepth = 64;

struct HintWord {
  std::string_view word;
  DimHint::Kind kind;
};
/// PyTorch's spelling in its own form; the short words only in the short form.
constexpr HintWord kTorchHints[] = {{"_DimHint.AUTO", DimHint::Kind::kAuto},
                                    {"_DimHint.DYNAMIC", DimHint::Kind::kDynamic},
                                    {"_DimHint.STATIC", DimHint::Kind::kStatic}};
constexpr HintWord kShortHints[] = {{"auto", DimHint::Kind::kAuto},           {"dynamic", DimHint::Kind::kDynamic},
                                    {"static", DimHint::Kind::kStatic},       {"Dim.AUTO", DimHint::Kind::kAuto},
                                    {"Dim.DYNAMIC", DimHint::Kind::kDynamic}, {"Dim.STATIC", DimHint::Kind::kStatic}};

std::string_view trimmed(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

class SpecReader {
 public:
  bind::DynamicSpec read(const Json& root);

 private:
  void read_torch_form(const Json& shapes, const Json& dims);
  void read_root_dim(std::string_view name, const Json& value);
  SpecTree tree(const Json& value, int depth);
  SpecTree map(const Json& value, int depth);
  SpecTree leaf(std::string_view text);
  bind::DimSpec torch_leaf(std::string_view text) const;
  bind::DimSpec short_leaf(std::string_view text);

  JsonCursor cursor_;
  bind::DynamicSpec spec_;
  bool torch_form_ = false;
  std::map<std::string, bind::Dim, std::less<>> declared_;  // PyTorch's dim_cache
};

bind::DynamicSpec SpecReader::read(const Json& root) {
  static constexpr std::string_view kNames[] = {"dynamic_shapes", "dims"};
  const auto place = [&](std::string_view name) {
    return static_cast<std::size_t>(std::find(root.keys.begin(), root.keys.end(), name) - root.keys.begin());
  };
  const std::size_t shapes = place(kNames[0]), dims = place(kNames[1]);
  if (root.keys.size() == 2 && shapes < 2 && dims < 2) {
    read_torch_form(root.items[shapes], root.items[dims]);
    return std::move(spec_);
  }
  if (!root.is_null()) spec_.shapes = tree(root, 0);
  return std::move(spec_);
}

void SpecReader::read_torch_form(const Json& shapes, const Json& dims) {
  torch_form_ = true;
  {
    const JsonCursor::At at(cursor_, "dims");
    cursor_.each_field(dims, [&](std::string_view name, const Json& value) { read_root_dim(name, value); });
  }
  const JsonCursor::At at(cursor_, "dynamic_shapes");
  if (!shapes.is_null()) spec_.shapes = tree(shapes, 0);
}

void SpecReader::read_root_dim(std::string_view name, const Json& value) {
  static constexpr std::string_view kNames[] = {"min", "max", "derived"};
  const auto f = cursor_.fields(value, kNames);
  const auto root = parse_dim(name);
  if (!root || root->root != name) cursor_.fail(fmt::format("expected the name of a Dim, found '{}'", name));
  bind::DimRange range;
  range.min = cursor_.integer(cursor_.need(f[0], kNames[0]));
  if (f[1] != nullptr) range.max = cursor_.integer(*f[1]);
  spec_.dims[std::string(name)] = range;
  declared_[std::string(name)] = *root;
  const Json& derived_list = cursor_.need(f[2], kNames[2]);
  const JsonCursor::At at(cursor_, kNames[2]);
  cursor_.each(derived_list, [&](const Json& derived) {
    const std::string_view text = cursor_.text(derived);
    const auto dim = parse_dim(text);
    if (!dim || dim->root != name)
      cursor_.fail(fmt::format("'{}' is not a linear expression of {} with whole coefficients", text, name));
    declared_[std::string(text)] = *dim;
  });
}

SpecTree SpecReader::tree(const Json& value, int depth) {
  if (depth > kMaxSpecDepth) cursor_.fail(fmt::format("nested more than {} deep", kMaxSpecDepth));
  SpecTree out;
  switch (value.kind) {
    case Json::Kind::kNull:
      return out;
    case Json::Kind::kString:
      return leaf(cursor_.text(value));
    case Json::Kind::kObject:
      return map(value, depth);
    case Json::Kind::kArray:
      out.kind = SpecTree::Kind::kList;
      cursor_.each(value, [&](const Json& one) { out.items.push_back(tree(one, depth + 1)); });
      return out;
    default:
      out.kind = SpecTree::Kind::kDim;
      // Python's True is the integer 1.
      out.dim = value.kind == Json::Kind::kBoolean ? std::int64_t{value.boolean} : cursor_.integer(value);
      return out;
  }
}

/// A map whose keys are all whole numbers is one from dimension to spec: JSON has no other way to say it.
SpecTree SpecReader::map(const Json& value, int depth) {
  SpecTree out;
  cursor_.each_field(value, [&](std::string_view key, const Json& v) {
    std::int64_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error == std::errc() && end == key.data() + key.size()) out.indices.push_back(index);
    out.keys.emplace_back(key);
    out.items.push_back(tree(v, depth + 1));
  });
  out.kind =
      !out.keys.empty() && out.indices.size() == out.keys.size() ? SpecTree::Kind::kIndexMap : SpecTree::Kind::kMap;
  if (out.kind == SpecTree::Kind::kIndexMap)
    out.keys.clear();
  else
    out.indices.clear();
  return out;
}

SpecTree SpecReader::leaf(std::string_view text) {
  SpecTree out;
  out.kind = SpecTree::Kind::kDim;
  out.dim = torch_form_ ? torch_leaf(text) : short_leaf(text);
  return out;
}

bind::DimSpec SpecReader::torch_leaf(std::string_view text) const {
  for (const HintWord& hint : kTorchHints)
    if (hint.word == text) return DimHint{hint.kind, {}, {}};
  const auto known = declared_.find(text);
  if (known == declared_.end()) cursor_.fail(fmt::format("'{}' is not among the declared dims", text));
  return known->second;
}

bind::DimSpec SpecReader::short_leaf(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view what = trimmed(text.substr(0, equals));
  const bool ranged = equals != std::string_view::npos;
  const auto range = ranged ? parse_dim_range(text.substr(equals + 1), 0) : std::optional(bind::DimRange{});
  if (!range) cursor_.fail(fmt::format("'{}' is not a range; write 2..64, 2.. or ..64", text.substr(equals + 1)));
  for (const auto& hints : {std::span<const HintWord>(kShortHints), std::span<const HintWord>(kTorchHints)})
    for (const HintWord& hint : hints)
      if (hint.word == what)
        return DimHint{hint.kind, range->min > 0 ? std::optional(range->min) : std::nullopt, range->max};
  const auto dim = parse_dim(what);
  if (!dim)
    cursor_.fail(
        fmt::format("'{}' is no dimension: write a name, a linear expression of one (2*batch + 1), "
                    "\"auto\", \"dynamic\", \"static\", a size or null",
                    what));
  if (ranged && (dim->scale != 1 || dim->offset != 0))
    cursor_.fail("a range belongs to the Dim itself, not to an expression");
  const auto [at, fresh] = spec_.dims.try_emplace(dim->root, *range);
  if (!fresh && ranged) {
    const bool untold = at->second.min == 0 && !at->second.max;
    if (!untold && (at->second.min != range->min || at->second.max != range->max))
      cursor_.fail(fmt::format("the Dim '{}' has two ranges", dim->root));
    at->second = *range;
  }
  return *dim;
}

}  // namespace

Result<bind::DynamicSpec> read_spec(const std::string& bytes, const std::string& file) {
  try {
    return SpecReader().read(parse_json(bytes));
  } catch (const ReadFailure& failure) {
    return tl::unexpected(LoadError{file, failure.place, failure.what()});
  }
}

}  // namespace retrace::serializers
