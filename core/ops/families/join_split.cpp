// SPDX-License-Identifier: Apache-2.0
// Joining and splitting: cat, stack, split, chunk, unbind and what is made of them (ATen/native/TensorShape.cpp).
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/padding.h"
#include "core/ops/vocabulary/unbacked.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

using Tensors = std::vector<FakeTensor*>;

FakeTensor& atleast(Call& call, FakeTensor& a, std::int64_t rank) {
  // ATen/native/TensorTransformations.cpp atleast_1d, 2d, 3d
  if (a.dim() >= rank) return a;
  if (a.dim() == 0) return reshape(call, a, SymInts(static_cast<std::size_t>(rank), SymInt(1)));
  if (a.dim() == 2) return unsqueeze(call, a, -1);
  FakeTensor& row = unsqueeze(call, a, 0);
  return rank == 2 ? row : unsqueeze(call, row, -1);
}

Tensors all_atleast(Call& call, const Tensors& tensors, std::int64_t rank) {
  Tensors result;
  for (FakeTensor* t : tensors) result.push_back(&atleast(call, *t, rank));
  return result;
}

Tensors not_empty(Call& call, std::string_view name) {
  Tensors tensors = call.tensors(0);
  check(!tensors.empty(), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} expects a non-empty TensorList", name); });
  return tensors;
}

FakeTensor& hstack_of(Call& call, const Tensors& tensors) {
  const Tensors parts = all_atleast(call, tensors, 1);
  return cat(call, parts, parts.front()->dim() == 1 ? 0 : 1);
}

Results hstack(Call& call) { return one(hstack_of(call, not_empty(call, "hstack"))); }
Results vstack(Call& call) { return one(cat(call, all_atleast(call, not_empty(call, "vstack"), 2), 0)); }
Results dstack(Call& call) { return one(cat(call, all_atleast(call, not_empty(call, "dstack"), 3), 2)); }

Results column_stack(Call& call) {
  Tensors columns;
  for (FakeTensor* t : not_empty(call, "column_stack")) {
    columns.push_back(t->dim() <= 1 ? &reshape(call, *t, {t->numel(), SymInt(1)}) : t);
  }
  return one(hstack_of(call, columns));
}

Results cat_rule(Call& call) { return one(cat(call, call.tensors(0), call.integer(1))); }
Results stack_rule(Call& call) { return one(stack(call, call.tensors(0), call.integer(1))); }

Results split_by_length(Call& call) { return list_of(split(call, call.tensor(0), call.sym_int(1), call.integer(2))); }

Results split_by_sizes(Call& call) {
  return list_of(split_with_sizes(call, call.tensor(0), call.sym_ints(1), call.integer(2)));
}

/// The pieces, each cloned (a view operation's copying form).
Results copies_of(Call& call, const Tensors& pieces) {
  Tensors copies;
  for (FakeTensor* piece : pieces) copies.push_back(&clone(call, *piece, MemoryFormat::kContiguous));
  return list_of(copies);
}

Results chunk(Call& call) {
  FakeTensor& a = call.tensor(0);
  check(a.dim() > 0, ErrorType::kRuntimeError, [] { return "chunk expects at least a 1-dimensional tensor"; });
  const std::int64_t chunks = call.integer(1);
  check(chunks > 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("chunk expects `chunks` to be greater than 0, got: {}", chunks); });
  const std::int64_t dim = call.integer(2);
  const SymInt& size = a.sizes[static_cast<std::size_t>(wrap_dim(dim, a.dim()))];
  const SymInt length = floordiv(size + SymInt(chunks) - 1, chunks);
  if (truth(call, sym_eq(length, 0)) && truth(call, sym_eq(size, 0))) {
    check_count(chunks);
    SymInts lengths(static_cast<std::size_t>(chunks), length);
    lengths.back() = length - (length * SymInt(chunks) - size);
    return list_of(split_with_sizes(call, a, lengths, dim));
  }
  return list_of(split(call, a, length, dim));
}

/// TensorShape.cpp _tensor_split_indices
Tensors split_at(Call& call, FakeTensor& a, const SymInts& indices, std::int64_t dim) {
  const std::int64_t at = wrap_dim(dim, a.dim());
  Tensors pieces;
  SymInt start = 0;
  for (const SymInt& end : indices) {
    pieces.push_back(&slice(call, a, at, start, end));
    start = end;
  }
  pieces.push_back(&slice(call, a, at, start, a.sizes[static_cast<std::size_t>(at)]));
  return pieces;
}

void check_splittable(const FakeTensor& a) {
  check(a.dim() > 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("tensor_split expected at least a 1-dimensional tensor, but got a tensor with {} dims", a.dim());
  });
}

