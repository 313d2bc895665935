// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/view_geometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/ops/vocabulary/infer_size.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

Results list_of(const std::vector<FakeTensor*>& tensors) { return {Value(ValueList(tensors.begin(), tensors.end()))}; }

double as_dtype(double value, ScalarType dtype) {
  if (is_bool(dtype)) return value != 0 ? 1 : 0;
  if (is_integral(dtype, false)) return std::trunc(value);
  return dtype == ScalarType::kFloat ? static_cast<double>(static_cast<float>(value)) : value;
}

FakeTensor& as_strided(Call& call, FakeTensor& a, SymInts sizes, SymInts strides, std::optional<SymInt> offset) {
  const bool keeps_constant = a.constant && a.constant->size() == 1 && product(sizes).is(1);
  FakeTensor& result = call.view(a, std::move(sizes), std::move(strides), offset ? *offset : a.storage_offset);
  if (keeps_constant) result.constant = a.constant;
  return result;
}

FakeTensor& alias(Call& call, FakeTensor& a) { return as_strided(call, a, a.sizes, a.strides); }

FakeTensor& unsqueeze(Call& call, FakeTensor& a, std::int64_t dim) {
  // torch._refs.unsqueeze: prims.broadcast_in_dim into a dimension of length 1.
  const std::int64_t at = wrap_dim(dim, a.dim() + 1);
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  const auto place = static_cast<std::size_t>(at);
  const SymInt stride = at == a.dim() ? SymInt(1) : a.strides[place] * a.sizes[place];
  sizes.insert(sizes.begin() + at, SymInt(1));
  strides.insert(strides.begin() + at, stride);
  return as_strided(call, a, std::move(sizes), std::move(strides));
}

FakeTensor& squeeze(Call& call, FakeTensor& a, std::span<const std::int64_t> dims) {
  // torch._refs.squeeze with dims: from the last on, each asked for in what the others left (one may be named twice).
  const std::vector<std::int64_t> wrapped = wrap_dims(dims, a.dim());
  if (a.dim() == 0) return alias(call, a);
  const auto is_one = [&](const SymInts& sizes, std::int64_t d) {
    return or_false(call, sym_eq(sizes[static_cast<std::size_t>(d)], 1));
  };
  std::vector<std::int64_t> dropped;
  std::ranges::copy_if(wrapped, std::back_inserter(dropped), [&](std::int64_t d) { return is_one(a.sizes, d); });
  std::ranges::sort(dropped, std::greater<>());
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  for (std::size_t i = 0; i < dropped.size(); ++i) {
    const std::int64_t d = wrap_dim(dropped[i], static_cast<std::int64_t>(sizes.size()));
    if (sizes.empty() || (i > 0 && dropped[i] == dropped[i - 1] && !is_one(sizes, d))) continue;
    sizes.erase(sizes.begin() + d);
    strides.erase(strides.begin() + d);
  }
  return as_strided(call, a, std::move(sizes), std::move(strides));
}

FakeTensor& permute(Call& call, FakeTensor& a, std::span<const std::int64_t> dims) {
  // torch._refs.permute, prims._transpose_meta.
  const std::vector<std::int64_t> order = wrap_dims(dims, a.dim());
  if (order.size() != a.sizes.size()) {
    raise(ErrorType::kValueError,
          fmt::format("Attempting to permute a tensor of rank {}, but received a permutation of "
                      "length {}!",
                      a.dim(), order.size()));
  }
  std::vector<bool> seen(order.size(), false);
  SymInts sizes;
  SymInts strides;
  for (const std::int64_t d : order) {
    const auto at = static_cast<std::size_t>(d);
    if (seen[at]) {
      raise(ErrorType::kValueError, fmt::format("Received an invalid permutation, [{}]!", fmt::join(order, ", ")));
    }
    seen[at] = true;
    sizes.push_back(a.sizes[at]);
    strides.push_back(a.strides[at]);
  }
  return as_strided(call, a, std::move(sizes), std::move(strides));
}

FakeTensor& transpose(Call& call, FakeTensor& a, std::int64_t dim0, std::int64_t dim1) {
  const auto first = static_cast<std::size_t>(wrap_dim(dim0, a.dim()));
  const auto second = static_cast<std::size_t>(wrap_dim(dim1, a.dim()));
  if (a.dim() <= 1 || dim0 == dim1) return alias(call, a);
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  std::swap(sizes[first], sizes[second]);
  std::swap(strides[first], strides[second]);
  return as_strided(call, a, std::move(sizes), std::move(strides));
}

