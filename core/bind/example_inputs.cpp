// SPDX-License-Identifier: Apache-2.0
#include "core/bind/example_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/base/failure.h"
#include "core/bind/affine.h"
#include "core/ir/input_tree.h"

namespace retrace::bind {
namespace {

using Sizes = std::vector<std::int64_t>;

/// The user input of that place as the graph holds it; null: one without a size, or a constant baked in.
ir::Value* input_at(ir::Program& program, std::size_t place) {
  const ir::Argument& arg = program.input_specs[place].arg;
  ir::ValueId id = ir::kNoValue;
  if (arg.kind == ir::ArgKind::kTensor) id = arg.as<ir::ValueId>();
  if (arg.kind == ir::ArgKind::kSymInt) id = arg.as<ir::SymArg<std::int64_t>>().id;
  if (id == ir::kNoValue) return nullptr;
  ir::Value& value = program.graph.values.edit(static_cast<std::size_t>(id));
  const bool sized = ir::tensor_of(value.meta) != nullptr || std::holds_alternative<ir::SymMeta>(value.meta);
  return sized ? &value : nullptr;
}

/// Dense strides; the dimension with the largest recorded stride stays outermost, an expanded one stays expanded.
Sizes dense_strides(const Sizes& sizes, const Sizes& recorded) {
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return recorded[a] > recorded[b]; });
  Sizes out(sizes.size(), 0);
  std::int64_t next = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    const std::size_t dim = order[i];
    if (recorded[dim] == 0) continue;
    out[dim] = next;
    if (__builtin_mul_overflow(next, std::max<std::int64_t>(sizes[dim], 1), &next))
      raise(ErrorType::kValueError, fmt::format("a tensor of sizes [{}] is too large", fmt::join(sizes, ", ")));
  }
  return out;
}

class Resizer {
 public:
  explicit Resizer(ir::Program& program) : program_(program) {
    for (const std::size_t place : ir::user_input_places(program_)) {
      if (ir::Value* value = input_at(program_, place)) inputs_.push_back(value);
    }
    for (const ir::Value* value : inputs_) learn(*value);
  }

  void run(std::span<const ExampleInput> examples) {
    std::vector<std::pair<ir::Value*, const ExampleInput*>> given;
    for (const ExampleInput& example : examples) {
      given.emplace_back(&named(example.name), &example);
      check_rank(*given.back().first, example);
      bind_symbols(*given.back().first, example);
    }
    for (ir::Value* value : inputs_) follow(*value);
    for (const auto& [value, example] : given) set(*value, example->sizes);
  }

 private:
  ir::Value& named(const std::string& name) {
    const auto at = std::find_if(inputs_.begin(), inputs_.end(), [&](const ir::Value* v) { return v->name == name; });
    if (at != inputs_.end()) return **at;
    std::vector<ir::Text> names;
    for (const ir::Value* value : inputs_) names.push_back(value->name);
    raise(ErrorType::kValueError,
          fmt::format("no input '{}' that has a size; there are: {}", name, fmt::join(names, ", ")));
  }

  static void check_rank(const ir::Value& value, const ExampleInput& example) {
    const auto* tensor = ir::tensor_of(value.meta);
    const std::size_t rank = tensor != nullptr ? tensor->sizes.size() : 1;
    if (rank != example.sizes.size())
      raise(ErrorType::kValueError, fmt::format("input '{}' has {} dimension{}, {} given", example.name, rank,
                                                rank == 1 ? "" : "s", example.sizes.size()));
    const auto negative = [](std::int64_t size) { return size < 0; };
    if (tensor != nullptr && std::any_of(example.sizes.begin(), example.sizes.end(), negative))
      raise(ErrorType::kValueError, fmt::format("input '{}' is given a negative size", example.name));
  }

  /// Recorded values of the symbols.
  void learn(const ir::Value& value) {
    if (const auto* tensor = ir::tensor_of(value.meta)) {
      for (std::size_t i = 0; i < tensor->sizes.size() && i < tensor->hints.size(); ++i)
        if (tensor->hints[i]) bind(tensor->sizes[i], *tensor->hints[i], false);
    } else if (const auto* number = std::get_if<ir::SymMeta>(&value.meta)) {
      const auto* symbol = std::get_if<SymInt>(&number->value);
      const auto* hint = std::get_if<std::int64_t>(&number->hint);
      if (symbol != nullptr && hint != nullptr) bind(*symbol, *hint, false);
    }
  }