Results tensor_split_by_indices(Call& call) {
  check_splittable(call.tensor(0));
  return list_of(split_at(call, call.tensor(0), call.sym_ints(1), call.integer(2)));
}

Results tensor_split_by_sections(Call& call) {
  check_splittable(call.tensor(0));
  return list_of(tensor_split(call, call.tensor(0), call.integer(1), call.integer(2)));
}

Results tensor_split_by_tensor(Call& call) {
  // torch._decomp.decompositions.tensor_split_tensor_indices_or_sections_py_impl
  FakeTensor& spec = call.tensor(1);
  check(spec.dtype == ScalarType::kLong, ErrorType::kAssertionError,
        [&] { return fmt::format("tensor_indices_or_sections must be int64, got {}", torch_name(spec.dtype)); });
  check(spec.dim() <= 1, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional "
        "tensor, but got a tensor with {} dims",
        spec.dim());
  });
  check_splittable(call.tensor(0));
  if (spec.dim() == 0) {
    const SymInt sections = item(call, spec).get<SymInt>();
    return list_of(tensor_split(call, call.tensor(0), call.env().guard_int(sections), call.integer(2)));
  }
  SymInts indices;
  for (FakeTensor* index : unbind(call, spec, 0)) indices.push_back(item(call, *index).get<SymInt>());
  call.env().take_fresh_unbacked();  // ignore_fresh_unbacked_symbols
  return list_of(split_at(call, call.tensor(0), indices, call.integer(2)));
}

/// hsplit, vsplit and dsplit: their name, least rank and dimension.
struct NamedSplit {
  std::string_view name;
  std::int64_t rank;
  std::int64_t dim;
};

NamedSplit named_split(const FakeTensor& a, char which) {
  const NamedSplit split = which == 'h'   ? NamedSplit{"hsplit", 1, a.dim() == 1 ? 0 : 1}
                           : which == 'v' ? NamedSplit{"vsplit", 2, 0}
                                          : NamedSplit{"dsplit", 3, 2};
  check(a.dim() >= split.rank, ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.{} requires a tensor with at least {} dimension, but got a tensor with {} dimensions!",
                       split.name, split.rank, a.dim());
  });
  return split;
}

Results split_evenly(Call& call, char which) {
  FakeTensor& a = call.tensor(0);
  const NamedSplit split = named_split(a, which);
  const std::int64_t sections = call.integer(1);
  const SymInt& size = a.sizes[static_cast<std::size_t>(split.dim)];
  check(sections != 0 && truth(call, sym_eq(python_mod(size, sections), 0)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.{} attempted to split along dimension {}, but the size of the dimension {} is not "
        "divisible by the split_size {}!",
        split.name, split.dim, to_string(size), sections);
  });
  return list_of(tensor_split(call, a, sections, split.dim));
}

Results split_named_at(Call& call, char which) {
  FakeTensor& a = call.tensor(0);
  return list_of(split_at(call, a, call.sym_ints(1), named_split(a, which).dim));
}

Results unbind_rule(Call& call) { return list_of(unbind(call, call.tensor(0), call.integer(1))); }

Results block_diag(Call& call) {
  // torch._refs._block_diag_iterable
  Tensors matrices;
  SymInt columns = 0;
  for (FakeTensor* t : call.tensors(0)) {
    matrices.push_back(t->dim() <= 1 ? &view_shape(call, *t, {SymInt(1), SymInt(-1)}) : t);
    columns += matrices.back()->sizes[1];
  }
  Tensors rows;
  SymInt start = 0;
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    FakeTensor& matrix = *matrices[i];
    check(matrix.dim() == 2, ErrorType::kRuntimeError, [&] {
      return fmt::format("Input tensors must have 2 or fewer dimensions. Input {} has {} dimensions", i, matrix.dim());
    });
    const SymInt& width = matrix.sizes[1];
    FakeTensor& left = dense(call, matrix, {matrix.sizes[0], start}, matrix.dtype);
    FakeTensor& right = dense(call, matrix, {matrix.sizes[0], columns - start - width}, matrix.dtype);
    rows.push_back(&cat(call, {&left, &matrix, &right}, 1));
    start += width;
  }
  return one(cat(call, rows, 0));
}

Results cartesian_prod(Call& call) {
  // ATen/native/Itertools.cpp
  const Tensors tensors = call.tensors(0);
  for (const FakeTensor* t : tensors) {
    check(t->dim() == 1, ErrorType::kRuntimeError,
          [&] { return fmt::format("Expect a 1D vector, but got shape {}", to_string(t->sizes)); });
  }
  if (tensors.size() == 1) return one(*tensors.front());
  Tensors columns;
  for (FakeTensor* grid : meshgrid(call, tensors, "ij")) columns.push_back(&flatten(call, *grid));
  return one(stack(call, columns, 1));
}

