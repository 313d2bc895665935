// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/join.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

namespace {

/// What torch._refs.cat is given: the tensors that take part, and the dtype and layout they agree on.
struct Parts {
  std::vector<FakeTensor*> tensors;
  ScalarType dtype;
  MemoryFormat format;
};

bool empty_vector(Call& call, const FakeTensor& t) { return t.dim() == 1 && or_false(call, sym_eq(t.sizes[0], 0)); }

/// The tensor that says which rank the others must have: the first that is no vector.
const FakeTensor& rank_example(const std::vector<FakeTensor*>& tensors) {
  const FakeTensor* example = nullptr;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const FakeTensor& t = *tensors[i];
    if (t.dim() == 1) continue;
    if (example == nullptr) example = &t;
    check(t.dim() == example->dim(), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "Number of dimensions of tensors must match.  Expected {}-D tensors, but got {}-D for tensor "
          "number {} in the list",
          example->dim(), t.dim(), i);
    });
  }
  return example == nullptr ? *tensors.front() : *example;
}

std::vector<FakeTensor*> without_empty_vectors(Call& call, const std::vector<FakeTensor*>& tensors) {
  const FakeTensor& example = rank_example(tensors);
  std::vector<FakeTensor*> kept;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    FakeTensor& t = *tensors[i];
    if (t.dim() != example.dim()) {
      check(or_false(call, sym_eq(t.sizes[0], 0)), ErrorType::kRuntimeError, [&] {
        return fmt::format(
            "Number of dimensions of tensors must match.  Expected {}-D tensors, but got 1-D for tensor "
            "number {} in the list",
            example.dim(), i);
      });
    } else if (!empty_vector(call, t)) {
      kept.push_back(&t);
    }
  }
  return kept;
}

/// The memory format that all inputs suggest; contiguous where they differ.
MemoryFormat common_format(Call& call, const std::vector<FakeTensor*>& tensors) {
  std::optional<MemoryFormat> common;
  for (const FakeTensor* t : tensors) {
    const MemoryFormat format = suggest_memory_format(call.env(), geometry(*t));
    if (format == MemoryFormat::kContiguous || (common && *common != format)) return MemoryFormat::kContiguous;
    common = format;
  }
  return *common;
}

ScalarType common_dtype(const std::vector<FakeTensor*>& tensors) {
  const std::vector<Value> values(tensors.begin(), tensors.end());
  return elementwise_dtypes(values, Promotion::kNoOpmath).result;
}

}  // namespace

SymInts joined_sizes(Call& call, const std::vector<FakeTensor*>& tensors, std::size_t dim) {
  SymInts sizes = tensors.front()->sizes;
  SymInts lengths;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const SymInts& other = tensors[i]->sizes;
    check(other.size() == sizes.size(), ErrorType::kAssertionError, [&] {
      return fmt::format("All tensors must have the same number of dimensions. Expected {} but tensor {} has {}",
                         sizes.size(), i, other.size());
    });
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      if (d == dim) {
        lengths.push_back(other[d]);
        continue;
      }
      check(call, sym_eq(other[d], sizes[d]), ErrorType::kRuntimeError, [&] {
        return fmt::format(
            "Sizes of tensors must match except in dimension {}. Expected {} in dimension {} but got {} "
            "for tensor number {} in the list",
            dim, to_string(sizes[d]), d, to_string(other[d]), i);
      });
    }
  }
  check(dim < sizes.size(), ErrorType::kIndexError, [] { return "list assignment index out of range"; });
  sizes[dim] = sum(lengths);
  return sizes;
}

FakeTensor& cat(Call& call, const std::vector<FakeTensor*>& tensors, std::int64_t dim) {
  // torch._refs.cat
  if (tensors.empty()) raise(ErrorType::kValueError, "cat expects at least one tensor, but received zero!");
  const ScalarType dtype = common_dtype(tensors);
  const std::vector<FakeTensor*> kept = without_empty_vectors(call, tensors);
  const MemoryFormat format = common_format(call, tensors);
  const Device& device = tensors.front()->device;
  if (kept.empty()) return call.contiguous(dtype, {SymInt(0)}, device);
  const auto at = static_cast<std::size_t>(wrap_dim(dim, kept.front()->dim()));
  if (kept.front()->dim() == 0) {
    raise(ErrorType::kRuntimeError, "zero-dimensional tensor (at position 0) cannot be concatenated");
  }
  SymInts sizes = joined_sizes(call, kept, at);
  for (SymInt& size : sizes) size = call.env().replace(size);  // as Python's SymInts do before they are multiplied
  SymInts strides = strides_for(sizes, format);
  return call.strided(dtype, std::move(sizes), std::move(strides), device);
}

FakeTensor& stack(Call& call, const std::vector<FakeTensor*>& tensors, std::int64_t dim) {
  // torch._refs.stack
  if (tensors.empty()) raise(ErrorType::kAssertionError, "stack expects a non-empty TensorList");
  FakeTensor& first = *tensors.front();
  const std::int64_t at = wrap_dim(dim, first.dim() + 1);
  if (at >= first.dim()) {
    std::vector<FakeTensor*> columns;
    for (FakeTensor* t : tensors) columns.push_back(&unsqueeze(call, *t, at));
    return cat(call, columns, at);
  }
  for (const FakeTensor* t : tensors) {
    if (t == &first) continue;
    check(call, sym_eq(t->sizes, first.sizes), ErrorType::kRuntimeError, [&] {
      return fmt::format("stack expects each tensor to be equal size, but got {} at entry 0 ", size_text(first.sizes));
    });
  }
  SymInts sizes = first.sizes;
  sizes.insert(sizes.begin() + at, SymInt(tensors.size()));
  return view_shape(call, cat(call, tensors, at), sizes);
}