namespace {

void check_no_repeat(std::vector<std::int64_t> dims, std::string_view side, std::span<const std::int64_t> given) {
  std::sort(dims.begin(), dims.end());
  check(std::adjacent_find(dims.begin(), dims.end()) == dims.end(), ErrorType::kRuntimeError,
        [&] { return fmt::format("movedim: repeated dim in `{}` ([{}])", side, fmt::join(given, ", ")); });
}

}  // namespace

FakeTensor& movedim(Call& call, FakeTensor& a, std::span<const std::int64_t> from, std::span<const std::int64_t> to) {
  // ATen/native/TensorShape.cpp movedim.
  check(from.size() == to.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "movedim: Invalid source or destination dims: source ([{}] dims) should contain the same number "
        "of dims as destination ([{}] dims)",
        fmt::join(from, ", "), fmt::join(to, ", "));
  });
  const std::vector<std::int64_t> source = wrap_dims(from, a.dim());
  const std::vector<std::int64_t> destination = wrap_dims(to, a.dim());
  check_no_repeat(source, "source", from);
  check_no_repeat(destination, "destination", to);
  if (a.dim() == 0) return alias(call, a);
  std::vector<std::int64_t> order(a.sizes.size(), -1);
  std::vector<bool> moved(a.sizes.size(), false);
  for (std::size_t i = 0; i < source.size(); ++i) {
    order[static_cast<std::size_t>(destination[i])] = source[i];
    moved[static_cast<std::size_t>(source[i])] = true;
  }
  std::int64_t next = 0;
  for (std::int64_t& d : order) {
    if (d >= 0) continue;
    while (moved[static_cast<std::size_t>(next)]) ++next;
    d = next++;
  }
  return permute(call, a, order);
}

namespace {

/// Where the index-th piece along a dimension begins. PyTorch's SymInts are replaced before they are multiplied: a
/// product of sums that is replaced afterwards would be expanded.
SymInt offset_after(Call& call, const FakeTensor& a, std::size_t dim, const SymInt& index) {
  auto& env = call.env();
  return env.replace(a.storage_offset) + env.replace(index) * env.replace(a.strides[dim]);
}

}  // namespace

FakeTensor& select(Call& call, FakeTensor& a, std::int64_t dim, const SymInt& index) {
  // fake_impls.meta_select
  check(a.dim() != 0, ErrorType::kIndexError, [] { return "select() cannot be applied to a 0-dim tensor."; });
  const std::int64_t wrapped = wrap_dim(dim, a.dim());
  const auto at = static_cast<std::size_t>(wrapped);
  const SymInt& size = a.sizes[at];
  if (or_false(call, sym_ge(index, size)) || or_false(call, sym_lt(index, -size))) {
    raise(ErrorType::kIndexError, fmt::format("select(): index {} out of range for tensor of size {} at dimension {}",
                                              to_string(index), to_string(a.sizes), wrapped));
  }
  SymInt offset;
  if (or_false(call, sym_ge(index, 0))) {
    offset = offset_after(call, a, at, index);
  } else if (or_false(call, sym_lt(index, 0))) {
    offset = offset_after(call, a, at, call.env().replace(index) + call.env().replace(size));
  } else {
    offset = call.env().new_unbacked_int();
  }
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  sizes.erase(sizes.begin() + wrapped);
  strides.erase(strides.begin() + wrapped);
  return as_strided(call, a, std::move(sizes), std::move(strides), offset);
}

namespace {

/// fake_impls._compute_slice_index; none: it rests on data.
std::optional<SymInt> slice_index(Call& call, const SymInt& size, const SymInt& index) {
  if (or_false(call, sym_and(sym_ge(index, 0), sym_le(index, size)))) return index;
  if (or_false(call, sym_and(sym_lt(index, 0), sym_ge(index, -size)))) return index + size;
  if (or_false(call, sym_lt(index, -size))) return SymInt(0);
  if (or_false(call, sym_gt(index, size))) return size;
  if (or_false(call, sym_ge(index, 0))) return sym_min(index, size);
  if (or_false(call, sym_lt(index, 0))) return sym_max(index + size, 0);
  return std::nullopt;
}

SymInt slice_length(Call& call, const SymInt& start, const SymInt& end, const SymInt& step) {
  if (or_false(call, sym_ge(end, start))) return floordiv(end - start + step - 1, step);
  if (or_false(call, sym_ge(start, end))) return SymInt(0);
  return floordiv(sym_max(end - start, 0) + step - 1, step);
}

/// torch._check(condition) without a message.
void require(Call& call, const SymBool& condition) {
  check(call, condition, ErrorType::kRuntimeError, [] {
    return "Expected cond to be True, but got False. (Could this error message be improved? If so, please "
           "report an enhancement request to PyTorch.)";
  });
}

}  // namespace

