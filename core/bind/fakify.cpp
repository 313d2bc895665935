// SPDX-License-Identifier: Apache-2.0
// Fake inputs with their symbols (_export/non_strict_utils.py fakify, make_fake_inputs; in strict mode
// _dynamo/variables/builder.py _automatic_dynamic; symbolic_shapes.py _create_symbolic_sizes_strides_storage_offset).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/bind/bind.h"
#include "core/bind/dim_name.h"

namespace retrace::bind {
namespace {

using shapes::DimDynamic;

shapes::ValueRange value_range(const DimRange& range) { return {range.min, range.max.value_or(shapes::kOo)}; }

/// What the spec makes of each dimension, before symbols.
void add_context(BoundInputs& inputs, bool strict) {
  for (InputLeaf& leaf : inputs.leaves) {
    leaf.dynamic_sizes.assign(leaf.sizes.size(), DimDynamic::kStatic);
    leaf.constraints.assign(leaf.is_tensor ? leaf.sizes.size() : leaf.integer ? 1 : 0, {});
    leaf.debug_names.assign(leaf.sizes.size(), {});
    for (std::size_t i = 0; i < leaf.dims.size(); ++i) {
      const auto* hint = std::get_if<DimHint>(&leaf.dims[i]);
      if (hint == nullptr || hint->kind == DimHint::Kind::kStatic) continue;
      leaf.dynamic_sizes[i] = DimDynamic::kDynamic;
      if (hint->kind == DimHint::Kind::kDynamic) leaf.constraints[i].kind = shapes::Constraint::Kind::kRelaxedUnspec;
    }
  }
  for (const DimConstraint& constraint : inputs.constraints) {
    if (constraint.relaxed) continue;
    InputLeaf& leaf = inputs.leaves[constraint.leaf];
    leaf.constraints[constraint.dim] = {shapes::Constraint::Kind::kStrictMinMax, value_range(constraint.range), false};
    leaf.debug_names[constraint.dim] = constraint.name;
    // Dynamo marks a constrained dimension as dynamic; non-strict leaves that to create_symbol.
    if (strict) leaf.dynamic_sizes[constraint.dim] = DimDynamic::kDynamic;
  }
}

/// Symbols for one input tensor.
class TensorSymbols {
 public:
  TensorSymbols(const InputLeaf& leaf, shapes::ShapeEnv& env) : leaf_(leaf), env_(env) {
    const auto& dynamic = leaf.dynamic_sizes;
    rest_ = std::all_of(dynamic.begin(), dynamic.end(), [](DimDynamic d) { return d == DimDynamic::kStatic; })
                ? DimDynamic::kStatic
                : DimDynamic::kDuck;
  }

  void fill(FakeTensor& tensor) {
    for (std::size_t i = 0; i < leaf_.sizes.size(); ++i)
      tensor.sizes.edit().push_back(env_.create_symbol(leaf_.sizes[i], fmt::format("{}.size()[{}]", leaf_.source, i),
                                                       leaf_.dynamic_sizes[i], leaf_.constraints[i]));
    tensor.strides = strides(tensor.sizes);
    tensor.storage_offset = env_.create_symbol(leaf_.storage_offset, leaf_.source + ".storage_offset()", rest_, {});
  }

 private:
  /// _compute_symbolic_stride.
  SymInts strides(const SymInts& sizes) {
    SymInts out(sizes.size());
    std::map<std::int64_t, SymInt> candidates;
    for (const std::size_t i : ascending()) {
      const std::int64_t value = leaf_.strides[i];
      const bool is_contiguous = i + 1 != sizes.size() && value == leaf_.sizes[i + 1] * leaf_.strides[i + 1];
      if ((value == 0 || value == 1) && !is_contiguous)
        out[i] = value;
      else if (const auto known = candidates.find(value); known != candidates.end())
        out[i] = known->second;
      else
        out[i] = env_.create_symbol(value, fmt::format("{}.stride()[{}]", leaf_.source, i), rest_, {});
      candidates.insert_or_assign(leaf_.sizes[i] * value, sizes[i] * out[i]);
    }
    return out;
  }

  /// Dimensions by stride; of equal ones the later first.
  [[nodiscard]] std::vector<std::size_t> ascending() const {
    std::vector<std::size_t> order(leaf_.strides.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return leaf_.strides[a] < leaf_.strides[b]; });
    return order;
  }

