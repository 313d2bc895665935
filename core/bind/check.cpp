// SPDX-License-Identifier: Apache-2.0
// Matches a spec with the inputs' structure and collects its constraints, before anything is traced
// (torch/export/dynamic_shapes.py _check_dynamic_shapes, _process_dynamic_shapes).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/bind/bind.h"
#include "core/bind/dim_name.h"
#include "core/ir/input_tree.h"

namespace retrace::bind {
namespace {

using SpecKind = SpecTree::Kind;
using TreeKind = ir::TreeSpec::Kind;

[[noreturn]] void user_error(const std::string& message) { raise(ErrorType::kUserError, message); }

std::string_view container_name(SpecKind kind) {
  switch (kind) {
    case SpecKind::kList:
      return "<class 'list'>";
    case SpecKind::kTuple:
      return "<class 'tuple'>";
    case SpecKind::kMap:
    case SpecKind::kIndexMap:
      return "<class 'dict'>";
    default:
      return "";
  }
}

/// The example at a size: its hint (of a plain size only where the example is another one, see example_inputs.h), or
/// computed from the symbols' recorded values.
std::int64_t example_of(const ir::Program& program, const SymInt& value, const ir::TensorMeta& meta, std::size_t i) {
  if (i < meta.hints.size() && meta.hints[i]) return *meta.hints[i];
  if (value.is_int()) return value.as_int();
  const expr::Expr e = expr::substitute(value.node(), program.symbol_hints);
  if (e->kind != expr::Kind::kInteger) raise(ErrorType::kValueError, "no hint for " + expr::srepr(value.node()));
  return e->value;
}

InputLeaf read_leaf(const ir::Program& program, std::size_t place) {
  InputLeaf leaf;
  leaf.place = place;
  const ir::InputSpec& input = program.input_specs[place];
  if (input.kind == ir::InputSpecKind::kConstantInput) {
    if (input.arg.kind == ir::ArgKind::kInt) leaf.integer = input.arg.as<std::int64_t>();
    return leaf;
  }
  if (input.arg.kind == ir::ArgKind::kTensor) {
    const ir::Value& value = program.graph.values[static_cast<std::size_t>(input.arg.as<ir::ValueId>())];
    const auto* meta = ir::tensor_of(value.meta);
    if (meta == nullptr) raise(ErrorType::kKeyError, ir::python_repr(value.name));
    leaf.is_tensor = true;
    const std::size_t rank = meta->sizes.size();
    for (std::size_t i = 0; i < rank; ++i) leaf.sizes.push_back(example_of(program, meta->sizes[i], *meta, i));
    for (std::size_t i = 0; i < rank; ++i)
      leaf.strides.push_back(example_of(program, meta->strides[i], *meta, rank + i));
    leaf.dims.resize(rank);
  } else if (input.arg.kind == ir::ArgKind::kSymInt) {
    const auto& arg = input.arg.as<ir::SymArg<std::int64_t>>();
    if (arg.id == ir::kNoValue) {
      leaf.integer = arg.plain;
    } else {
      const auto* meta = std::get_if<ir::SymMeta>(&program.graph.values[static_cast<std::size_t>(arg.id)].meta);
      const auto* hint = meta == nullptr ? nullptr : std::get_if<std::int64_t>(&meta->hint);
      const auto* value = meta == nullptr ? nullptr : std::get_if<SymInt>(&meta->value);
      if (hint != nullptr)
        leaf.integer = *hint;
      else if (value != nullptr)
        leaf.integer = example_of(program, *value, {}, 0);
    }
  } else if (input.arg.kind == ir::ArgKind::kInt) {
    leaf.integer = input.arg.as<std::int64_t>();
  }
  return leaf;
}

/// Walks the inputs and the spec together; a leaf's spec goes to `assign`.
class Matcher {
 public:
  explicit Matcher(BoundInputs& bound) : bound_(bound) {}

