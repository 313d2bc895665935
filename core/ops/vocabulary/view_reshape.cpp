// SPDX-License-Identifier: Apache-2.0
// view and reshape: which strides a new shape has on old storage, and what PyTorch asks to find out.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/vocabulary/infer_size.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

namespace {

/// A question that ends in a guard, or with a fallback where it rests on data.
struct Asker {
  Call& call;
  bool oblivious;
  bool or_no(const SymBool& b) const { return oblivious ? or_false(call, b) : truth(call, b); }
  bool or_yes(const SymBool& b) const { return oblivious ? or_true(call, b) : truth(call, b); }
};

SymInts strides_of_empty(std::span<const SymInt> shape) {
  SymInts strides(shape.size(), SymInt(1));
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = sym_max(shape[d], 1) * strides[d];
  return strides;
}

/// A run of old dimensions that is contiguous in itself, laid out over the new shape from the back.
struct ChunkWalk {
  SymInt base_stride;
  SymInt old_numel = 1;
  SymInt new_numel = 1;
};

}  // namespace

std::optional<SymInts> compute_stride(Call& call, const Geometry& from, std::span<const SymInt> shape, Ask ask) {
  const Asker asker{call, ask == Ask::kOrFalse};
  const SymInts& old_sizes = from.sizes;
  if (old_sizes.empty()) return SymInts(shape.size(), SymInt(1));
  const bool empty = asker.or_no(sym_eq(product(old_sizes), 0));
  if (empty && asker.or_no(sym_eq(old_sizes, shape))) return from.strides;
  if (empty) return strides_of_empty(shape);

  SymInts strides(shape.size(), SymInt(0));
  std::size_t left = shape.size();
  ChunkWalk chunk{from.strides.back()};
  for (std::size_t d = old_sizes.size(); d-- > 0;) {
    chunk.old_numel *= old_sizes[d];
    const bool chunk_ends = d == 0 || (asker.or_yes(sym_ne(old_sizes[d - 1], 1)) &&
                                       asker.or_yes(sym_ne(from.strides[d - 1], chunk.old_numel * chunk.base_stride)));
    if (!chunk_ends) continue;
    while (left > 0 &&
           (asker.or_yes(sym_lt(chunk.new_numel, chunk.old_numel)) || asker.or_no(sym_eq(shape[left - 1], 1)))) {
      strides[left - 1] = chunk.new_numel * chunk.base_stride;
      chunk.new_numel *= shape[left - 1];
      --left;
    }
    if (asker.or_yes(sym_ne(chunk.new_numel, chunk.old_numel))) return std::nullopt;
    if (d > 0) chunk = ChunkWalk{from.strides[d - 1]};
  }
  if (left != 0) return std::nullopt;
  return strides;
}

namespace {

/// Can dims start..end be one dimension of one stride?
SymBool collapsible(Call& call, const Geometry& a, std::size_t start, std::size_t end, const SymInt& numel) {
  SymBool valid = true;
  if (or_false(call, sym_ne(numel, 0))) {
    for (std::size_t d = end; d-- > start;) {
      valid = sym_and(valid, sym_or(sym_or(sym_eq(a.sizes[d], 1), sym_eq(a.sizes[d + 1], 1)),
                                    sym_eq(a.strides[d], a.strides[d + 1] * a.sizes[d + 1])));
      if (valid.is_bool() && !valid.as_bool()) break;
    }
  }
  return sym_or(valid, sym_eq(numel, 0));
}

}  // namespace

std::optional<Geometry> collapse_view(Call& call, const Geometry& a, std::int64_t start_dim, std::int64_t end_dim) {
  if (a.sizes.empty()) return Geometry{{SymInt(1)}, {SymInt(1)}};
  if (start_dim == end_dim) return a;
  const auto start = static_cast<std::size_t>(start_dim);
  const auto end = static_cast<std::size_t>(end_dim);
  const SymInt numel = product(a.sizes);
  if (!or_false(call, collapsible(call, a, start, end, numel))) return std::nullopt;
  SymInt stride = a.strides[end];
  for (std::size_t d = end; d-- > start;) {
    if (truth(call, sym_ne(a.sizes[d], 1))) stride = call.py_min(stride, a.strides[d]);
  }
  SymInt length = a.sizes[end];
  if (or_true(call, sym_ne(length, 0))) {
    for (std::size_t d = end; d-- > start;) {
      if (or_false(call, sym_eq(a.sizes[d], 0))) {
        length = 0;
        stride = 0;
        break;
      }
      length = length * a.sizes[d];
    }
  } else {
    stride = 0;
  }
  Geometry merged = a;
  merged.sizes.erase(merged.sizes.begin() + start_dim, merged.sizes.begin() + end_dim);
  merged.strides.erase(merged.strides.begin() + start_dim, merged.strides.begin() + end_dim);
  merged.sizes[start] = length;
  merged.strides[start] = stride;
  if (or_false(call, sym_eq(numel, 0))) merged.strides = contiguous_strides(merged.sizes);
  return merged;
}