FakeTensor& slice(Call& call, FakeTensor& a, std::int64_t dim, const std::optional<SymInt>& start,
                  const std::optional<SymInt>& end, const SymInt& step) {
  // fake_impls.slice_forward
  check(a.dim() != 0, ErrorType::kRuntimeError, [] { return "slice() cannot be applied to a 0-dim tensor."; });
  const auto at = static_cast<std::size_t>(wrap_dim(dim, a.dim()));
  if (truth(call, sym_le(step, 0))) raise(ErrorType::kRuntimeError, "slice step must be positive");
  const SymInt size = call.env().replace(a.sizes[at]);
  const std::optional<SymInt> first = start ? slice_index(call, size, *start) : SymInt(0);
  const bool to_the_end = !end || end->is(std::numeric_limits<std::int64_t>::max());
  const std::optional<SymInt> last = to_the_end ? size : slice_index(call, size, *end);
  SymInt length;
  if (first && last) {
    length = slice_length(call, *first, *last, step);
  } else {
    length = call.env().new_unbacked_int();
    require(call, sym_ge(length, 0));
    require(call, sym_le(length, size));
  }
  SymInt offset;
  if (first) {
    offset = offset_after(call, a, at, *first);
  } else {
    offset = call.env().new_unbacked_int();
    require(call, sym_ge(offset, 0));
  }
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  sizes[at] = length;
  strides[at] = a.strides[at] * step;
  return as_strided(call, a, std::move(sizes), std::move(strides), offset);
}

namespace {

/// The end of narrow_symint whose start has no known sign.
FakeTensor& narrow_unbacked(Call& call, FakeTensor& a, std::int64_t dim, const SymInt& start, const SymInt& length) {
  const auto at = static_cast<std::size_t>(dim);
  const SymInt size = a.sizes[at];
  const SymInt end = start + length;
  check(call, sym_or(sym_and(sym_lt(start, 0), sym_le(end, 0)), sym_and(sym_ge(start, 0), sym_le(end, size))),
        ErrorType::kRuntimeError, [&] {
          return fmt::format("start ({}) + length ({}) exceeds dimension size ({}).", to_string(start),
                             to_string(length), to_string(size));
        });
  if (or_false(call, sym_ne(end, 0))) return slice(call, a, dim, start, end);
  const SymBool wraps = sym_and(sym_lt(start, 0), sym_eq(end, 0));
  expr::Pool& pool = call.env().pool();
  const SymInt use_size = wraps.is_bool()
                              ? SymInt(wraps.as_bool() ? 1 : 0)
                              : SymInt(pool.make(expr::Kind::kPiecewise,
                                                 {pool.integer(1), wraps.node(), pool.integer(0), pool.boolean(true)}));
  FakeTensor& result = slice(call, a, dim, start, end + use_size * size);
  require(call, sym_eq(result.sizes[at], length));
  return result;
}

}  // namespace

FakeTensor& narrow(Call& call, FakeTensor& a, std::int64_t dim, SymInt start, const SymInt& length) {
  // ATen/native/TensorShape.cpp narrow_symint
  check(a.dim() > 0, ErrorType::kRuntimeError, [] { return "narrow() cannot be applied to a 0-dim tensor."; });
  check(call, sym_ge(length, 0), ErrorType::kRuntimeError, [] { return "narrow(): length must be non-negative."; });
  const std::int64_t wrapped = wrap_dim(dim, a.dim());
  const SymInt size = a.sizes[static_cast<std::size_t>(wrapped)];
  check(call, sym_and(sym_le(-size, start), sym_le(start, size)), ErrorType::kIndexError, [&] {
    return fmt::format("start out of range (expected to be in range of [{}, {}], but got {})", to_string(-size),
                       to_string(size), to_string(start));
  });
  const bool negative = or_false(call, sym_lt(start, 0));
  const bool known = negative || or_false(call, sym_ge(start, 0));
  if (!known) return narrow_unbacked(call, a, wrapped, start, length);
  if (negative) start = start + size;
  check(call, sym_le(start, size - length), ErrorType::kRuntimeError, [&] {
    return fmt::format("start ({}) + length ({}) exceeds dimension size ({}).", to_string(start), to_string(length),
                       to_string(size));
  });
  return slice(call, a, wrapped, start, start + length);
}