  void match(const ir::InputTree& tree, const SpecTree& root) {
    flat_ = &tree.flat;
    if (root.kind == SpecKind::kMap || root.kind == SpecKind::kIndexMap) {
      check_names(tree.arguments, root);
      walk(tree.arguments, root, "");
    } else if (root.kind == SpecKind::kList || root.kind == SpecKind::kTuple) {
      ir::TreeSpec arguments = tree.arguments;
      arguments.kind = root.kind == SpecKind::kList ? TreeKind::kList : TreeKind::kTuple;
      for (std::size_t i = 0; i < arguments.keys.size(); ++i) arguments.keys[i] = fmt::format("[{}]", i);
      walk(arguments, root, "");
    } else {
      raise(ErrorType::kAssertionError, "expected dynamic_shapes to be dict, tuple, or list");
    }
  }

 private:
  static void check_names(const ir::TreeSpec& arguments, const SpecTree& root) {
    std::vector<std::string> expected = arguments.names;
    std::vector<std::string> got = root.keys;
    for (const std::int64_t index : root.indices) got.push_back(fmt::format("{}", index));
    std::sort(expected.begin(), expected.end());
    std::sort(got.begin(), got.end());
    if (expected == got) return;
    user_error(
        fmt::format("When `dynamic_shapes` is specified as a dict, its top-level keys must be the arg names ['{}'] of "
                    "`inputs`, but here they are ['{}']. ",
                    fmt::join(arguments.names, "', '"), fmt::join(root.keys, "', '")));
  }

  [[noreturn]] static void mismatch(const std::string& message) {
    user_error("Detected mismatch between the structure of `inputs` and `dynamic_shapes`: " + message);
  }

  /// The spec's children in the order of the tree's. Depth is limited by parse_tree_spec.
  void walk(const ir::TreeSpec& tree, const SpecTree& spec, const std::string& path) {
    if (tree.is_leaf()) return assign(spec, path);
    if (tree.kind == TreeKind::kCustom && spec.kind == SpecKind::kCustom)
      raise(ErrorType::kValueError, fmt::format("Node type mismatch; expected <class 'list'>, but got {}.", spec.type));
    check_container(tree, spec, path);
    const Places places = tree.is_mapping() ? places_by_name(tree, spec, path) : Places();
    for (std::size_t i = 0; i < tree.children.size(); ++i)
      walk(tree.children[i], spec.items[places.empty() ? i : places[i]], path + tree.keys[i]);
  }

  static void check_container(const ir::TreeSpec& tree, const SpecTree& spec, const std::string& path) {
    const bool fits = tree.is_mapping()                ? spec.kind == SpecKind::kMap || spec.items.empty()
                      : tree.kind == TreeKind::kTuple  ? spec.kind == SpecKind::kTuple
                      : tree.kind == TreeKind::kList   ? spec.kind == SpecKind::kList
                      : tree.kind == TreeKind::kCustom ? spec.kind == SpecKind::kList
                                                       : spec.kind == SpecKind::kCustom && spec.type == tree.type;
    if (!fits)
      mismatch(fmt::format("`inputs{0}` is a {1}, but `dynamic_shapes{0}` is {2}", path, tree.type,
                           container_name(spec.kind).empty() ? "not" : fmt::format("a {}", container_name(spec.kind))));
    if (tree.children.size() != spec.items.size())
      mismatch(fmt::format("`inputs{0}` has {1} elements, but `dynamic_shapes{0}` has {2} elements", path,
                           tree.children.size(), spec.items.size()));
  }

  /// The spec's entry of each of the tree's children.
  using Places = std::vector<std::size_t>;
  static Places places_by_name(const ir::TreeSpec& tree, const SpecTree& spec, const std::string& path) {
    std::unordered_map<std::string_view, std::size_t> by_name;
    for (std::size_t i = 0; i < spec.keys.size(); ++i) by_name.try_emplace(spec.keys[i], i);
    Places places;
    for (const std::string& name : tree.names) {
      const auto known = by_name.find(name);
      if (known == by_name.end())
        mismatch(fmt::format("`inputs{0}` has keys ['{1}'], but `dynamic_shapes{0}` has keys ['{2}']", path,
                             fmt::join(tree.names, "', '"), fmt::join(spec.keys, "', '")));
      places.push_back(known->second);
    }
    return places;
  }

