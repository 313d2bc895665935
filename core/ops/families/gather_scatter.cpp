// SPDX-License-Identifier: Apache-2.0
// gather, scatter, take and put, and the operators that scatter a view into a copy of its base.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

std::int64_t rank_of(const FakeTensor& t) { return std::max<std::int64_t>(t.dim(), 1); }

/// ensure_nonempty_size: a zero-dim tensor counts as a vector of one.
SymInt size_of(const FakeTensor& t, std::int64_t d) {
  return t.dim() == 0 ? SymInt(1) : t.sizes[static_cast<std::size_t>(d)];
}

bool is_index_dtype(const FakeTensor& index) {
  return index.dtype == ScalarType::kLong || index.dtype == ScalarType::kInt;
}

/// torch._meta_registrations.gather_shape_check
void check_gather_shape(Call& call, const FakeTensor& self, std::int64_t dim, const FakeTensor& index) {
  check(rank_of(self) == rank_of(index), ErrorType::kRuntimeError,
        [] { return "Index tensor must have the same number of dimensions as input tensor"; });
  for (std::int64_t d = 0; d < rank_of(self); ++d) {
    if (d == dim) continue;
    check(call, sym_le(size_of(index, d), size_of(self, d)), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Size does not match at dimension {} expected index {} to be no larger than self {} apart from "
          "dimension {}",
          d, size_text(index.sizes), size_text(self.sizes), dim);
    });
  }
}

FakeTensor& gather(Call& call, FakeTensor& self, std::int64_t given_dim, FakeTensor& index) {
  // torch._meta_registrations.meta_gather
  const std::int64_t dim = wrap_dim(given_dim, self.dim());
  if (!or_false(call, sym_eq(index.numel(), 0))) {
    check(is_index_dtype(index), ErrorType::kRuntimeError, [&] {
      return fmt::format("gather(): Expected dtype int32/int64 for index, but got {}", torch_name(index.dtype));
    });
    check_gather_shape(call, self, dim, index);
  }
  return new_empty(call, self, index.sizes);
}

Results gather_rule(Call& call) { return one(gather(call, call.tensor(0), call.integer(1), call.tensor(2))); }

void check_source_shape(Call& call, const FakeTensor& self, const FakeTensor& index, const FakeTensor& source) {
  check(rank_of(self) == rank_of(source), ErrorType::kRuntimeError,
        [] { return "Index tensor must have the same number of dimensions as src tensor"; });
  for (std::int64_t d = 0; d < rank_of(self); ++d) {
    check(call, sym_le(size_of(index, d), size_of(source, d)), ErrorType::kRuntimeError, [&] {
      return fmt::format("Expected index {} to be no larger than src {}", size_text(index.sizes),
                         size_text(source.sizes));
    });
  }
}

/// torch._meta_registrations.scatter_shape_check
void check_scatter_shape(Call& call, const FakeTensor& self, std::int64_t dim, const FakeTensor& index,
                         const FakeTensor* source) {
  if (or_false(call, sym_eq(index.numel(), 0))) return;
  check(rank_of(self) == rank_of(index), ErrorType::kRuntimeError,
        [] { return "Index tensor must have the same number of dimensions as self tensor"; });
  for (std::int64_t d = 0; d < rank_of(self); ++d) {
    if (d == dim) continue;
    check(call, sym_le(size_of(index, d), size_of(self, d)), ErrorType::kRuntimeError, [&] {
      return fmt::format("Expected index {} to be no larger than self {} apart from dimension {}",
                         size_text(index.sizes), size_text(self.sizes), dim);
    });
  }
  if (source != nullptr) check_source_shape(call, self, index, *source);
}

void check_reduction(std::string_view reduce, bool new_options) {
  const bool known =
      new_options ? (reduce == "sum" || reduce == "prod" || reduce == "mean" || reduce == "amax" || reduce == "amin")
                  : (reduce == "add" || reduce == "multiply");
  check(known, ErrorType::kRuntimeError, [&] {
    return new_options ? fmt::format("reduce argument must be either sum, prod, mean, amax or amin got {}", reduce)
                       : fmt::format("reduce argument must be either add or multiply.");
  });
}

/// torch._meta_registrations.scatter_meta_impl for (self, dim, index, src or value, ...).
void check_scatter(Call& call, std::optional<std::string_view> reduce, bool new_options) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& index = call.tensor(2);
  const FakeTensor* source = call.arg(3).holds<FakeTensor*>() ? &call.tensor(3) : nullptr;
  const std::int64_t dim = wrap_dim(call.integer(1), self.dim());
  if (or_true(call, sym_ne(index.numel(), 0))) {
    check(is_index_dtype(index), ErrorType::kRuntimeError,
          [] { return "scatter(): Expected dtype int32/int64 for index"; });
  }
  check(source == nullptr || source->dtype == self.dtype, ErrorType::kRuntimeError,
        [] { return "scatter(): Expected self.dtype to be equal to src.dtype"; });
  check_scatter_shape(call, self, dim, index, source);
  if (reduce) check_reduction(*reduce, new_options);
}

Results fresh_like_self(Call& call) { return one(new_empty(call, call.tensor(0), call.tensor(0).sizes)); }

Results written_self(Call& call) {
  FakeTensor& self = call.tensor(0);
  if (self.storage != nullptr) ++self.storage->version;
  self.constant.reset();
  return one(self);
}

template <Rule result>
Results scatter(Call& call) {
  check_scatter(call, call.size() > 4 ? std::optional(call.string(4)) : std::nullopt, false);
  return result(call);
}

template <Rule result>
Results scatter_add(Call& call) {
  check_scatter(call, "add", false);
  return result(call);
}

template <Rule result>
Results scatter_reduce(Call& call) {
  check_scatter(call, call.string(4), true);
  return result(call);
}

