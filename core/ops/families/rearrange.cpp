// SPDX-License-Identifier: Apache-2.0
// repeat, tile, roll, flip, rot90, diagonals and triangles (torch/_refs/__init__.py, ATen/native/Repeat.cpp).
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

FakeTensor& repeat(Call& call, const FakeTensor& a, const SymInts& repeats) {
  // torch._meta_registrations.meta_repeat
  check(repeats.size() >= a.sizes.size(), ErrorType::kRuntimeError,
        [] { return "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"; });
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    check(call, sym_ge(repeats[i], 0), ErrorType::kRuntimeError,
          [&] { return fmt::format("Repeats cannot be negative, found {} at index {}", to_string(repeats[i]), i); });
  }
  SymInts sizes = repeats;
  const std::size_t added = repeats.size() - a.sizes.size();
  for (std::size_t d = 0; d < a.sizes.size(); ++d) sizes[added + d] = a.sizes[d] * repeats[added + d];
  return new_empty(call, a, std::move(sizes));
}

Results tile(Call& call) {
  const FakeTensor& a = call.tensor(0);
  SymInts repeats = call.sym_ints(1);
  if (repeats.size() < a.sizes.size()) repeats.insert(repeats.begin(), a.sizes.size() - repeats.size(), SymInt(1));
  return one(repeat(call, a, repeats));
}

Results repeat_interleave(Call& call) {
  // fake_impls.repeat_interleave_tensor
  const FakeTensor& repeats = call.tensor(0);
  SymInt size;
  if (const auto given = call.optional_sym_int(1)) {
    size = *given;
  } else {
    size = call.env().new_unbacked_int();
    call.env().constrain_range_for_size(size, std::nullopt, std::nullopt);
  }
  return one(new_empty(call, repeats, {size}));
}

Results repeat_interleave_by_tensor(Call& call) {
  // ATen/native/Repeat.cpp repeat_interleave_symint
  FakeTensor& input = call.is_none(2) ? flatten(call, call.tensor(0)) : call.tensor(0);
  FakeTensor* repeats = &call.tensor(1);
  const std::int64_t dim = wrap_dim(call.optional_integer(2).value_or(0), input.dim());
  const SymInt size = input.dim() == 0 ? SymInt(1) : input.sizes[static_cast<std::size_t>(dim)];
  if (repeats->dim() == 0 || (repeats->dim() == 1 && call.env().guard_or_false(sym_eq(repeats->sizes[0], 1)))) {
    repeats = &expand(call, reshape(call, *repeats, {SymInt(1)}), {size});
  } else {
    check(repeats->dim() == 1, ErrorType::kRuntimeError, [] { return "repeats must be 0-dim or 1-dim tensor"; });
    check(truth(call, sym_eq(repeats->sizes[0], size)), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "repeats must have the same size as input along dim, but got repeats.size(0) = {} and "
          "input.size({}) = {}",
          to_string(repeats->sizes[0]), dim, to_string(size));
    });
  }
  FakeTensor& positions = call.op1("aten::repeat_interleave.Tensor", {repeats, call.arg(3)});
  return one(index_select(call, input, dim, positions));
}

Results repeat_interleave_by_int(Call& call) {
  // ATen/native/Repeat.cpp repeat_interleave_symint
  FakeTensor& input = call.is_none(2) ? flatten(call, call.tensor(0)) : call.tensor(0);
  const SymInt repeats = call.sym_int(1);
  const std::int64_t dim = wrap_dim(call.optional_integer(2).value_or(0), call.tensor(0).dim());
  check(truth(call, sym_ge(repeats, 0)), ErrorType::kRuntimeError, [] { return "Repeats must be non-negative"; });
  FakeTensor& spread = unsqueeze(call, input, dim + 1);
  SymInts sizes = spread.sizes;
  sizes[static_cast<std::size_t>(dim + 1)] = repeats;
  FakeTensor& wide = expand(call, spread, sizes);
  if (const auto given = call.optional_sym_int(3)) {
    const SymInt calculated = repeats * sizes[static_cast<std::size_t>(dim)];
    const std::int64_t size = call.env().guard_int(calculated);
    check(truth(call, sym_eq(*given, size)), ErrorType::kRuntimeError, [&] {
      return fmt::format("repeat_interleave: Invalid output_size, expected {} but got {}", size, to_string(*given));
    });
  }
  return one(flatten(call, clone(call, wide, MemoryFormat::kContiguous), dim, dim + 1));
}