  void assign(const SpecTree& spec, const std::string& path) {
    InputLeaf& leaf = bound_.leaves[(*flat_)[next_++]];
    if (leaf.is_tensor) return assign_tensor(leaf, spec, path);
    if (leaf.integer) return assign_integer(leaf, spec);
    if (spec.kind != SpecKind::kNone)
      user_error(
          fmt::format("Cannot associate shape specified at `dynamic_shapes{0}` to non-tensor type at `inputs{0}` "
                      "(expected None)",
                      path));
  }

  static void assign_integer(InputLeaf& leaf, const SpecTree& spec) {
    if (spec.kind == SpecKind::kNone) return;
    if (spec.kind == SpecKind::kDim && std::holds_alternative<Dim>(spec.dim))
      raise(ErrorType::kValueError,
            "Unable to specify input integers as dynamic through named Dims. Please use Dim.AUTO/DYNAMIC instead.");
    if (spec.kind != SpecKind::kDim)
      raise(ErrorType::kAssertionError, "expected dynamic_shape to be None, int, or _DimHint for _IntWrapper");
    leaf.has_spec = !std::holds_alternative<std::monostate>(spec.dim);
    leaf.dynamism = spec.dim;
  }

  void assign_tensor(InputLeaf& leaf, const SpecTree& spec, const std::string& path) {
    const std::size_t rank = leaf.sizes.size();
    switch (spec.kind) {
      case SpecKind::kNone:
        return;
      case SpecKind::kMap:
        if (!spec.items.empty()) dimension_error(path, "mapped to index");
        break;
      case SpecKind::kIndexMap:
        for (std::size_t i = 0; i < spec.items.size(); ++i) {
          const DimSpec& dim = dimension(spec.items[i], path, "mapped to index");
          const std::int64_t index = spec.indices[i];
          if (index >= 0 && index < static_cast<std::int64_t>(rank))
            leaf.dims[static_cast<std::size_t>(index)] = dim;
          else if (std::holds_alternative<Dim>(dim) || std::holds_alternative<std::int64_t>(dim))
            raise(ErrorType::kIndexError, "list assignment index out of range");
        }
        break;
      case SpecKind::kList:
      case SpecKind::kTuple:
        if (spec.items.size() != rank)
          user_error(
              fmt::format("Expected dynamic shape spec specified at `dynamic_shapes{}` to have the same length as "
                          "the actual tensor shape torch.Size([{}]) (expected {}, but got {} instead)",
                          path, fmt::join(leaf.sizes, ", "), rank, spec.items.size()));
        for (std::size_t i = 0; i < rank; ++i) leaf.dims[i] = dimension(spec.items[i], path, "#");
        break;
      default:
        user_error(fmt::format("Unexpected input tensor shape specified at `dynamic_shapes{}`", path));
    }
    leaf.has_spec = true;
  }

  static const DimSpec& dimension(const SpecTree& spec, const std::string& path, std::string_view what) {
    static const DimSpec kNone;
    if (spec.kind == SpecKind::kNone) return kNone;
    if (spec.kind != SpecKind::kDim) dimension_error(path, what);
    return spec.dim;
  }
  [[noreturn]] static void dimension_error(const std::string& path, std::string_view what) {
    user_error(
        fmt::format("Unexpected dimension {} in input tensor shape specified at `dynamic_shapes{}`", what, path));
  }

  BoundInputs& bound_;
  const std::vector<std::size_t>* flat_ = nullptr;
  std::size_t next_ = 0;
};

/// _process_dynamic_shapes: the constraints, those of one Dim together.
class Constraints {
 public:
  Constraints(BoundInputs& bound, const DynamicSpec& spec) : bound_(bound), spec_(spec) {}

  /// `order`: leaves as the spec's walk visits them.
  void collect(const std::vector<std::size_t>& order) {
    for (const std::size_t leaf : order)
      for (std::size_t dim = 0; dim < bound_.leaves[leaf].dims.size(); ++dim) add(leaf, dim);
    for (std::vector<DimConstraint>& group : groups_)
      for (DimConstraint& constraint : group) {
        if (constraint.derived && !constraint.root) constraint.root = root_of(constraint.derived->root);
        bound_.constraints.push_back(std::move(constraint));
      }
  }