Results take(Call& call) {
  // torch._meta_registrations.meta_take
  FakeTensor& self = call.tensor(0);
  FakeTensor& index = call.tensor(1);
  check(index.dtype == ScalarType::kLong, ErrorType::kRuntimeError,
        [&] { return fmt::format("take(): Expected a long tensor for index, but got {}", torch_name(index.dtype)); });
  const bool from_nothing = truth(call, sym_eq(self.numel(), 0)) && truth(call, sym_ne(index.numel(), 0));
  check(!from_nothing, ErrorType::kIndexError, [] { return "take(): tried to take from an empty tensor"; });
  return one(new_empty(call, self, index.sizes));
}

/// `t` broadcast to `other`'s sizes but for dimension `at`, which it keeps.
FakeTensor& broadcast_but(Call& call, FakeTensor& t, const FakeTensor& other, std::size_t at, bool plain) {
  SymInts sizes = other.sizes;
  sizes[at] = t.sizes[at];
  SymInts common = infer_broadcast(call, sizes, t.sizes, Speaker::kAten);
  if (plain) {
    for (SymInt& size : common) size = call.env().guard_int(size);
  }
  return expand(call, t, common);
}

Results take_along_dim(Call& call) {
  // ATen/native/TensorAdvancedIndexing.cpp take_along_dim
  FakeTensor& self = call.tensor(0);
  FakeTensor& indices = call.tensor(1);
  if (call.is_none(2)) {
    FakeTensor& flat = view_shape(call, self, {SymInt(-1)});
    return one(gather(call, flat, 0, view_shape(call, indices, {SymInt(-1)})));
  }
  check(self.dim() == indices.dim(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} "
        "dimensions for input, and {} dimensions for indices",
        self.dim(), indices.dim());
  });
  check(indices.dtype == ScalarType::kLong, ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.take_along_dim(): dtype of indices should be Long but got {}", aten_name(indices.dtype));
  });
  const std::int64_t dim = wrap_dim(call.integer(2), self.dim());
  const auto at = static_cast<std::size_t>(dim);
  FakeTensor& wide_indices = broadcast_but(call, indices, self, at, false);
  FakeTensor& wide_self = broadcast_but(call, self, indices, at, true);
  return one(gather(call, wide_self, dim, wide_indices));
}

Results put(Call& call) { return one(clone(call, call.tensor(0))); }

Results view_scatter(Call& call) { return one(clone_preserving_strides(call, call.tensor(0))); }

/// torch._prims_common.compute_required_storage_length, held against the elements that input has.
void check_storage(Call& call, const SymInts& sizes, const SymInts& strides, const SymInt& offset) {
  SymInt required = offset + SymInt(1);
  for (std::size_t d = 0; d < std::min(sizes.size(), strides.size()); ++d) {
    if (truth(call, sym_eq(sizes[d], 0))) return;
    required += (sizes[d] - SymInt(1)) * strides[d];
  }
  const FakeTensor& input = call.tensor(0);
  check(call, sym_ge(input.numel(), required), ErrorType::kRuntimeError, [&] {
    const SymInt size = item_size(input.dtype);
    return fmt::format(
        "as_strided_scatter: sizes {}, strides {}, storage offset {}  and itemsize {} requiring a storage size of {} "
        "are out of bounds for storage of size {}",
        to_string(sizes), to_string(strides), to_string(offset), to_string(size), to_string(required * size),
        to_string(input.numel() * size));
  });
}

/// torch._prims_common.validate_strides, of those that are plain numbers.
void check_strides(const SymInts& strides) {
  for (const SymInt& stride : strides) {
    check(!stride.is_int() || stride.as_int() >= 0, ErrorType::kAssertionError,
          [&] { return fmt::format("stride must be non-negative, got {}", stride.as_int()); });
  }
}

Results as_strided_scatter(Call& call) {
  // prims._as_strided_scatter_meta
  const FakeTensor& src = call.tensor(1);
  const SymInts sizes = call.sym_ints(2);
  const SymInts strides = call.sym_ints(3);
  check_strides(strides);
  check_storage(call, sizes, strides, call.optional_sym_int(4).value_or(0));
  check(call, sym_eq(src.sizes, sizes), ErrorType::kRuntimeError, [&] {
    return fmt::format("expected src to have a size equal to the slice of self. src size = {}, slice size = {}",
                       size_text(src.sizes), to_string(sizes));
  });
  return view_scatter(call);
}

constexpr OpRow kRows[] = {
    {"as_strided_scatter", as_strided_scatter},
    {"diagonal_scatter", view_scatter},
    {"gather", gather_rule},
    {"prims::as_strided_scatter", as_strided_scatter},
    {"put", put},
    {"put_", written_self},
    {"scatter.reduce", scatter<fresh_like_self>},
    {"scatter.src", scatter<fresh_like_self>},
    {"scatter.value", scatter<fresh_like_self>},
    {"scatter.value_reduce", scatter<fresh_like_self>},
    {"scatter_.reduce", scatter<written_self>},
    {"scatter_.src", scatter<written_self>},
    {"scatter_.value", scatter<written_self>},
    {"scatter_.value_reduce", scatter<written_self>},
    {"scatter_add", scatter_add<fresh_like_self>},
    {"scatter_add_", scatter_add<written_self>},
    {"scatter_reduce.two", scatter_reduce<fresh_like_self>},
    {"scatter_reduce_.two", scatter_reduce<written_self>},
    {"select_scatter", view_scatter},
    {"slice_scatter", view_scatter},
    {"take", take},
    {"take_along_dim", take_along_dim},
};

}  // namespace

std::span<const OpRow> gather_scatter_ops() { return kRows; }

}  // namespace retrace::ops