  const InputLeaf& leaf_;
  shapes::ShapeEnv& env_;
  DimDynamic rest_;
};

FakeTensor& new_fake(const ir::TensorMeta& meta, ops::TraceContext& context) {
  FakeTensor& tensor = context.new_tensor();
  tensor.dtype = meta.dtype;
  tensor.layout = meta.layout;
  tensor.device = meta.device;
  tensor.requires_grad = meta.requires_grad && (is_floating(meta.dtype) || is_complex(meta.dtype));
  return tensor;
}

const ir::TensorMeta* tensor_meta(const ir::Program& program, const ir::Argument& arg) {
  if (arg.kind != ir::ArgKind::kTensor) return nullptr;
  return ir::tensor_of(program.graph.values[static_cast<std::size_t>(arg.as<ir::ValueId>())].meta);
}

/// What the archive tells of a small constant; without one, zeros stand in for every weight and constant.
std::optional<std::vector<double>> known_values(const ir::Program& program, const ir::InputSpec& input,
                                                const FakeTensor& tensor) {
  for (const auto& [name, values] : program.constants)
    if (name == input.name) return values;
  if (!program.constants.empty() || !tensor.numel().is(1)) return std::nullopt;
  return std::vector<double>{0};
}

/// A parameter, buffer or constant: static (_fakify_params_buffers).
Value lifted_value(const ir::Program& program, const ir::InputSpec& input, ops::TraceContext& context) {
  const ir::TensorMeta* meta = tensor_meta(program, input.arg);
  if (meta == nullptr || input.kind == ir::InputSpecKind::kUserInput) return {};
  FakeTensor& tensor = new_fake(*meta, context);
  const auto plain = [&](const SymInt& value, std::size_t i) -> std::int64_t {
    if (value.is_int()) return value.as_int();
    if (i < meta->hints.size() && meta->hints[i]) return *meta->hints[i];
    raise(ErrorType::kValueError, "no hint for " + expr::srepr(value.node()));
  };
  for (std::size_t i = 0; i < meta->sizes.size(); ++i) tensor.sizes.edit().emplace_back(plain(meta->sizes[i], i));
  for (std::size_t i = 0; i < meta->strides.size(); ++i)
    tensor.strides.edit().emplace_back(plain(meta->strides[i], meta->sizes.size() + i));
  // A constant that requires grad was detached when the module was made (UL _create_stateful_graph_module).
  if (input.kind == ir::InputSpecKind::kTensorConstant) tensor.requires_grad = false;
  tensor.storage = &context.new_storage();
  tensor.storage->hold(tensor.sizes, tensor.strides, tensor.storage_offset, item_size(tensor.dtype));
  if (input.kind == ir::InputSpecKind::kTensorConstant) tensor.constant = known_values(program, input, tensor);
  return &tensor;
}

Value constant_value(const ir::Argument& arg) {
  switch (arg.kind) {
    case ir::ArgKind::kInt:
      return Value(arg.as<std::int64_t>());
    case ir::ArgKind::kFloat:
      return Value(arg.as<double>());
    case ir::ArgKind::kBool:
      return Value(arg.as<bool>());
    case ir::ArgKind::kString:
      return Value(arg.as<ir::Text>());
    default:
      return {};
  }
}

Value leaf_value(const InputLeaf& leaf, const ir::Program& program, ops::TraceContext& context) {
  const ir::InputSpec& input = program.input_specs[leaf.place];
  if (leaf.is_tensor) {
    FakeTensor& tensor = new_fake(*tensor_meta(program, input.arg), context);
    TensorSymbols(leaf, context.env()).fill(tensor);
    tensor.storage = &context.new_storage();
    tensor.storage->hold(tensor.sizes, tensor.strides, tensor.storage_offset, item_size(tensor.dtype));
    return &tensor;
  }
  if (!leaf.integer) return constant_value(input.arg);
  const auto* hint = std::get_if<DimHint>(&leaf.dynamism);
  if (hint == nullptr || hint->kind == DimHint::Kind::kStatic) return Value(*leaf.integer);
  return context.env().create_unspecified_symbol(*leaf.integer, leaf.source);
}

/// ShapeEnv.tracked_fakes: tensors and dynamic ints. Gives each leaf's place among them.
std::vector<std::size_t> track(BoundInputs& inputs) {
  std::vector<std::size_t> places(inputs.leaves.size(), 0);
  for (std::size_t i = 0; i < inputs.leaves.size(); ++i) {
    InputLeaf& leaf = inputs.leaves[i];
    const bool is_symbol = leaf.value.holds<SymInt>() && !leaf.value.get<SymInt>().is_int();
    if (!leaf.is_tensor && !is_symbol) continue;
    places[i] = inputs.check.inputs.size();
    shapes::TrackedInput tracked;
    tracked.source = leaf.source;
    tracked.is_tensor = leaf.is_tensor;
    if (leaf.is_tensor) {
      const FakeTensor& tensor = *leaf.value.get<FakeTensor*>();
      tracked.sizes = tensor.sizes;
      tracked.strides = tensor.strides;
      tracked.storage_offset = tensor.storage_offset;
    } else {
      tracked.value = leaf.value.get<SymInt>();
      if (std::get<DimHint>(leaf.dynamism).kind == DimHint::Kind::kDynamic)
        leaf.constraints[0].kind = shapes::Constraint::Kind::kRelaxedUnspec;
    }
    tracked.constraints = leaf.constraints;
    for (shapes::Constraint& constraint : tracked.constraints)
      if (constraint.kind == shapes::Constraint::Kind::kStrictMinMax && constraint.range.is_singleton())
        constraint = {};  // create_symbol drops a static constraint from the context
    inputs.check.inputs.push_back(std::move(tracked));
  }
  return places;
}

/// DS _process_equalities.
class EqualityBuilder {
 public:
  EqualityBuilder(BoundInputs& inputs, const DynamicSpec& spec, shapes::ShapeEnv& env, std::vector<std::size_t> places)
      : inputs_(inputs), spec_(spec), env_(env), places_(std::move(places)) {}

