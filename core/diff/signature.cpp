// SPDX-License-Identifier: Apache-2.0
#include "core/diff/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "core/ir/input_tree.h"

namespace retrace::diff {
namespace {

/// A dimension of an input, in both programs.
struct DimPair {
  std::size_t input = 0;
  std::string_view name;
  std::size_t dim = 0;
  const SymInt& a;
  const SymInt& b;
};

const ir::TensorMeta* tensor_input(const ir::Program& program, std::size_t i) {
  const ir::Argument& arg = program.graph.inputs[i];
  if (arg.kind != ir::ArgKind::kTensor || arg.as<ir::ValueId>() == ir::kNoValue) return nullptr;
  return ir::tensor_of(program.graph.values[static_cast<std::size_t>(arg.as<ir::ValueId>())].meta);
}

/// User inputs pair by their order: strict export drops lifted ones before them.
void for_each_dim(const ir::Program& a, const ir::Program& b, const std::function<void(const DimPair&)>& visit) {
  const std::vector<std::size_t> places_a = ir::user_input_places(a), places_b = ir::user_input_places(b);
  for (std::size_t i = 0; i < std::min(places_a.size(), places_b.size()); ++i) {
    const std::size_t place = places_a[i];
    const ir::TensorMeta* in_a = tensor_input(a, place);
    const ir::TensorMeta* in_b = tensor_input(b, places_b[i]);
    if (in_a == nullptr || in_b == nullptr || in_a->sizes.size() != in_b->sizes.size()) continue;
    const auto id = static_cast<std::size_t>(a.graph.inputs[place].as<ir::ValueId>());
    for (std::size_t d = 0; d < in_a->sizes.size(); ++d)
      visit({place, a.graph.values[id].name, d, in_a->sizes[d], in_b->sizes[d]});
  }
}

const ir::RangeConstraint* range_of(const ir::Program& program, const std::string& key) {
  for (const auto& [name, range] : program.range_constraints)
    if (name == key) return &range;
  return nullptr;
}

std::string in_range(const std::string& expression, const ir::RangeConstraint* range) {
  if (range == nullptr) return expression;
  return fmt::format("{} in [{}, {}]", expression, range->min ? std::to_string(*range->min) : "-oo",
                     range->max ? std::to_string(*range->max) : "oo");
}

bool within(const ir::RangeConstraint& inner, const ir::RangeConstraint& outer) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min(), kMax = std::numeric_limits<std::int64_t>::max();
  return inner.min.value_or(kMin) >= outer.min.value_or(kMin) && inner.max.value_or(kMax) <= outer.max.value_or(kMax);
}

/// One entry an expression of `a`: further dimensions that hold it are counted.
class Changes {
 public:
  void add(const DimPair& dim, const std::string& expression, DimChange change) {
    const auto known = std::find(expressions_.begin(), expressions_.end(), expression);
    if (known != expressions_.end()) {
      ++changes_[static_cast<std::size_t>(known - expressions_.begin())].dims;
      return;
    }
    change.where = fmt::format("graph.inputs[{}] {}, dimension {}", dim.input, dim.name, dim.dim);
    expressions_.push_back(expression);
    changes_.push_back(std::move(change));
  }
  std::vector<DimChange> take() { return std::move(changes_); }

 private:
  std::vector<std::string> expressions_;
  std::vector<DimChange> changes_;
};

}  // namespace

std::vector<DimChange> specialized_dims(const ir::Program& a, const ir::Program& b) {
  Changes changes;
  for_each_dim(a, b, [&](const DimPair& dim) {
    if (dim.a.is_int() || !dim.b.is_int()) return;
    const std::string expression = to_string(dim.a);
    changes.add(dim, expression, {{}, in_range(expression, range_of(a, expression)), to_string(dim.b)});
  });
  return changes.take();
}

std::vector<DimChange> changed_ranges(const ir::Program& a, const ir::Program& b) {
  Changes changes;
  for_each_dim(a, b, [&](const DimPair& dim) {
    if (dim.a.is_int() || dim.b.is_int()) return;
    const std::string in_a = to_string(dim.a), in_b = to_string(dim.b);
    const ir::RangeConstraint* before = range_of(a, in_a);
    const ir::RangeConstraint* after = range_of(b, in_b);
    if (before == nullptr || after == nullptr || (within(*before, *after) && within(*after, *before))) return;
    changes.add(dim, in_a, {{}, in_range(in_a, before), in_range(in_b, after), 1, within(*after, *before)});
  });
  return changes.take();
}

}  // namespace retrace::diff
