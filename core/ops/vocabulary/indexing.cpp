// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/indexing.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

namespace {

/// fake_impls.nonzero: a fresh count from 0 to the number of elements, as far as that is known.
SymInt fresh_count(Call& call, const SymInt& numel) {
  constexpr std::int64_t kMost = shapes::kOo - 1;  // sys.maxsize - 1
  if (numel.is(0)) return 0;
  const SymInt count = call.env().new_unbacked_int();
  const std::int64_t most = numel.is_int() ? numel.as_int() : call.env().bound(numel.node()).upper;
  call.env().constrain_range_for_size(count, std::nullopt, std::min(most, kMost));
  return count;
}

}  // namespace

FakeTensor& nonzero(Call& call, FakeTensor& a) {
  const std::uint32_t version = a.storage == nullptr ? 0 : a.storage->version;
  FakeTensor::CountMemo& memo = a.memos.get().nonzero;
  if (!memo.count || memo.version != version) memo = {fresh_count(call, a.numel()), version};
  const SymInt count = *memo.count;
  return call.strided(ScalarType::kLong, {count, SymInt(a.dim())}, {SymInt(1), count}, a.device);
}

FakeTensor& empty_like(Call& call, const FakeTensor& a, ScalarType dtype) {
  // torch._refs.empty_like with preserve_format
  const Geometry g = geometry(a);
  const std::vector<std::int64_t> perm = elementwise_perm(call.env(), std::span(&g, 1));
  return call.strided(dtype, a.sizes, permuted_strides(a.sizes, perm), a.device);
}

FakeTensor& clone_preserving_strides(Call& call, const FakeTensor& a) {
  for (std::size_t d = 0; d < a.sizes.size(); ++d) {
    const bool repeats = a.strides[d].is(0) && !a.sizes[d].is(1);
    if (repeats) return clone(call, a);
  }
  FakeTensor& result = call.strided(a.dtype, a.sizes, a.strides, a.device);
  result.storage_offset = a.storage_offset;
  return result;
}

FakeTensor& where(Call& call, FakeTensor& condition, const Value& a, const Value& b) {
  check(is_bool(condition.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected predicate to be bool, got {}", torch_name(condition.dtype)); });
  const ScalarType dtype = result_type({a, b});
  FakeTensor unpromoted = condition;
  unpromoted.dtype = dtype;
  const auto as_tensor = [&](const Value& v) -> Value {
    return v.holds<FakeTensor*>() ? v : &call.contiguous(dtype, {}, condition.device);
  };
  const Value operands[] = {&unpromoted, as_tensor(a), as_tensor(b)};
  return elementwise_of(call, operands, Dtypes{dtype, dtype});
}

FakeTensor& index_select(Call& call, FakeTensor& a, std::int64_t dim, const FakeTensor& index) {
  // torch._meta_registrations.meta_index_select
  SymInts sizes = a.sizes;
  if (a.dim() > 0) sizes[static_cast<std::size_t>(wrap_dim(dim, a.dim()))] = index.numel();
  return new_empty(call, a, std::move(sizes));
}

namespace {

bool is_mask(ScalarType dtype) { return dtype == ScalarType::kBool || dtype == ScalarType::kChar; }

void check_index_dtype(const FakeTensor& index) {
  const bool known = index.dtype == ScalarType::kLong || index.dtype == ScalarType::kInt || is_mask(index.dtype);
  check(known, ErrorType::kRuntimeError,
        [] { return "tensors used as indices must be long, int, byte or bool tensors"; });
}

/// A mask as the positions of its true elements, one index a dimension.
void append_mask(Call& call, const FakeTensor& self, FakeTensor& mask, std::size_t place,
                 std::vector<FakeTensor*>& indices) {
  FakeTensor& positions = nonzero(call, mask);
  const std::size_t first = indices.size();
  check(first + mask.sizes.size() <= self.sizes.size(), ErrorType::kIndexError,
        [&] { return fmt::format("too many indices for tensor of dimension {}", self.dim()); });
  for (std::size_t j = 0; j < mask.sizes.size(); ++j) {
    check(call, sym_eq(mask.sizes[j], self.sizes[first + j]), ErrorType::kIndexError, [&] {
      return fmt::format(
          "The shape of the mask {} at index {} does not match the shape of the indexed tensor {} at index "
          "{}",
          size_text(mask.sizes), place, size_text(self.sizes), first + j);
    });
    indices.push_back(&select(call, positions, 1, SymInt(j)));
  }
}

/// Masks replaced by positions, then the shapes of all indices broadcast together; none: a full slice.
using IndexShapes = std::vector<std::optional<SymInts>>;
IndexShapes index_shapes(Call& call, const FakeTensor& self, const std::vector<FakeTensor*>& given) {
  std::vector<FakeTensor*> indices;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] != nullptr) check_index_dtype(*given[i]);
    if (given[i] != nullptr && is_mask(given[i]->dtype)) {
      append_mask(call, self, *given[i], i, indices);
    } else {
      indices.push_back(given[i]);
    }
  }
  check(indices.size() <= self.sizes.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format("too many indices for tensor of dimension {} (got {})", self.dim(), indices.size());
  });
  std::vector<FakeTensor*> tensors;
  std::copy_if(indices.begin(), indices.end(), std::back_inserter(tensors), [](auto* t) { return t != nullptr; });
  std::vector<Geometry> expanded = maybe_broadcast(call, tensors);
  IndexShapes shapes(self.sizes.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] != nullptr) shapes[i] = std::move(expanded[next++].sizes);
  }
  return shapes;
}