  void run() {
    for (const DimConstraint& constraint : inputs_.constraints) {
      const shapes::DimSource source = dim_source(constraint.leaf, constraint.dim);
      if (constraint.relaxed) {
        out_.relaxed.push_back(source);
        continue;
      }
      inputs_.check.debug_names[fmt::format("{}.size()[{}]", inputs_.leaves[constraint.leaf].source, constraint.dim)] =
          constraint.name;
      if (constraint.derived)
        out_.derived.push_back({source, root_of(constraint), constraint.derived->scale, constraint.derived->offset});
      else if (const auto [shared, is_new] = names_.try_emplace(constraint.name, source); !is_new)
        out_.pairs.emplace_back(source, shared->second);
    }
  }

 private:
  [[nodiscard]] shapes::DimSource dim_source(std::size_t leaf, std::size_t dim) const { return {places_[leaf], dim}; }

  std::variant<shapes::DimSource, expr::Expr> root_of(const DimConstraint& constraint) {
    if (constraint.root) return dim_source(constraint.root->first, constraint.root->second);
    const std::string& name = constraint.derived->root;
    if (const auto known = phantoms_.find(name); known != phantoms_.end()) return known->second;
    const shapes::Constraint range{shapes::Constraint::Kind::kStrictMinMax, value_range(dim_range({name, 1, 0}, spec_)),
                                   false};
    const SymInt symbol = env_.create_phantom_symbol(constraint.phantom_value, name, range);
    const expr::Expr root = symbol.expression(env_.pool());
    phantoms_.emplace(name, root);
    if (!symbol.is_int()) out_.phantom_symbols.push_back(root);  // 0 and 1 are numbers
    return root;
  }

  BoundInputs& inputs_;
  const DynamicSpec& spec_;
  shapes::ShapeEnv& env_;
  std::vector<std::size_t> places_;
  std::map<std::string, shapes::DimSource> names_;
  std::map<std::string, expr::Expr> phantoms_;
  shapes::Equalities& out_ = inputs_.check.equalities;
};

/// DS _get_dim_name_mapping.
void collect_dims(const SpecTree& tree, const DynamicSpec& spec, std::set<std::string>& seen,
                  std::vector<shapes::NamedDim>& out) {
  if (tree.kind == SpecTree::Kind::kDim) {
    const auto* dim = std::get_if<Dim>(&tree.dim);
    if (dim == nullptr) return;
    if (seen.insert(dim_name(*dim)).second)
      out.push_back({dim_name(*dim), dim->root, dim->scale, dim->offset, value_range(dim_range(*dim, spec))});
    if (is_derived(*dim) && seen.insert(dim->root).second)
      out.push_back({dim->root, dim->root, 1, 0, value_range(dim_range({dim->root, 1, 0}, spec))});
    return;
  }
  for (const SpecTree& item : tree.items) collect_dims(item, spec, seen, out);
}

}  // namespace

void fakify(BoundInputs& inputs, const ir::Callable& callable, const DynamicSpec& spec, ops::TraceContext& context) {
  const ir::Program& program = callable.program;
  add_context(inputs, inputs.style == SourceStyle::kFlatArgs);
  for (InputLeaf& leaf : inputs.leaves) leaf.value = leaf_value(leaf, program, context);
  EqualityBuilder(inputs, spec, context.env(), track(inputs)).run();
  std::set<std::string> seen;
  if (spec.shapes) collect_dims(*spec.shapes, spec, seen, inputs.check.dims);
}

void fakify_lifted(BoundInputs& inputs, const ir::Callable& callable, ops::TraceContext& context) {
  const ir::Program& program = callable.program;
  inputs.lifted.reserve(program.input_specs.size());
  for (const ir::InputSpec& input : program.input_specs) inputs.lifted.push_back(lifted_value(program, input, context));
}

}  // namespace retrace::bind