Results combinations(Call& call) {
  // ATen/native/Itertools.cpp
  FakeTensor& a = call.tensor(0);
  const std::int64_t r = call.integer(1);
  check(a.dim() == 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("Expect a 1D vector, but got shape {}", to_string(a.sizes)); });
  check(r >= 0, ErrorType::kRuntimeError, [&] { return fmt::format("Expect a non-negative number, but got {}", r); });
  if (r == 0) return one(new_empty(call, a, {SymInt(0)}));
  check_count(r);
  const SymInt numel = a.numel();
  const std::int64_t length = call.env().guard_int(numel);
  const Tensors grids = meshgrid(call, Tensors(static_cast<std::size_t>(r), &a), "ij");
  FakeTensor& mask = dense(call, a, SymInts(static_cast<std::size_t>(r), SymInt(length)), ScalarType::kBool);
  Tensors columns;
  for (FakeTensor* grid : grids) columns.push_back(&call.op1("aten::masked_select", {grid, &mask}));
  return one(stack(call, columns, 1));
}

Results broadcast_tensors(Call& call) {
  // torch._refs._maybe_broadcast with preserve_cpu_scalar_tensors=False
  const Tensors tensors = call.tensors(0);
  std::vector<SymInts> shapes;
  for (const FakeTensor* t : tensors) shapes.push_back(t->sizes);
  const SymInts common = broadcast_shapes(call, shapes);
  Tensors result;
  for (FakeTensor* t : tensors) {
    result.push_back(should_expand(call, t->sizes, common) ? &expand(call, *t, common) : t);
  }
  return list_of(result);
}

/// torch._decomp.decompositions._preprocess_chunk_cat_inputs: the dimension.
std::int64_t chunk_cat_dim(Call& call, const Tensors& tensors, std::int64_t dim) {
  check(!tensors.empty(), ErrorType::kRuntimeError, [] { return "_chunk_cat expects a non-empty input tensor list"; });
  bool same_rank = true;
  for (const FakeTensor* t : tensors) {
    check(call, sym_gt(t->numel(), 0), ErrorType::kRuntimeError, [] { return "_chunk_cat expects non-empty tensor"; });
    check(t->dtype == tensors.front()->dtype, ErrorType::kRuntimeError,
          [] { return "_chunk_cat expects all input tensors with the same dtype"; });
    same_rank = same_rank && t->dim() == tensors.front()->dim();
  }
  if (same_rank) return wrap_dim(dim, tensors.front()->dim());
  check(dim >= 0, ErrorType::kRuntimeError,
        [] { return "_chunk_cat expects non-negative dim when input tensors have different ndims"; });
  for (const FakeTensor* t : tensors) {
    check(dim < t->dim(), ErrorType::kRuntimeError,
          [] { return "_chunk_cat expects dim < ndim for all input tensors"; });
  }
  return dim;
}

Results chunk_cat(Call& call) {
  // torch._decomp.decompositions._chunk_cat
  const Tensors tensors = call.tensors(0);
  const std::int64_t chunks = call.integer(2);
  check(chunks >= 1, ErrorType::kRuntimeError, [] { return "_chunk_cat expects positive num_chunks"; });
  const std::int64_t dim = chunk_cat_dim(call, tensors, call.integer(1));
  const auto at = static_cast<std::size_t>(dim);
  for (const FakeTensor* t : tensors) shape_at(*t, dim);
  Tensors padded;
  for (FakeTensor* t : tensors) {
    const SymInts sizes = t->sizes;
    const SymInt length = floordiv(sizes[at] + SymInt(chunks) - 1, chunks) * SymInt(chunks);
    if (truth(call, sym_ne(length, sizes[at]))) {
      SymInts pad(2 * (sizes.size() - at), SymInt(0));
      pad.back() = length - sizes[at];
      t = &constant_pad(call, *t, pad);
    }
    SymInts shape(sizes.begin(), sizes.begin() + dim);
    shape.emplace_back(chunks);
    shape.emplace_back(-1);
    padded.push_back(&reshape(call, *t, shape));
  }
  return one(cat(call, padded, dim + 1));
}

SymInt longest(Call& call, const Tensors& sequences) {
  SymInt length = size_at(*sequences.front(), 0);
  for (const FakeTensor* t : sequences) {
    if (t != sequences.front()) length = call.py_max(length, size_at(*t, 0));
  }
  return length;
}

