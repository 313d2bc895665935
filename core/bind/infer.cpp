// SPDX-License-Identifier: Apache-2.0
// Specs read off a program's own inputs, and the spec of a re-export.
#include <algorithm>
#include <cstddef>
#include <unordered_map>

#include "core/bind/affine.h"
#include "core/bind/bind.h"
#include "core/ir/input_tree.h"

namespace retrace::bind {
namespace {

class Inference {
 public:
  Inference(const ir::Program& program, bool named) : program_(program), named_(named) {
    if (!named) return;
    for (const auto& [name, range] : program.range_constraints) recorded_.insert_or_assign(name, &range);
  }

  DynamicSpec run() {
    std::vector<SpecTree> flat;
    for (const std::size_t place : ir::user_input_places(program_)) flat.push_back(leaf(place));
    const std::shared_ptr<const ir::InputTree> tree = ir::input_tree(program_);
    std::size_t next = 0;
    std::vector<SpecTree> in_order;
    for (const std::size_t place : tree->flat) in_order.push_back(std::move(flat[place]));
    spec_.shapes = unflatten(tree->arguments, in_order, next);
    return std::move(spec_);
  }

 private:
  SpecTree leaf(std::size_t place) {
    const ir::Argument& arg = program_.input_specs[place].arg;
    SpecTree out;
    if (program_.input_specs[place].kind == ir::InputSpecKind::kConstantInput) return out;
    if (arg.kind == ir::ArgKind::kTensor) {
      out.kind = SpecTree::Kind::kIndexMap;
      const ir::Value& value = program_.graph.values[static_cast<std::size_t>(arg.as<ir::ValueId>())];
      if (const auto* meta = ir::tensor_of(value.meta)) add_dims(*meta, out);
    } else if (arg.kind == ir::ArgKind::kSymInt && arg.as<ir::SymArg<std::int64_t>>().id != ir::kNoValue) {
      out.kind = SpecTree::Kind::kDim;
      out.dim = DimHint{DimHint::Kind::kDynamic, {}, {}};
    }
    return out;
  }

  void add_dims(const ir::TensorMeta& meta, SpecTree& out) {
    for (std::size_t i = 0; i < meta.sizes.size(); ++i) {
      if (meta.sizes[i].is_int()) continue;
      SpecTree dim;
      dim.kind = SpecTree::Kind::kDim;
      dim.dim = dim_of(meta.sizes[i].node());
      out.indices.push_back(static_cast<std::int64_t>(i));
      out.items.push_back(std::move(dim));
    }
  }

  DimSpec dim_of(expr::Expr e) {
    const std::optional<Affine> found = named_ ? affine(e) : std::nullopt;
    if (!found || found->scale <= 0 || !declare(found->symbol)) return DimHint{};
    return Dim{std::string(found->symbol->name), found->scale, found->offset};
  }

  /// Dim(name, min, max) with the recorded range; false where Dim() refuses it.
  bool declare(expr::Expr symbol) {
    const std::string name(symbol->name);
    if (spec_.dims.contains(name)) return true;
    DimRange range;
    if (const auto known = recorded_.find(symbol->name); known != recorded_.end()) {
      const ir::RangeConstraint& recorded = *known->second;
      if (recorded.min && *recorded.min > 0) range.min = *recorded.min;
      range.max = recorded.max;
    }
    if (range.max && *range.max <= range.min) return false;
    spec_.dims.emplace(name, range);
    return true;
  }

  static SpecTree unflatten(const ir::TreeSpec& tree, std::vector<SpecTree>& flat, std::size_t& next) {
    if (tree.is_leaf()) return std::move(flat[next++]);
    SpecTree out;
    switch (tree.kind) {
      case ir::TreeSpec::Kind::kTuple:
        out.kind = SpecTree::Kind::kTuple;
        break;
      case ir::TreeSpec::Kind::kList:
        out.kind = SpecTree::Kind::kList;
        break;
      default:
        out.kind = tree.is_mapping() ? SpecTree::Kind::kMap : SpecTree::Kind::kCustom;
        break;
    }
    if (out.kind == SpecTree::Kind::kMap) out.keys = tree.names;
    if (out.kind == SpecTree::Kind::kCustom) out.type = tree.type;
    for (const ir::TreeSpec& child : tree.children) out.items.push_back(unflatten(child, flat, next));
    return out;
  }

  const ir::Program& program_;
  bool named_;
  std::unordered_map<std::string_view, const ir::RangeConstraint*> recorded_;
  DynamicSpec spec_;
};

}  // namespace

DynamicSpec infer_spec(const ir::Program& program, bool named) { return Inference(program, named).run(); }

DynamicSpec to_positional(const DynamicSpec& spec) {
  DynamicSpec out = spec;
  if (out.shapes && (out.shapes->kind == SpecTree::Kind::kMap || out.shapes->kind == SpecTree::Kind::kIndexMap)) {
    out.shapes->kind = SpecTree::Kind::kTuple;
    out.shapes->keys.clear();
    out.shapes->indices.clear();
  }
  return out;
}

}  // namespace retrace::bind