Results roll(Call& call) {
  // torch._refs.roll
  FakeTensor& a = call.tensor(0);
  const std::size_t shifts = call.sym_ints(1).size();
  const std::vector<std::int64_t> dims = wrap_dims(call.integers(2), a.dim());
  if (truth(call, sym_eq(a.numel(), 0))) return one(clone(call, a));
  if (a.dim() == 0 && !dims.empty()) {
    raise(ErrorType::kIndexError, fmt::format("Dimension specified as {} but tensor has no dimensions", dims[0]));
  }
  check(shifts != 0, ErrorType::kRuntimeError, [] { return "`shifts` required"; });
  if (dims.empty() && shifts == 1) {
    FakeTensor& rolled = new_empty(call, a, flatten(call, a).sizes);
    return one(view_shape(call, rolled, a.sizes));
  }
  check(shifts == dims.size(), ErrorType::kRuntimeError,
        [&] { return fmt::format("shifts and dimensions must align. shifts: {}, dims: {}", shifts, dims.size()); });
  return one(new_empty(call, a, a.sizes));
}

FakeTensor& flip(Call& call, FakeTensor& a, std::span<const std::int64_t> dims) {
  // torch._refs.flip
  std::vector<std::int64_t> wrapped = wrap_dims(dims, a.dim());
  std::sort(wrapped.begin(), wrapped.end());
  check(std::adjacent_find(wrapped.begin(), wrapped.end()) == wrapped.end(), ErrorType::kRuntimeError,
        [] { return "duplicate value in the list of dims"; });
  return a.dim() == 0 ? clone(call, a) : empty_like(call, a, a.dtype);
}

Results flip_dim(Call& call, std::int64_t dim) {
  FakeTensor& a = call.tensor(0);
  check(a.dim() > dim, ErrorType::kRuntimeError, [&] { return fmt::format("Input must be >= {}-d.", dim + 1); });
  return one(flip(call, a, std::span(&dim, 1)));
}