namespace {

[[noreturn]] void cannot_view(const FakeTensor& a, std::span<const SymInt> shape) {
  std::string strides = to_string(a.strides);
  strides.front() = '(';
  strides.back() = ')';
  raise(ErrorType::kValueError,
        fmt::format("Cannot view a tensor with shape {} and strides {} as a tensor with shape {}!", size_text(a.sizes),
                    strides, to_string(shape)));
}

/// prims.split_dim: dimension `at` into (outer, rest).
void split_dim(Call& call, Geometry& g, std::size_t at, const SymInt& outer) {
  const SymInt inner = floordiv(g.sizes[at], outer);
  if (truth(call, sym_ne(python_mod(g.sizes[at], outer), 0))) {
    raise(ErrorType::kValueError,
          fmt::format("Attempting to split dimension of length {}, but outer length of {} divides it with a remainder!",
                      to_string(g.sizes[at]), to_string(outer)));
  }
  const auto place = static_cast<std::ptrdiff_t>(at);
  g.sizes[at] = outer;
  g.sizes.insert(g.sizes.begin() + place + 1, inner);
  g.strides.insert(g.strides.begin() + place, g.strides[at] * inner);
}

/// One step of _reshape_view_helper_core_alg: makes dimension `at` have `length`. False: only as a copy.
bool fit_dimension(Call& call, Geometry& g, std::size_t at, const SymInt& length) {
  SymInt accumulated = g.sizes[at];
  std::size_t end = at;
  while (truth(call, sym_ne(python_mod(accumulated, length), 0))) {
    ++end;
    if (end >= g.sizes.size()) raise(ErrorType::kIndexError, "tuple index out of range");
    accumulated *= g.sizes[end];
  }
  if (end != at) {
    std::optional<Geometry> merged =
        collapse_view(call, g, static_cast<std::int64_t>(at), static_cast<std::int64_t>(end));
    if (!merged) return false;
    g = std::move(*merged);
  }
  if (truth(call, sym_ne(accumulated, length))) split_dim(call, g, at, length);
  return true;
}

/// torch._refs._reshape_view_helper_core_alg; none: only as a copy.
std::optional<Geometry> core_algorithm(Call& call, Geometry g, std::span<const SymInt> shape) {
  std::size_t at = 0;
  for (const SymInt& length : shape) {
    if (at >= g.sizes.size()) {
      if (truth(call, sym_ne(length, 1))) {
        raise(ErrorType::kAssertionError,
              fmt::format("Cannot unsqueeze dimension with length {}, expected 1", to_string(length)));
      }
      split_dim(call, g, g.sizes.size() - 1, SymInt(g.sizes.back()));
    } else if (!truth(call, sym_eq(length, g.sizes[at])) && !fit_dimension(call, g, at, length)) {
      return std::nullopt;
    }
    ++at;
  }
  while (at < g.sizes.size()) {
    check(call, sym_eq(g.sizes[at], 1), ErrorType::kRuntimeError,
          [&] { return fmt::format("a.size({}) expected to be 1 but got {}", at, to_string(g.sizes[at])); });
    g.sizes.erase(g.sizes.begin() + static_cast<std::ptrdiff_t>(at));
    g.strides.erase(g.strides.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return g;
}

/// A one-element tensor as () or as (1, ..., 1).
FakeTensor& view_of_one(Call& call, FakeTensor& a, std::span<const SymInt> shape) {
  for (const SymInt& length : a.dim() == 0 ? shape : std::span<const SymInt>(a.sizes)) {
    if (truth(call, sym_ne(length, 1))) {
      raise(ErrorType::kAssertionError, fmt::format("Cannot reshape {} 0-dim tensor: shape dimension must be 1, got {}",
                                                    a.dim() == 0 ? "" : "to", to_string(length)));
    }
  }
  return as_strided(call, a, SymInts(shape.begin(), shape.end()), SymInts(shape.size(), SymInt(1)));
}

/// torch._refs._reshape_view_helper
FakeTensor& view_backed(Call& call, FakeTensor& a, std::span<const SymInt> given, bool allow_copy) {
  const SymInt numel = a.numel();
  SymInts shape = infer_size(call, given, numel);
  if (truth(call, sym_eq(numel, 0))) {
    SymInts strides = contiguous_strides(shape);
    return as_strided(call, a, std::move(shape), std::move(strides));
  }
  if (a.dim() == 0 || shape.empty()) return view_of_one(call, a, shape);
  if (is_contiguous(call.env(), geometry(a))) {
    // torch.as_strided keeps the storage offset.
    if (shape.size() == 1 && a.dim() > 1) return as_strided(call, a, {numel}, {SymInt(1)});
    if (shape.size() == 2 && a.dim() == 1) return as_strided(call, a, shape, {shape[1], SymInt(1)});
  }
  check(call, sym_eq(numel, product(shape)), ErrorType::kRuntimeError, [&] {
    return fmt::format("Could not reshape a tensor with shape {} as a tensor with shape {}!", size_text(a.sizes),
                       to_string(shape));
  });
  if (std::optional<Geometry> g = core_algorithm(call, geometry(a), shape)) {
    return as_strided(call, a, std::move(g->sizes), std::move(g->strides));
  }
  if (!allow_copy) cannot_view(a, shape);
  return new_empty(call, a, std::move(shape));
}

bool has_hints(Call& call, std::span<const SymInt> values) {
  return std::all_of(values.begin(), values.end(), [&](const SymInt& v) { return call.env().hint(v).has_value(); });
}

bool view_has_unbacked(Call& call, const FakeTensor& a, std::span<const SymInt> shape) {
  return !has_hints(call, a.sizes) || !has_hints(call, a.strides) || !has_hints(call, shape);
}

/// fake_impls._view_unbacked_meta
FakeTensor& view_unbacked(Call& call, FakeTensor& a, std::span<const SymInt> given, bool allow_copy) {
  const SymInt numel = a.numel();
  SymInts shape = infer_size(call, given, numel);
  if (a.dim() == 0 || shape.empty()) {
    for (const SymInt& length : a.dim() == 0 ? shape : a.sizes.values()) {
      check(call, sym_eq(length, 1), ErrorType::kRuntimeError,
            [] { return "Expected cond to be True, but got False."; });
    }
    return as_strided(call, a, shape, SymInts(shape.size(), SymInt(1)));
  }
  check(call, sym_eq(numel, product(shape)), ErrorType::kRuntimeError, [&] {
    return fmt::format("Could not reshape a tensor with shape {} as a tensor with shape {}!", size_text(a.sizes),
                       to_string(shape));
  });
  if (shape.size() == a.sizes.size() && or_false(call, sym_eq(shape, a.sizes))) return alias(call, a);
  for (const Ask ask : {Ask::kOrFalse, Ask::kGuard}) {
    if (is_contiguous(call.env(), geometry(a), ask)) {
      SymInts strides = contiguous_strides(shape);
      return as_strided(call, a, std::move(shape), std::move(strides));
    }
    if (std::optional<SymInts> strides = compute_stride(call, geometry(a), shape, ask)) {
      return as_strided(call, a, std::move(shape), std::move(*strides));
    }
    if (!view_has_unbacked(call, a, shape)) break;
  }
  if (!allow_copy) cannot_view(a, shape);
  FakeTensor& copy = clone(call, a, MemoryFormat::kContiguous);
  SymInts strides = contiguous_strides(shape);
  return as_strided(call, copy, std::move(shape), std::move(strides));
}

}  // namespace

FakeTensor& view_shape(Call& call, FakeTensor& a, const SymInts& shape, bool allow_copy) {
  if (view_has_unbacked(call, a, shape)) return view_unbacked(call, a, shape, allow_copy);
  return view_backed(call, a, shape, allow_copy);
}

FakeTensor& reshape(Call& call, FakeTensor& a, const SymInts& given) {
  // ATen/native/TensorShape.cpp reshape_symint
  if (is_contiguous(call.env(), geometry(a))) return view_shape(call, a, given);
  const SymInts shape = infer_size_dv(call, given, a.numel());
  if (compute_stride(call, geometry(a), shape, Ask::kOrFalse)) return view_shape(call, a, shape);
  return view_shape(call, clone(call, a, MemoryFormat::kContiguous), shape);
}

FakeTensor& flatten(Call& call, FakeTensor& a, std::int64_t start_dim, std::int64_t end_dim) {
  const std::int64_t start = wrap_dim(start_dim, a.dim());
  const std::int64_t end = wrap_dim(end_dim, a.dim());
  check(start <= end, ErrorType::kRuntimeError,
        [] { return "flatten() has invalid args: start_dim cannot come after end_dim"; });
  if (a.dim() == 0) return reshape(call, a, {SymInt(1)});
  if (start == end) return a;
  SymInts shape(a.sizes.begin(), a.sizes.begin() + start);
  shape.push_back(
      product(std::span(a.sizes).subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start + 1))));
  shape.insert(shape.end(), a.sizes.begin() + end + 1, a.sizes.end());
  return reshape(call, a, shape);
}

}  // namespace retrace::ops
