// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/strides.h"

#include <algorithm>
#include <numeric>

namespace retrace::ops {
namespace {

using Dims = std::vector<std::int64_t>;

const SymInt& at(std::span<const SymInt> values, std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
SymInt& at(SymInts& values, std::int64_t i) { return values[static_cast<std::size_t>(i)]; }

/// The dimensions of a channels-last tensor from the innermost out.
Dims channels_last_order(std::size_t rank) {
  if (rank == 3) return {1, 2, 0};
  if (rank == 4) return {1, 3, 2, 0};
  if (rank == 5) return {1, 4, 3, 2, 0};
  return {};
}

/// Questions in one of the two manners.
struct Questions {
  shapes::ShapeEnv& env;
  Ask ask;
  bool yes(const SymBool& b) const { return ask == Ask::kGuard ? env.guard(b) : env.guard_or_false(b); }
  bool unless_known(const SymBool& b) const { return ask == Ask::kGuard ? env.guard(b) : env.guard_or_true(b); }
};

/// check_contiguous_sizes_strides.
bool nested_strides(const Questions& is, std::span<const SymInt> sizes, std::span<const SymInt> strides) {
  SymInt expected = 1;
  SymInt expected_max = 1;
  for (std::size_t d = sizes.size(); d-- > 0;) {
    if (is.yes(sym_eq(sizes[d], 1))) continue;
    if (is.unless_known(sym_ne(strides[d], expected)) && is.unless_known(sym_ne(strides[d], expected_max)))
      return false;
    expected_max *= sym_max(sizes[d], 1);
    expected *= sizes[d];
  }
  return true;
}

bool channels_last_nested(const Questions& is, const Geometry& g) {
  SymInt expected = 1;
  for (const std::int64_t d : channels_last_order(g.sizes.size())) {
    if (is.yes(sym_eq(at(g.sizes, d), 1))) continue;
    if (is.unless_known(sym_ne(at(g.strides, d), expected))) return false;
    expected *= at(g.sizes, d);
  }
  return true;
}

/// Python's list.sort for short lists: one run, then binary insertion. The order of questions is visible as guards.
template <typename T, typename Less>
void python_sort(std::vector<T>& items, Less less) {
  std::size_t run = std::min<std::size_t>(1, items.size());
  if (items.size() > 1) {
    const bool descending = less(items[1], items[0]);
    run = 2;
    while (run < items.size() && less(items[run], items[run - 1]) == descending) ++run;
    if (descending) std::reverse(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(run));
  }
  for (std::size_t start = run; start < items.size(); ++start) {
    std::size_t left = 0;
    std::size_t right = start;
    while (left < right) {
      const std::size_t middle = left + (right - left) / 2;
      if (less(items[start], items[middle]))
        right = middle;
      else
        left = middle + 1;
    }
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(left);
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(start);
    std::rotate(begin, end, end + 1);
  }
}

/// "a >= b" for strides or lengths (ge in compute_elementwise_output_logical_to_physical_perm).
bool at_least(shapes::ShapeEnv& env, const SymInt& a, const SymInt& b) {
  if (env.guard_or_false(sym_eq(b, 0))) return true;
  if (env.guard_or_false(sym_eq(a, 0))) return false;
  return env.guard_or_false(sym_ge(a, b)) || env.guard_or_false(sym_eq(python_mod(a, b), 0));
}

/// Should dimension a lie outside of b? 1: swap, -1: as they are, 0: undecided.
int should_swap(shapes::ShapeEnv& env, std::span<const Geometry> operands, std::int64_t a, std::int64_t b) {
  for (const Geometry& g : operands) {
    const SymInt& stride_a = at(g.strides, a);
    const SymInt& stride_b = at(g.strides, b);
    if (env.guard_or_false(sym_eq(stride_a, 0)) || env.guard_or_false(sym_eq(stride_b, 0))) continue;
    if (env.guard_or_false(sym_eq(stride_a, stride_b))) {
      if (at_least(env, at(operands[0].sizes, b), at(operands[0].sizes, a))) continue;
      return 1;
    }
    if (at_least(env, stride_b, stride_a)) return -1;
    if (at_least(env, stride_a, stride_b)) return 1;
  }
  return 0;
}

/// Insertion sort with undecided comparisons, back to front as TensorIterator::reorder_dimensions does it.
Dims sorted_perm(shapes::ShapeEnv& env, std::span<const Geometry> operands) {
  const auto rank = static_cast<std::int64_t>(operands[0].sizes.size());
  Dims perm;
  for (std::int64_t d = rank - 1; d >= 0; --d) perm.push_back(d);
  for (std::size_t i = 1; i < perm.size(); ++i) {
    std::size_t dim1 = i;
    for (std::size_t dim0 = i; dim0-- > 0;) {
      const int comparison = should_swap(env, operands, perm[dim0], perm[dim1]);
      if (comparison < 0) break;
      if (comparison > 0) {
        std::swap(perm[dim0], perm[dim1]);
        dim1 = dim0;
      }
    }
  }
  std::ranges::reverse(perm);
  return perm;
}

Dims identity_perm(std::size_t rank) {
  Dims perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  return perm;
}

}  // namespace

SymInts contiguous_strides(std::span<const SymInt> sizes) {
  SymInts strides(sizes.size());
  SymInt step = 1;
  for (std::size_t d = sizes.size(); d-- > 0;) {
    strides[d] = step;
    step *= sym_max(sizes[d], 1);
  }
  return strides;
}

SymInts column_major_strides(std::span<const SymInt> sizes) {
  SymInts strides = contiguous_strides(sizes);
  if (sizes.size() < 2) return strides;
  strides[sizes.size() - 2] = 1;
  strides[sizes.size() - 1] = sym_max(sizes[sizes.size() - 2], 1);
  return strides;
}

SymInts channels_last_strides(std::span<const SymInt> sizes) {
  const Dims order = channels_last_order(sizes.size());
  check(!order.empty(), ErrorType::kRuntimeError,
        [&] { return "no channels last format strides exist in " + std::to_string(sizes.size()) + " dimensions"; });
  SymInts strides(sizes.size());
  SymInt step = 1;
  for (const std::int64_t d : order) {
    at(strides, d) = step;
    step *= at(sizes, d);
  }
  return strides;
}

SymInts strides_for(std::span<const SymInt> sizes, MemoryFormat format) {
  if (format != MemoryFormat::kChannelsLast && format != MemoryFormat::kChannelsLast3d)
    return contiguous_strides(sizes);
  const bool flat = format == MemoryFormat::kChannelsLast;
  check(sizes.size() == (flat ? 4U : 5U), ErrorType::kRuntimeError, [&] {
    return flat ? "required rank 4 tensor to use channels_last format"
                : "required rank 5 tensor to use channels_last_3d format";
  });
  return channels_last_strides(sizes);
}

bool is_contiguous(shapes::ShapeEnv& env, const Geometry& g, Ask ask) {
  const Questions is{env, ask};
  return is.yes(sym_lt(product(g.sizes), 2)) || nested_strides(is, g.sizes, g.strides);
}

bool is_contiguous_for(shapes::ShapeEnv& env, const Geometry& g, MemoryFormat format, Ask ask) {
  if (format == MemoryFormat::kChannelsLast) return g.sizes.size() == 4 && channels_last_nested({env, ask}, g);
  if (format == MemoryFormat::kChannelsLast3d) return g.sizes.size() == 5 && channels_last_nested({env, ask}, g);
  return is_contiguous(env, g, ask);
}

bool is_non_overlapping_and_dense(shapes::ShapeEnv& env, const Geometry& g) {
  if (env.guard_or_false(sym_lt(product(g.sizes), 2))) return true;
  if (g.sizes.size() == 1) return env.guard_or_false(sym_eq(g.strides[0], 1));
  struct Dim {
    SymInt size, stride;
  };
  std::vector<Dim> dims;
  for (std::size_t d = 0; d < g.sizes.size(); ++d) dims.push_back({g.sizes[d], g.strides[d]});
  python_sort(dims, [&](const Dim& a, const Dim& b) {
    if (env.guard_or_false(sym_lt(a.stride, b.stride))) return true;
    const bool divides =
        env.guard_or_false(sym_eq(a.stride, 0)) || env.guard_or_false(sym_eq(python_mod(b.stride, a.stride), 0));
    return divides && env.guard_or_true(sym_ne(a.stride, b.stride));
  });
  Geometry nested;
  for (auto dim = dims.rbegin(); dim != dims.rend(); ++dim) {
    nested.sizes.push_back(dim->size);
    nested.strides.push_back(dim->stride);
  }
  return nested_strides({env, Ask::kOrFalse}, nested.sizes, nested.strides);
}

bool is_contiguous_in_any_format(shapes::ShapeEnv& env, const Geometry& g) {
  constexpr MemoryFormat kFormats[] = {MemoryFormat::kContiguous, MemoryFormat::kChannelsLast,
                                       MemoryFormat::kChannelsLast3d};
  return std::ranges::any_of(kFormats, [&](MemoryFormat format) { return is_contiguous_for(env, g, format); });
}

bool is_packed(shapes::ShapeEnv& env, const Geometry& g) {
  return is_contiguous_in_any_format(env, g) || is_non_overlapping_and_dense(env, g);
}

bool overlaps_itself(shapes::ShapeEnv& env, const Geometry& g) {
  if (is_packed(env, g)) return false;
  for (std::size_t d = 0; d < g.sizes.size(); ++d)
    if (env.guard_or_false(sym_gt(g.sizes[d], 1)) && env.guard_or_false(sym_eq(g.strides[d], 0))) return true;
  return false;
}

bool strides_like_channels_last(shapes::ShapeEnv& env, const Geometry& g) {
  const std::size_t rank = g.sizes.size();
  if (rank != 4 && rank != 5) return false;
  if (env.guard_or_true(sym_eq(g.strides[1], 0))) return false;
  SymInt least = 0;
  for (const std::int64_t d : channels_last_order(rank)) {
    if (env.guard_or_true(sym_eq(at(g.sizes, d), 0))) return false;
    if (env.guard_or_true(sym_lt(at(g.strides, d), least))) return false;
    if (d == 0 && env.guard(sym_eq(least, g.strides[1]))) return false;
    least = at(g.strides, d) * at(g.sizes, d);
  }
  return true;
}

MemoryFormat suggest_memory_format(shapes::ShapeEnv& env, const Geometry& g) {
  if (!strides_like_channels_last(env, g)) return MemoryFormat::kContiguous;
  return g.sizes.size() == 4 ? MemoryFormat::kChannelsLast : MemoryFormat::kChannelsLast3d;
}

std::vector<std::int64_t> elementwise_perm(shapes::ShapeEnv& env, std::span<const Geometry> operands) {
  const std::size_t rank = operands.empty() ? 0 : operands[0].sizes.size();
  if (rank < 2) return identity_perm(rank);
  bool contiguous = true;
  bool channels_last = true;
  for (const Geometry& g : operands) {
    contiguous = contiguous && is_contiguous(env, g);
    channels_last = channels_last && is_contiguous_for(env, g, MemoryFormat::kChannelsLast);
  }
  if (contiguous && !channels_last) return identity_perm(rank);
  if (channels_last && !contiguous) return {0, 2, 3, 1};
  return sorted_perm(env, operands);
}

SymInts elementwise_strides(shapes::ShapeEnv& env, std::span<const Geometry> operands) {
  const std::size_t rank = operands.empty() ? 0 : operands[0].sizes.size();
  if (rank == 0) return {};
  if (rank == 1) return {1};
  if (operands.size() == 1 && is_non_overlapping_and_dense(env, operands[0])) return operands[0].strides;
  return permuted_strides(operands[0].sizes, elementwise_perm(env, operands));
}

SymInts permuted_strides(std::span<const SymInt> sizes, std::span<const std::int64_t> perm) {
  SymInts physical;
  for (const std::int64_t d : perm) physical.push_back(at(sizes, d));
  const SymInts dense = contiguous_strides(physical);
  SymInts strides(sizes.size());
  for (std::size_t i = 0; i < perm.size(); ++i) at(strides, perm[i]) = dense[i];
  return strides;
}

SymInts preserved_strides(shapes::ShapeEnv& env, const Geometry& g) { return elementwise_strides(env, {&g, 1}); }

SymInts like_strides(shapes::ShapeEnv& env, const Geometry& g, MemoryFormat format) {
  if (format != MemoryFormat::kPreserve) return strides_for(g.sizes, format);
  return permuted_strides(g.sizes, elementwise_perm(env, {&g, 1}));
}

}  // namespace retrace::ops