Results rot90(Call& call) {
  // torch._refs.rot90
  FakeTensor& a = call.tensor(0);
  const std::vector<std::int64_t> given = call.integers(2);
  check(given.size() == 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected total rotation dims == 2, but got dims = {}", given.size()); });
  check(a.dim() >= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected total dims >= 2, but got total dims = {}", a.dim()); });
  const std::vector<std::int64_t> dims = wrap_dims(given, a.dim());
  check(dims[0] != dims[1], ErrorType::kRuntimeError, [&] {
    return fmt::format("expected rotation dims to be different, but got dim0 = {} and dim1 = {}", dims[0], dims[1]);
  });
  const std::int64_t turns = ((call.integer(1) % 4) + 4) % 4;
  if (turns == 0) return one(clone(call, a, MemoryFormat::kContiguous));
  FakeTensor& flipped = flip(call, a, dims);
  return one(turns == 2 ? flipped : transpose(call, flipped, dims[0], dims[1]));
}

/// torch._prims_common.mask_tensor(mask, a).contiguous()
FakeTensor& masked_copy(Call& call, FakeTensor& mask, FakeTensor& a) {
  return contiguous(call, elementwise_of(call, {&mask, &a}, a.dtype));
}

template <bool upper>
Results triangle(Call& call) {
  // torch._refs.tril, triu
  FakeTensor& a = call.tensor(0);
  check(a.dim() >= 2, ErrorType::kRuntimeError, [] {
    return upper ? "triu: input tensor must have at least 2 dimensions"
                 : "tril: input tensor must have at least 2 dimensions";
  });
  FakeTensor& mask = dense(call, a, SymInts(a.sizes.end() - 2, a.sizes.end()), ScalarType::kBool);
  return one(masked_copy(call, mask, a));
}

template <bool upper>
Results triangle_in_place(Call& call) {
  triangle<upper>(call);
  return inplace_copied(call);
}

/// Elements on or below diagonal `offset` of a matrix: row r has min(r + offset + 1, columns) of them.
SymInt lower_count(const SymInt& rows, const SymInt& columns, const SymInt& offset) {
  const SymInt first = sym_min(sym_max(-offset, 0), rows);                  // before it: none
  const SymInt full = sym_min(sym_max(columns - offset - 1, first), rows);  // from there on: all
  return floordiv((full - first) * (first + full + offset * 2 + 1), 2) + (rows - full) * columns;
}

template <bool upper>
Results triangle_indices(Call& call) {
  const std::int64_t rows = call.integer(0);
  const std::int64_t columns = call.integer(1);
  const SymInt offset = call.integer(2);
  check_pin_memory(call);
  check(rows >= 0, ErrorType::kRuntimeError, [&] { return fmt::format("row must be non-negative, got {}", rows); });
  check(columns >= 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("col must be non-negative, got {}", columns); });
  const SymInt count =
      upper ? SymInt(rows) * columns - lower_count(rows, columns, offset - 1) : lower_count(rows, columns, offset);
  return one(call.contiguous(call.dtype(3).value_or(ScalarType::kLong), {SymInt(2), count},
                             call.device(5).value_or(Device{})));
}

FakeTensor& diag_embed(Call& call, FakeTensor& given, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  // torch._refs.diag_embed
  const std::int64_t rank = given.dim() + 1;
  const std::int64_t first = std::min(wrap_dim(dim1, rank), wrap_dim(dim2, rank));
  const std::int64_t second = std::max(wrap_dim(dim1, rank), wrap_dim(dim2, rank));
  check(first != second, ErrorType::kRuntimeError,
        [&] { return fmt::format("diagonal dimensions cannot be identical {}, {}", first, second); });
  FakeTensor* a = &given;
  if (offset != 0) {
    SymInts sizes = given.sizes;
    sizes.back() = offset < 0 ? -SymInt(offset) : SymInt(offset);
    a = &cat(call, {&dense(call, given, std::move(sizes), given.dtype), &given}, -1);
  }
  const SymInt length = a->sizes.back();
  const std::int64_t last[] = {-1};
  const std::int64_t target[] = {second};
  FakeTensor& spread = movedim(call, unsqueeze(call, *a, first), last, target);
  SymInts mask(static_cast<std::size_t>(rank), SymInt(1));
  mask[static_cast<std::size_t>(first)] = mask[static_cast<std::size_t>(second)] = length;
  return masked_copy(call, dense(call, given, std::move(mask), ScalarType::kBool), spread);
}

FakeTensor& diag(Call& call, FakeTensor& a, std::int64_t offset) {
  // ATen/native/TensorShape.cpp diag
  check(a.dim() == 1 || a.dim() == 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("diag(): Supports 1D or 2D tensors. Got {}D", a.dim()); });
  if (a.dim() == 1) return diag_embed(call, a, offset, -2, -1);
  return clone(call, diagonal(call, a, offset, 0, 1), MemoryFormat::kContiguous);
}

Results diagflat(Call& call) {
  FakeTensor& flat = view_shape(call, contiguous(call, call.tensor(0)), {SymInt(-1)});
  return one(diag(call, flat, call.integer(1)));
}

constexpr OpRow kRows[] = {
    {"diag", [](Call& c) { return one(diag(c, c.tensor(0), c.integer(1))); }},
    {"diag_embed", [](Call& c) { return one(diag_embed(c, c.tensor(0), c.integer(1), c.integer(2), c.integer(3))); }},
    {"diagflat", diagflat},
    {"flip", [](Call& c) { return one(flip(c, c.tensor(0), c.integers(1))); }},
    {"fliplr", [](Call& c) { return flip_dim(c, 1); }},
    {"flipud", [](Call& c) { return flip_dim(c, 0); }},
    {"repeat", [](Call& c) { return one(repeat(c, c.tensor(0), c.sym_ints(1))); }},
    {"repeat_interleave.Tensor", repeat_interleave},
    {"repeat_interleave.self_Tensor", repeat_interleave_by_tensor},
    {"repeat_interleave.self_int", repeat_interleave_by_int},
    {"roll", roll},
    {"rot90", rot90},
    {"tile", tile},
    {"tril", triangle<false>},
    {"tril_", triangle_in_place<false>},
    {"tril_indices", triangle_indices<false>},
    {"triu", triangle<true>},
    {"triu_", triangle_in_place<true>},
    {"triu_indices", triangle_indices<true>},
};

}  // namespace

std::span<const OpRow> rearrange_ops() { return kRows; }

}  // namespace retrace::ops
