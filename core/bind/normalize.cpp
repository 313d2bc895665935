// SPDX-License-Identifier: Apache-2.0
#include "core/bind/normalize.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/failure.h"
#include "core/ir/input_tree.h"

namespace retrace::bind {
namespace {

SpecTree container(SpecTree::Kind kind) {
  SpecTree out;
  out.kind = kind;
  return out;
}

class Normalizer {
 public:
  explicit Normalizer(const ir::Program& program) : program_(program), tree_(ir::input_tree(program)) {
    const std::vector<std::size_t> places = ir::user_input_places(program);
    for (const std::size_t flat : tree_->flat) leaves_.push_back(places[flat]);
  }

  Normalized run(const DynamicSpec& spec) {
    Normalized out;
    out.spec.dims = spec.dims;
    out.arguments = tree_->arguments.names;
    out.given.assign(out.arguments.size(), false);
    if (!spec.shapes || spec.shapes->kind == SpecTree::Kind::kNone) return out;
    const std::vector<const SpecTree*> children = match(*spec.shapes, tree_->arguments);
    inside_ = true;
    SpecTree top = container(SpecTree::Kind::kTuple);
    for (std::size_t i = 0; i < children.size(); ++i) {
      out.given[i] = children[i] != nullptr;
      top.items.push_back(subtree(children[i], tree_->arguments.children[i]));
    }
    out.spec.shapes = std::move(top);
    return out;
  }

 private:
  /// The spec's entry for each child of `tree`; null: none.
  std::vector<const SpecTree*> match(const SpecTree& spec, const ir::TreeSpec& tree) const {
    std::vector<const SpecTree*> out(tree.children.size(), nullptr);
    std::vector<std::string> keys = spec.keys;
    if (spec.kind == SpecTree::Kind::kIndexMap)  // a dict of inputs whose keys look like numbers
      for (const std::int64_t index : spec.indices) keys.push_back(std::to_string(index));
    if (spec.kind == SpecTree::Kind::kMap || spec.kind == SpecTree::Kind::kIndexMap) {
      for (std::size_t i = 0; i < keys.size(); ++i) out[place_of(keys[i], tree)] = &spec.items[i];
      return out;
    }
    if (spec.kind == SpecTree::Kind::kDim) raise(ErrorType::kUserError, at("one dimension stands for several inputs"));
    if (spec.items.size() > out.size())
      raise(ErrorType::kUserError,
            at(fmt::format("the spec has {} entries for {} inputs", spec.items.size(), out.size())));
    for (std::size_t i = 0; i < spec.items.size(); ++i) out[i] = &spec.items[i];
    return out;
  }

  std::size_t place_of(const std::string& key, const ir::TreeSpec& tree) const {
    const auto found = std::find(tree.names.begin(), tree.names.end(), key);
    if (found == tree.names.end())
      raise(ErrorType::kUserError, at(fmt::format("no input '{}'; there are: {}", key, fmt::join(tree.names, ", "))));
    return static_cast<std::size_t>(found - tree.names.begin());
  }

  /// Depth is limited by the tree spec's reader.
  SpecTree subtree(const SpecTree* spec, const ir::TreeSpec& tree) {
    if (tree.is_leaf()) return leaf(spec, next_++);
    if (spec == nullptr || spec->kind == SpecTree::Kind::kNone) {
      next_ += tree.num_leaves();
      return {};
    }
    const std::vector<const SpecTree*> children = match(*spec, tree);
    SpecTree out = container(tree.kind == ir::TreeSpec::Kind::kTuple ? SpecTree::Kind::kTuple
                             : tree.is_mapping()                     ? SpecTree::Kind::kMap
                                                                     : SpecTree::Kind::kList);
    if (tree.is_mapping()) out.keys = tree.names;
    for (std::size_t i = 0; i < children.size(); ++i) out.items.push_back(subtree(children[i], tree.children[i]));
    return out;
  }

  SpecTree leaf(const SpecTree* spec, std::size_t index) const {
    if (spec == nullptr) return {};
    if (spec->kind != SpecTree::Kind::kIndexMap) return *spec;
    const auto* meta = tensor(index);
    if (meta == nullptr) raise(ErrorType::kUserError, at(fmt::format("{} is no tensor", tree_->paths[index])));
    SpecTree out = container(SpecTree::Kind::kList);
    out.items.resize(meta->sizes.size());
    for (std::size_t i = 0; i < spec->indices.size(); ++i) {
      const std::int64_t dim = spec->indices[i];
      if (dim < 0 || static_cast<std::size_t>(dim) >= out.items.size())
        raise(ErrorType::kUserError,
              at(fmt::format("{} has {} dimensions, so none is {}", tree_->paths[index], out.items.size(), dim)));
      out.items[static_cast<std::size_t>(dim)] = spec->items[i];
    }
    return out;
  }

  const ir::TensorMeta* tensor(std::size_t index) const {
    const ir::Argument& arg = program_.input_specs[leaves_[index]].arg;
    if (arg.kind != ir::ArgKind::kTensor) return nullptr;
    return ir::tensor_of(program_.graph.values[static_cast<std::size_t>(arg.as<ir::ValueId>())].meta);
  }

  std::string at(const std::string& what) const {
    return inside_ && next_ < tree_->paths.size() ? fmt::format("at {}: {}", tree_->paths[next_], what) : what;
  }

  const ir::Program& program_;
  std::shared_ptr<const ir::InputTree> tree_;
  std::vector<std::size_t> leaves_;  // place in graph.inputs of each leaf
  std::size_t next_ = 0;             // leaf
  bool inside_ = false;              // an argument, so that a message names its place
};

}  // namespace

Normalized normalize(const DynamicSpec& spec, const ir::Program& program) { return Normalizer(program).run(spec); }

std::optional<std::string> misordered(const DynamicSpec& spec, const ir::Program& program) {
  if (!spec.shapes || spec.shapes->kind != SpecTree::Kind::kMap) return std::nullopt;
  const std::vector<std::string>& given = spec.shapes->keys;
  const std::shared_ptr<const ir::InputTree> tree = ir::input_tree(program);
  const std::vector<std::string>& names = tree->arguments.names;
  if (given.size() != names.size() || given == names || !std::is_permutation(given.begin(), given.end(), names.begin()))
    return std::nullopt;
  return fmt::format(
      "the spec lists its arguments as ({}), the signature as ({}): the re-export's tuple binds them by place; "
      "--shape-order signature binds them by name",
      fmt::join(given, ", "), fmt::join(names, ", "));
}

}  // namespace retrace::bind