void check_count(std::int64_t tensors) {
  constexpr std::int64_t kMost = 1 << 20;
  if (tensors > kMost) throw SizeLimit(fmt::format("a list of {} tensors: at most {} are made", tensors, kMost));
}

std::vector<FakeTensor*> split_with_sizes(Call& call, FakeTensor& a, const SymInts& lengths, std::int64_t dim) {
  // torch._refs.split_with_sizes
  for (const SymInt& length : lengths) {
    check(call, sym_ge(length, 0), ErrorType::kRuntimeError,
          [] { return "split_with_sizes expects split_sizes have only non-negative entries"; });
  }
  const auto at = static_cast<std::size_t>(wrap_dim(dim, a.dim()));
  shape_at(a, static_cast<std::int64_t>(at));
  check(call, sym_eq(sum(lengths), a.sizes[at]), ErrorType::kValueError, [&] {
    return fmt::format("Split sizes add up to {} but got the tensor's size of {}", to_string(sum(lengths)),
                       to_string(a.sizes[at]));
  });
  std::vector<FakeTensor*> pieces;
  SymInt offset = a.storage_offset;
  for (const SymInt& length : lengths) {
    SymInts sizes = a.sizes;
    sizes[at] = length;
    pieces.push_back(&as_strided(call, a, std::move(sizes), a.strides, offset));
    offset = offset + a.strides[at] * length;
  }
  return pieces;
}

std::vector<FakeTensor*> split(Call& call, FakeTensor& a, const SymInt& length, std::int64_t dim) {
  // torch._decomp.decompositions.split
  const SymInt size = shape_at(a, wrap_dim(dim, a.dim()));
  check(call, sym_ge(length, 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("split expects split_size be non-negative, but got split_size={}", to_string(length));
  });
  if (truth(call, sym_eq(size, 0))) return {&alias(call, a)};
  check(call, sym_gt(length, 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("split_size can only be 0 if dimension size is 0, but got dimension size of {}",
                       to_string(size));
  });
  const SymInt count = floordiv(size + length - 1, length);
  const std::int64_t chunks = call.env().guard_int(count);
  check_count(chunks);
  SymInts lengths(static_cast<std::size_t>(chunks), length);
  lengths.back() = length - (length * SymInt(chunks) - size);
  return split_with_sizes(call, a, lengths, dim);
}

std::vector<FakeTensor*> tensor_split(Call& call, FakeTensor& a, std::int64_t sections, std::int64_t dim) {
  // ATen/native/TensorShape.cpp tensor_split_sections_symint
  check(sections > 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("number of sections must be larger than 0, got {}", sections); });
  const std::int64_t at = wrap_dim(dim, a.dim());
  const SymInt size = call.env().replace(shape_at(a, at));
  const SymInt shortest = floordiv(size, sections);
  const SymInt longer = python_mod(size, sections);
  check_count(sections);
  std::vector<FakeTensor*> pieces;
  SymInt start = 0;
  for (std::int64_t i = 0; i < sections; ++i) {
    const SymInt length = truth(call, sym_gt(longer, i)) ? shortest + 1 : shortest;
    pieces.push_back(&slice(call, a, at, start, start + length));
    start += length;
  }
  return pieces;
}

std::vector<FakeTensor*> unbind(Call& call, FakeTensor& a, std::int64_t dim) {
  // torch._refs.unbind
  const std::int64_t at = wrap_dim(dim, a.dim());
  check(a.dim() > 0, ErrorType::kIndexError, [] { return "Dimension specified as 0 but tensor has no dimensions"; });
  const SymInt& size = a.sizes[static_cast<std::size_t>(at)];
  if (truth(call, sym_eq(size, 0))) return {};
  const std::int64_t count = call.env().guard_int(size);
  std::vector<FakeTensor*> pieces;
  for (FakeTensor* piece : tensor_split(call, a, count, at)) pieces.push_back(&squeeze(call, *piece, at));
  return pieces;
}

std::vector<FakeTensor*> meshgrid(Call& call, const std::vector<FakeTensor*>& given, std::string_view indexing) {
  // ATen/native/TensorShape.cpp meshgrid
  check(!given.empty(), ErrorType::kRuntimeError, [] { return "meshgrid expects a non-empty TensorList"; });
  for (std::size_t i = 0; i + 1 < given.size(); ++i) {
    check(given[i]->dtype == given[i + 1]->dtype, ErrorType::kRuntimeError,
          [] { return "meshgrid expects all tensors to have the same dtype"; });
    check(given[i]->device == given[i + 1]->device, ErrorType::kRuntimeError,
          [] { return "meshgrid expects all tensors to have the same device"; });
  }
  check(indexing == "xy" || indexing == "ij", ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {}", indexing);
  });
  std::vector<FakeTensor*> tensors = given;
  const bool swapped = indexing == "xy" && tensors.size() >= 2;
  if (swapped) std::swap(tensors[0], tensors[1]);
  SymInts shape;
  for (const FakeTensor* t : tensors) {
    check(t->dim() <= 1, ErrorType::kRuntimeError,
          [] { return "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: "; });
    shape.push_back(t->numel());
  }
  std::vector<FakeTensor*> grids;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    SymInts column(tensors.size(), SymInt(1));
    column[i] = -1;
    grids.push_back(&expand(call, view_shape(call, *tensors[i], column), shape));
  }
  if (swapped) std::swap(grids[0], grids[1]);
  return grids;
}

FakeTensor& dense(Call& call, const FakeTensor& like, SymInts sizes, ScalarType dtype) {
  return call.contiguous(dtype, std::move(sizes), like.device);
}

}  // namespace retrace::ops