FakeTensor& diagonal(Call& call, FakeTensor& a, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  // torch._refs.diagonal
  const auto first = static_cast<std::size_t>(wrap_dim(dim1, a.dim()));
  const auto second = static_cast<std::size_t>(wrap_dim(dim2, a.dim()));
  check(first != second, ErrorType::kRuntimeError,
        [&] { return fmt::format("diagonal dimensions cannot be identical {}, {}", first, second); });
  SymInt length;
  SymInt storage_offset = a.storage_offset;
  if (offset >= 0) {
    length = sym_max(sym_min(a.sizes[first], a.sizes[second] - offset), 0);
    storage_offset += SymInt(offset) * a.strides[second];
  } else {
    length = sym_max(sym_min(a.sizes[first] + offset, a.sizes[second]), 0);
    storage_offset -= SymInt(offset) * a.strides[first];
  }
  SymInts sizes;
  SymInts strides;
  for (std::size_t d = 0; d < a.sizes.size(); ++d) {
    if (d == first || d == second) continue;
    sizes.push_back(a.sizes[d]);
    strides.push_back(a.strides[d]);
  }
  sizes.push_back(length);
  strides.push_back(a.strides[first] + a.strides[second]);
  return as_strided(call, a, std::move(sizes), std::move(strides), storage_offset);
}

FakeTensor& unfold(Call& call, FakeTensor& a, std::int64_t dim, const SymInt& size, const SymInt& step) {
  // torch._refs._get_unfold_shape_stride
  const auto at = static_cast<std::size_t>(wrap_dim(dim, a.dim()));
  const SymInt max_size = a.dim() == 0 ? SymInt(1) : a.sizes[at];
  const SymInt last_stride = a.dim() == 0 ? SymInt(1) : a.strides[at];
  check(call, sym_le(size, max_size), ErrorType::kRuntimeError, [&] {
    return fmt::format("Maximum size for tensor at dimension {} is {} but size is {}", at, to_string(max_size),
                       to_string(size));
  });
  check(call, sym_gt(step, 0), ErrorType::kRuntimeError,
        [&] { return fmt::format("Step is {} but must be > 0", to_string(step)); });
  check(!size.is_int() || size.as_int() >= 0, ErrorType::kRuntimeError,
        [] { return "numel: integer multiplication overflow"; });
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  if (a.dim() > 0) {
    sizes[at] = floordiv(sizes[at] - size, step) + 1;
    strides[at] *= step;
  }
  sizes.push_back(size);
  strides.push_back(last_stride);
  return as_strided(call, a, std::move(sizes), std::move(strides));
}

FakeTensor& expand(Call& call, FakeTensor& a, const SymInts& sizes) {
  Geometry g = expand(call, geometry(a), sizes);
  return as_strided(call, a, std::move(g.sizes), std::move(g.strides));
}

FakeTensor& new_empty(Call& call, const FakeTensor& a, SymInts sizes) {
  return call.contiguous(a.dtype, std::move(sizes), a.device);
}

FakeTensor& new_empty(Call& call, const FakeTensor& a, SymInts sizes, ScalarType dtype) {
  return call.contiguous(dtype, std::move(sizes), a.device);
}

FakeTensor& empty_in(Call& call, const FakeTensor& a, SymInts sizes, MemoryFormat format) {
  SymInts strides = strides_for(sizes, format);
  return call.strided(a.dtype, std::move(sizes), std::move(strides), a.device);
}

FakeTensor& clone(Call& call, const FakeTensor& a, MemoryFormat format) {
  // prims._clone_meta
  const Geometry g = geometry(a);
  SymInts strides = format == MemoryFormat::kPreserve ? elementwise_strides(call.env(), std::span(&g, 1))
                                                      : strides_for(a.sizes, format);
  FakeTensor& result = call.strided(a.dtype, a.sizes, std::move(strides), a.device);
  result.constant = a.constant;
  return result;
}

FakeTensor& contiguous(Call& call, FakeTensor& a, MemoryFormat format) {
  if (is_contiguous_for(call.env(), geometry(a), format)) return a;
  return clone(call, a, format);
}

FakeTensor& convert_dtype(Call& call, FakeTensor& a, ScalarType dtype) {
  // prims._convert_element_type_meta
  const Geometry g = geometry(a);
  SymInts strides = is_non_overlapping_and_dense(call.env(), g) ? a.strides.values()
                                                                : elementwise_strides(call.env(), std::span(&g, 1));
  FakeTensor& result = call.strided(dtype, a.sizes, std::move(strides), a.device);
  if (a.constant && a.constant->size() == 1) result.constant = {as_dtype(a.constant->front(), dtype)};
  return result;
}

FakeTensor& to_dtype(Call& call, FakeTensor& a, ScalarType dtype) {
  return a.dtype == dtype ? a : convert_dtype(call, a, dtype);
}

}  // namespace retrace::ops
