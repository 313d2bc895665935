// SPDX-License-Identifier: Apache-2.0
// What the result's range_constraints are made of (_export/non_strict_utils.py make_constraints).
#include <fmt/format.h>

#include "core/bind/bind.h"
#include "core/bind/dim_name.h"

namespace retrace::bind {
namespace {

using Spec = shapes::RangeRequest::Spec;

void apply_spec(shapes::RangeRequest& request, const DimSpec& dim, const DynamicSpec& spec) {
  if (const auto* hint = std::get_if<DimHint>(&dim)) {
    request.spec = hint->kind == DimHint::Kind::kAuto      ? Spec::kAuto
                   : hint->kind == DimHint::Kind::kDynamic ? Spec::kDynamic
                                                           : Spec::kStatic;
    request.min = hint->min;
    request.max = hint->max;
  } else if (const auto* named = std::get_if<Dim>(&dim)) {
    const DimRange range = dim_range(*named, spec);
    request.spec = Spec::kDim;
    request.min = range.min;
    request.max = range.max;
  }
}

shapes::RangeRequest request_for(const InputLeaf& leaf, shapes::ShapeEnv& env, const SymInt& value) {
  shapes::RangeRequest request;
  request.value = env.replace(value);
  request.path = "inputs" + leaf.path;
  return request;
}

}  // namespace

shapes::RangeConstraints make_constraints(const BoundInputs& inputs, const DynamicSpec& spec, shapes::ShapeEnv& env,
                                          std::span<const Value> traced, shapes::RangeConstraints initial) {
  if (inputs.all_static) return initial;
  std::vector<shapes::RangeRequest> requests;
  for (std::size_t i = 0; i < inputs.leaves.size(); ++i) {
    const InputLeaf& leaf = inputs.leaves[i];
    if (traced[i].holds<FakeTensor*>()) {
      const SymInts& sizes = traced[i].get<FakeTensor*>()->sizes;
      for (std::size_t dim = 0; dim < sizes.size(); ++dim) {
        shapes::RangeRequest& request = requests.emplace_back(request_for(leaf, env, sizes[dim]));
        request.hint = leaf.sizes[dim];
        request.path += fmt::format(".shape[{}]", dim);
        apply_spec(request, leaf.dims[dim], spec);
      }
    } else if (traced[i].holds<SymInt>() && !env.replace(traced[i].get<SymInt>()).is_int()) {
      shapes::RangeRequest& request = requests.emplace_back(request_for(leaf, env, traced[i].get<SymInt>()));
      request.value = traced[i].get<SymInt>();
      request.hint = leaf.integer.value_or(0);
      apply_spec(request, leaf.dynamism, spec);
    }
  }
  return shapes::make_constraints(env, std::move(initial), requests);
}

}  // namespace retrace::bind