/// Do the indexed dimensions lie side by side?
bool contiguous_subspace(const IndexShapes& shapes) {
  const auto indexed = [](const auto& s) { return s.has_value(); };
  const auto first = std::find_if(shapes.begin(), shapes.end(), indexed);
  const auto after = std::find_if_not(first, shapes.end(), indexed);
  return std::none_of(after, shapes.end(), indexed);
}

/// The order of dimensions that puts the indexed ones in front.
std::vector<std::int64_t> indexed_first(const IndexShapes& shapes) {
  std::vector<std::int64_t> order(shapes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_partition(order.begin(), order.end(),
                        [&](std::int64_t d) { return shapes[static_cast<std::size_t>(d)].has_value(); });
  return order;
}

/// Self seen with the indexed dimensions replaced by those of the index, which do not move in memory.
Geometry restrided(const FakeTensor& self, const IndexShapes& shapes) {
  Geometry g;
  const SymInts* replacement = nullptr;
  std::size_t place = 0;
  for (std::size_t d = 0; d < shapes.size(); ++d) {
    if (shapes[d]) {
      if (replacement == nullptr) place = g.sizes.size();
      replacement = &*shapes[d];
      continue;
    }
    g.sizes.push_back(self.sizes[d]);
    g.strides.push_back(self.strides[d]);
  }
  if (replacement != nullptr) {
    const auto at = static_cast<std::ptrdiff_t>(place);
    g.sizes.insert(g.sizes.begin() + at, replacement->begin(), replacement->end());
    g.strides.insert(g.strides.begin() + at, replacement->size(), SymInt(0));
  }
  return g;
}

}  // namespace

FakeTensor& index(Call& call, FakeTensor& given, std::vector<FakeTensor*> indices) {
  check(!indices.empty(), ErrorType::kRuntimeError, [] { return "at least one index must be provided"; });
  FakeTensor* self = &given;
  IndexShapes shapes = index_shapes(call, *self, indices);
  if (!contiguous_subspace(shapes)) {
    const std::vector<std::int64_t> order = indexed_first(shapes);
    self = &permute(call, *self, order);
    std::stable_partition(shapes.begin(), shapes.end(), [](const auto& s) { return s.has_value(); });
  }
  const Geometry source = restrided(*self, shapes);
  FakeTensor& out = new_empty(call, *self, source.sizes);
  if (or_false(call, sym_eq(self->numel(), 0))) return out;
  const std::vector<std::int64_t> perm = elementwise_perm(call.env(), std::span(&source, 1));
  if (!std::is_sorted(perm.begin(), perm.end())) out.strides = permuted_strides(out.sizes, perm);
  return out;
}

}  // namespace retrace::ops