  void bind_symbols(const ir::Value& value, const ExampleInput& example) {
    if (const auto* tensor = ir::tensor_of(value.meta)) {
      for (std::size_t i = 0; i < example.sizes.size(); ++i) bind(tensor->sizes[i], example.sizes[i], true);
    } else if (const auto* number = std::get_if<ir::SymMeta>(&value.meta)) {
      if (const auto* symbol = std::get_if<SymInt>(&number->value)) bind(*symbol, example.sizes[0], true);
    }
  }

  void bind(const SymInt& size, std::int64_t to, bool replace) {
    const auto of = size.is_int() ? std::nullopt : affine(size.node());
    std::int64_t multiple = 0;
    if (!of || of->scale <= 0 || __builtin_sub_overflow(to, of->offset, &multiple) || multiple % of->scale != 0) return;
    const expr::Expr value = program_.pool->integer(multiple / of->scale);
    const auto known =
        std::find_if(values_.begin(), values_.end(), [&](const auto& v) { return v.first == of->symbol; });
    if (known == values_.end()) {
      values_.emplace_back(of->symbol, value);
    } else if (replace) {
      known->second = value;
    }
  }

  [[nodiscard]] std::optional<std::int64_t> at_values(const SymInt& size) const {
    if (size.is_int()) return size.as_int();
    const expr::Expr value = expr::substitute(size.node(), values_);
    return value->kind == expr::Kind::kInteger ? std::optional(value->value) : std::nullopt;
  }

  /// An input whose sizes hold symbols, at the symbols' values.
  void follow(ir::Value& value) {
    if (const auto* tensor = ir::tensor_of(value.meta)) {
      Sizes sizes;
      for (const SymInt& size : tensor->sizes) {
        const auto now = at_values(size);
        if (!now) return;
        sizes.push_back(*now);
      }
      const auto is_symbolic = [](const SymInt& size) { return !size.is_int(); };
      if (std::any_of(tensor->sizes.begin(), tensor->sizes.end(), is_symbolic)) set(value, sizes);
    } else if (auto* number = std::get_if<ir::SymMeta>(&value.meta)) {
      const auto* symbol = std::get_if<SymInt>(&number->value);
      if (symbol == nullptr) return;
      if (const auto now = at_values(*symbol)) set(value, {*now});
    }
  }

  void set(ir::Value& value, const Sizes& sizes) {
    if (auto* number = std::get_if<ir::SymMeta>(&value.meta)) {
      number->hint = sizes[0];
      return;
    }
    auto& tensor = ir::edit_tensor(value.meta);
    const std::size_t rank = sizes.size();
    Sizes recorded;
    for (std::size_t i = 0; i < rank; ++i) recorded.push_back(recorded_stride(tensor, i));
    tensor.hints.assign(2 * rank + 1, std::nullopt);
    const Sizes strides = dense_strides(sizes, recorded);
    std::copy(sizes.begin(), sizes.end(), tensor.hints.begin());
    std::copy(strides.begin(), strides.end(), tensor.hints.begin() + static_cast<std::ptrdiff_t>(rank));
  }

  [[nodiscard]] std::int64_t recorded_stride(const ir::TensorMeta& tensor, std::size_t i) const {
    const std::size_t at = tensor.sizes.size() + i;
    if (at < tensor.hints.size() && tensor.hints[at]) return *tensor.hints[at];
    // An expression of other symbols than the inputs' is taken for an outer dimension.
    return at_values(tensor.strides[i]).value_or(std::numeric_limits<std::int64_t>::max());
  }

  ir::Program& program_;
  std::vector<ir::Value*> inputs_;  // user inputs that have a size or a symbolic value
  expr::Substitution values_;
};

}  // namespace

ir::Program with_example_inputs(const ir::Program& program, std::span<const ExampleInput> examples) {
  ir::Program out = program;
  Resizer(out).run(examples);
  return out;
}

}  // namespace retrace::bind