 private:
  void add(std::size_t leaf, std::size_t dim) {
    const DimSpec& spec = bound_.leaves[leaf].dims[dim];
    DimConstraint constraint;
    constraint.leaf = leaf;
    constraint.dim = dim;
    if (std::holds_alternative<DimHint>(spec)) {
      constraint.relaxed = true;
      bound_.constraints.push_back(std::move(constraint));
    } else if (const auto* size = std::get_if<std::int64_t>(&spec)) {
      constraint.name = fmt::format("{}", *size);
      constraint.range = {*size, *size};
      group(constraint.name).push_back(std::move(constraint));
    } else if (const auto* named = std::get_if<Dim>(&spec)) {
      constraint.name = dim_name(*named);
      constraint.range = dim_range(*named, spec_);
      if (is_derived(*named)) derive(constraint, *named);
      group(constraint.name).push_back(std::move(constraint));
    }
  }

  void derive(DimConstraint& constraint, const Dim& dim) {
    constraint.derived = dim;
    constraint.root = root_of(dim.root);
    if (constraint.root) return;
    const auto [phantom, is_new] = phantoms_.try_emplace(dim.root, 0);
    if (is_new) {
      const std::int64_t size = bound_.leaves[constraint.leaf].sizes[constraint.dim];
      if ((size - dim.offset) % dim.scale != 0)
        user_error(fmt::format("Expected shape[{}] = {} of input Tensor to be of the form {}, where {} is an integer",
                               constraint.dim, size, dim_name(dim), dim.root));
      phantom->second = (size - dim.offset) / dim.scale;
    }
    constraint.phantom_value = phantom->second;
  }

  /// Where the Dim itself is a dimension, as far as the walk has come.
  std::optional<std::pair<std::size_t, std::size_t>> root_of(const std::string& name) const {
    const auto place = places_.find(name);
    if (place == places_.end()) return std::nullopt;
    const DimConstraint& first = groups_[place->second].front();
    return std::pair(first.leaf, first.dim);
  }

  std::vector<DimConstraint>& group(const std::string& name) {
    const auto [place, is_new] = places_.try_emplace(name, groups_.size());
    return is_new ? groups_.emplace_back() : groups_[place->second];
  }

  BoundInputs& bound_;
  const DynamicSpec& spec_;
  std::vector<std::vector<DimConstraint>> groups_;  // none empty
  std::unordered_map<std::string, std::size_t> places_;
  std::map<std::string, std::int64_t> phantoms_;
};

void name_sources(BoundInputs& bound, const ir::InputTree& tree, SourceStyle style) {
  for (std::size_t i = 0; i < tree.flat.size(); ++i) {
    InputLeaf& leaf = bound.leaves[tree.flat[i]];
    leaf.path = tree.paths[i];
    leaf.source = style == SourceStyle::kByName ? "L" + leaf.path : fmt::format("L['flat_args'][{}]", tree.flat[i]);
  }
}

bool is_empty(const SpecTree& root) {
  return root.kind == SpecKind::kNone || (root.kind != SpecKind::kDim && root.items.empty());
}

}  // namespace

BoundInputs check_spec(const ir::Callable& callable, const DynamicSpec& spec, SourceStyle style) {
  const ir::Program& program = callable.program;
  BoundInputs bound;
  bound.style = style;
  for (const std::size_t place : ir::user_input_places(program)) bound.leaves.push_back(read_leaf(program, place));
  const std::shared_ptr<const ir::InputTree> tree = ir::input_tree(program);
  name_sources(bound, *tree, style);
  bound.all_static = !spec.shapes || is_empty(*spec.shapes);
  if (bound.all_static) return bound;
  Matcher(bound).match(*tree, *spec.shapes);
  Constraints(bound, spec).collect(tree->flat);
  return bound;
}

}  // namespace retrace::bind