Results pad_sequence(Call& call) {
  // torch._decomp.decompositions.pad_sequence
  const Tensors sequences = call.tensors(0);
  check(!sequences.empty(), ErrorType::kRuntimeError, [] { return "received an empty list of sequences"; });
  const std::string_view side = call.string(3);
  check(side == "left" || side == "right", ErrorType::kRuntimeError,
        [&] { return fmt::format("Expected padding_side to be one of left or right, but got {}.", side); });
  const SymInts& first = sequences.front()->sizes;
  const SymInt length = longest(call, sequences);
  SymInts sizes(first.begin() + 1, first.end());
  const SymInt count(sequences.size());
  const bool batch_first = call.boolean(1);
  sizes.insert(sizes.begin(), {batch_first ? count : length, batch_first ? length : count});
  FakeTensor& out = new_empty(call, *sequences.front(), std::move(sizes));
  for (FakeTensor* t : sequences) {
    SymInts pad(2 * first.size(), SymInt(0));
    pad[pad.size() - (side == "right" ? 1 : 2)] = length - t->sizes.front();
    constant_pad(call, *t, pad);
  }
  return one(out);
}

/// torch/csrc/utils/tensor_flatten.h
Results flatten_dense_tensors(Call& call) {
  std::vector<FakeTensor*> flat;
  for (FakeTensor* t : call.tensors(0)) flat.push_back(&reshape(call, contiguous(call, *t), {SymInt(-1)}));
  return one(flat.size() == 1 ? *flat[0] : cat(call, flat));
}

constexpr OpRow kRows[] = {
    {"_chunk_cat", chunk_cat},
    {"_stack", stack_rule},
    {"atleast_1d", [](Call& c) { return one(atleast(c, c.tensor(0), 1)); }},
    {"atleast_1d.Sequence", [](Call& c) { return list_of(all_atleast(c, c.tensors(0), 1)); }},
    {"atleast_2d", [](Call& c) { return one(atleast(c, c.tensor(0), 2)); }},
    {"atleast_2d.Sequence", [](Call& c) { return list_of(all_atleast(c, c.tensors(0), 2)); }},
    {"atleast_3d", [](Call& c) { return one(atleast(c, c.tensor(0), 3)); }},
    {"atleast_3d.Sequence", [](Call& c) { return list_of(all_atleast(c, c.tensors(0), 3)); }},
    {"block_diag", block_diag},
    {"broadcast_tensors", broadcast_tensors},
    {"cartesian_prod", cartesian_prod},
    {"cat", cat_rule},
    {"chunk", chunk},
    {"column_stack", column_stack},
    {"combinations", combinations},
    {"concat", cat_rule},
    {"concatenate", cat_rule},
    {"dsplit.array", [](Call& c) { return split_named_at(c, 'd'); }},
    {"dsplit.int", [](Call& c) { return split_evenly(c, 'd'); }},
    {"dstack", dstack},
    {"flatten_dense_tensors", flatten_dense_tensors},
    {"hsplit.array", [](Call& c) { return split_named_at(c, 'h'); }},
    {"hsplit.int", [](Call& c) { return split_evenly(c, 'h'); }},
    {"hstack", hstack},
    {"meshgrid", [](Call& c) { return list_of(meshgrid(c, c.tensors(0), "ij")); }},
    {"meshgrid.indexing", [](Call& c) { return list_of(meshgrid(c, c.tensors(0), c.string(1))); }},
    {"pad_sequence", pad_sequence},
    {"row_stack", vstack},
    {"split", split_by_sizes},
    {"split.Tensor", split_by_length},
    {"split.sizes", split_by_sizes},
    {"split_copy.Tensor", [](Call& c) { return copies_of(c, split(c, c.tensor(0), c.sym_int(1), c.integer(2))); }},
    {"split_with_sizes", split_by_sizes},
    {"split_with_sizes_copy",
     [](Call& c) { return copies_of(c, split_with_sizes(c, c.tensor(0), c.sym_ints(1), c.integer(2))); }},
    {"stack", stack_rule},
    {"tensor_split.indices", tensor_split_by_indices},
    {"tensor_split.sections", tensor_split_by_sections},
    {"tensor_split.tensor_indices_or_sections", tensor_split_by_tensor},
    {"unbind.int", unbind_rule},
    {"unbind_copy.int", [](Call& c) { return copies_of(c, unbind(c, c.tensor(0), c.integer(1))); }},
    {"unsafe_chunk", chunk},
    {"unsafe_split.Tensor", split_by_length},
    {"unsafe_split_with_sizes", split_by_sizes},
    {"vsplit.array", [](Call& c) { return split_named_at(c, 'v'); }},
    {"vsplit.int", [](Call& c) { return split_evenly(c, 'v'); }},
    {"vstack", vstack},
};

}  // namespace

std::span<const OpRow> join_split_ops() { return kRows; }

}  // namespace retrace::ops
