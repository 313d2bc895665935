// SPDX-License-Identifier: Apache-2.0
// unique, bincount, histograms, searchsorted and bucketize, one_hot, segment_reduce.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/unbacked.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

constexpr auto kLong = ScalarType::kLong;

/// How many distinct values: between 0 and `numel`.
SymInt distinct_count(Call& call, const SymInt& numel) {
  if (numel.is(0)) return 0;
  const SymInt count = call.env().new_unbacked_int();
  call.env().constrain_range_for_size(count, std::nullopt, numel.is_int() ? numel.as_int() : shapes::kOo - 1);
  return count;
}

SymInt remembered_count(Call& call, FakeTensor& a, FakeTensor::CountMemo& memo) {
  const std::uint32_t version = a.storage == nullptr ? 0 : a.storage->version;
  if (!memo.count || memo.version != version) memo = {distinct_count(call, a.numel()), version};
  return *memo.count;
}

/// What a unique operator is asked for.
struct Unique {
  std::optional<std::int64_t> dim;
  bool inverse = false;
  bool counts = false;
  bool consecutive = false;
};

/// Python's shape[:dim], count, shape[dim + 1:]: behind the last of a negative dim comes the whole shape.
SymInts with_count(const SymInts& shape, std::int64_t dim, const SymInt& count) {
  const std::int64_t head = dim < 0 ? dim + static_cast<std::int64_t>(shape.size()) : dim;
  SymInts out(shape.begin(), shape.begin() + head);
  out.push_back(count);
  out.insert(out.end(), shape.begin() + (dim == -1 ? 0 : head + 1), shape.end());
  return out;
}

/// fake_impls._unique: values, inverse, counts.
Results unique(Call& call, const Unique& wish) {
  FakeTensor& a = call.tensor(0);
  SymInts sizes, inverse = {SymInt(0)}, counts = {SymInt(0)};
  if (!wish.dim) {
    sizes = {remembered_count(call, a, wish.consecutive ? a.memos.get().unique_consecutive : a.memos.get().unique)};
    if (wish.inverse) inverse = a.sizes;
    if (wish.counts) counts = sizes;
  } else {
    const std::int64_t dim = *wish.dim;
    const SymInt& length = size_at(a, dim);
    sizes = with_count(a.sizes, dim, a.numel().is(0) ? SymInt(0) : distinct_count(call, length));
    const bool on_cpu = a.device.type == "cpu";
    if (wish.inverse || on_cpu) inverse = {length};
    if (wish.counts || on_cpu) counts = {sizes[static_cast<std::size_t>(dim < 0 ? dim + std::ssize(sizes) : dim)]};
  }
  return {&new_empty(call, a, sizes), &new_empty(call, a, inverse, kLong), &new_empty(call, a, counts, kLong)};
}

Results unique_dim(Call& call) {
  const std::int64_t rank = std::max<std::int64_t>(call.tensor(0).dim(), 1);
  const std::int64_t dim = call.integer(1);
  if (dim >= 0) size_at(call.tensor(0), dim);
  return unique(call, {dim >= 0 ? dim : ((dim % rank) + rank) % rank, call.boolean(3), call.boolean(4), false});
}

Results unique_consecutive(Call& call) {
  return unique(call, {call.optional_integer(3), call.boolean(1), call.boolean(2), true});
}

Results unique_pair(Call& call) {
  Results results = unique(call, {std::nullopt, call.boolean(2), false, false});
  results.pop_back();
  return results;
}

Results bincount(Call& call) {
  // fake_impls.bincount
  const FakeTensor& a = call.tensor(0);
  const FakeTensor* weights = call.optional_tensor(1);
  const SymInt size = call.env().new_unbacked_int();
  call.env().constrain_range_for_size(size, std::nullopt, std::nullopt);
  check(call, sym_ge(size, call.sym_int(2)), ErrorType::kRuntimeError,
        [] { return "Expected cond to be True, but got False."; });
  const ScalarType dtype = weights == nullptr                     ? kLong
                           : weights->dtype == ScalarType::kFloat ? ScalarType::kFloat
                                                                  : ScalarType::kDouble;
  return one(new_empty(call, a, {size}, dtype));
}

Results histc(Call& call) {
  // torch._meta_registrations.meta_histc
  const FakeTensor& a = call.tensor(0);
  check(is_floating(a.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("\"histogram_cpu\" not implemented for '{}'", torch_name(a.dtype)); });
  const std::int64_t bins = call.integer(1);
  check(bins > 0, ErrorType::kRuntimeError, [&] { return fmt::format("histc(): bins must be > 0, but got {}", bins); });
  const auto message = [] { return "histc(): max must be larger than min"; };
  if (call.arg(2).holds<SymInt>() && call.arg(3).holds<SymInt>()) {
    check(call, sym_ge(call.sym_int(3), call.sym_int(2)), ErrorType::kRuntimeError, message);
  } else {
    check(call.number(3) >= call.number(2), ErrorType::kRuntimeError, message);
  }
  return one(new_empty(call, a, {SymInt(bins)}));
}

/// The histograms have no meta kernel: FakeTensorMode runs them on zeros, which symbolic sizes do not allow.
void check_static(const FakeTensor& a, std::string_view name) {
  if (std::any_of(a.sizes.begin(), a.sizes.end(), [](const SymInt& v) { return !v.is_int(); })) {
    raise(ErrorType::kUnsupported, std::string(name));
  }
}

/// The kernel's dispatch over dtypes.
void check_histogram_dtype(const FakeTensor& a) {
  check(a.dtype == ScalarType::kFloat || a.dtype == ScalarType::kDouble, ErrorType::kNotImplementedError,
        [&] { return fmt::format("\"histogramdd\" not implemented for '{}'", aten_name(a.dtype)); });
}

/// ATen/native/Histogram.cpp histogramdd_check_inputs, of `sizes` as the input is seen.
void check_weight(const FakeTensor& a, const SymInts& sizes, const FakeTensor* weight) {
  if (weight == nullptr) return;
  check(weight->dtype == a.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, "
        "but got input({}), and weight({})",
        cpp_name(a.dtype), cpp_name(weight->dtype));
  });
  const SymInts points(sizes.begin(), sizes.end() - 1);
  check(to_string(points) == to_string(weight->sizes), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding "
        "its innermost dimension, but got input with shape {} and weight with shape {}",
        to_string(sizes), to_string(weight->sizes));
  });
}

void check_edges(const FakeTensor& a, const FakeTensor& edges, std::size_t dim) {
  check(edges.dtype == a.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype {} and "
        "bins for dimension {} with dtype {}",
        cpp_name(a.dtype), dim, cpp_name(edges.dtype));
  });
  check(edges.dim() == 1, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.histogramdd: bins tensor should have one dimension, but got {} dimensions in the bins tensor for "
        "dimension {}",
        edges.dim(), dim);
  });
  check(!edges.numel().is(0), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for "
        "dimension {}",
        dim);
  });
}

void check_bin_count(Call& call, const SymInt& count, std::size_t dim) {
  check(call, sym_gt(count, 0), ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.histogram(): bins must be > 0, but got {} for dimension {}", to_string(count), dim);
  });
}

/// histogram sees its input as points of one coordinate.
SymInts as_points(const FakeTensor& a) { return {a.numel(), SymInt(1)}; }

/// ATen reshapes the weight of histogram, too.
void check_flat_weight(Call& call, const FakeTensor& a, std::size_t i) {
  const FakeTensor* weight = call.optional_tensor(i);
  if (weight == nullptr) return;
  FakeTensor flat = *weight;
  flat.sizes = {weight->numel()};
  check_weight(a, as_points(a), &flat);
}

Results histogram_by_count(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_static(a, "aten.histogram.bin_ct");
  const SymInt bins = call.sym_int(1);
  check_bin_count(call, bins, 0);
  check_histogram_dtype(a);
  check_flat_weight(call, a, 3);
  return {&new_empty(call, a, {bins}), &new_empty(call, a, {bins + 1})};
}

Results histogram_by_edges(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_static(a, "aten.histogram.bins_tensor");
  const FakeTensor& bins = call.tensor(1);
  check_edges(a, bins, 0);
  check_flat_weight(call, a, 2);
  check_bin_count(call, bins.numel() - 1, 0);
  check_histogram_dtype(a);
  return {&new_empty(call, a, {bins.numel() - 1}), &clone(call, bins)};
}

void check_rank(const FakeTensor& a) {
  check(a.dim() >= 2, ErrorType::kRuntimeError,
        [] { return "torch.histogramdd: input tensor should have at least 2 dimensions"; });
}

Results histogramdd_of(Call& call, const SymInts& bins) {
  const FakeTensor& a = call.tensor(0);
  check_static(a, "aten._histogramdd_bin_edges.default");
  check_rank(a);
  check_histogram_dtype(a);
  check(a.sizes.back().is(static_cast<std::int64_t>(bins.size())), ErrorType::kRuntimeError,
        [] { return "histogramdd: The size of bins must be equal to the innermost dimension of the input."; });
  check_weight(a, a.sizes, call.optional_tensor(*find_arg(call, "weight")));
  for (std::size_t d = 0; d < bins.size(); ++d) check_bin_count(call, bins[d], d);
  check_histogram_dtype(a);
  std::vector<FakeTensor*> edges;
  for (const SymInt& count : bins) edges.push_back(&new_empty(call, a, {count + 1}));
  return {&new_empty(call, a, bins), list_of(edges).front()};
}

Results histogramdd_counts(Call& call) {
  check_fallback(call);
  const FakeTensor& a = call.tensor(0);
  const SymInts bins = call.sym_ints(1);
  check_rank(a);
  check(a.sizes.back().is(static_cast<std::int64_t>(bins.size())), ErrorType::kRuntimeError,
        [] { return "histogramdd: The size of bins must be equal to the innermost dimension of the input."; });
  if (const auto* range = call.is_none(2) ? nullptr : &call.arg(2).get<ValueList>()) {
    check(range->size() == 2 * bins.size(), ErrorType::kRuntimeError, [&] {
      return fmt::format("torch.histogramdd: for a {}-dimensional histogram range should have {} elements, but got {}",
                         bins.size(), 2 * bins.size(), range->size());
    });
  }
  check_weight(a, a.sizes, call.optional_tensor(3));
  for (std::size_t d = 0; d < bins.size(); ++d) check_bin_count(call, bins[d], d);
  check_histogram_dtype(a);
  return one(new_empty(call, a, bins));
}

Results histogramdd_counts_by_edges(Call& call) {
  check_fallback(call);
  const FakeTensor& a = call.tensor(0);
  const std::vector<FakeTensor*> edges = call.tensors(1);
  check_rank(a);
  check(a.sizes.back().is(static_cast<std::int64_t>(edges.size())), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.histogramdd: expected {} sequences of bin edges for a {}-dimensional histogram but got {}",
        to_string(a.sizes.back()), to_string(a.sizes.back()), edges.size());
  });
  for (std::size_t d = 0; d < edges.size(); ++d) check_edges(a, *edges[d], d);
  check_weight(a, a.sizes, call.optional_tensor(2));
  SymInts bins;
  for (const FakeTensor* e : edges) bins.push_back(e->numel() - 1);
  for (std::size_t d = 0; d < bins.size(); ++d) check_bin_count(call, bins[d], d);
  check_histogram_dtype(a);
  return one(new_empty(call, a, bins));
}

Results histogramdd_by_edges(Call& call) {
  return {&call.op1("aten::_histogramdd_from_bin_tensors", {call.arg(0), call.arg(1), call.arg(3), call.arg(4)}),
          call.arg(1)};
}

Results histogramdd_by_int(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const std::int64_t rank = a.dim() > 0 && a.sizes.back().is_int() ? a.sizes.back().as_int() : 0;
  return histogramdd_of(call, SymInts(static_cast<std::size_t>(rank), call.sym_int(1)));
}

SymInts leading(const FakeTensor& t) {
  return t.sizes.empty() ? SymInts() : SymInts(t.sizes.begin(), t.sizes.end() - 1);
}

Results searchsorted(Call& call) {
  // torch._meta_registrations.meta_searchsorted
  const FakeTensor& sequence = call.tensor(0);
  const FakeTensor* values = call.arg(1).holds<FakeTensor*>() ? &call.tensor(1) : nullptr;
  const FakeTensor* sorter = call.optional_tensor(5);
  const bool fits =
      sequence.dim() <= 1 || (values != nullptr && truth(call, sym_eq(leading(sequence), leading(*values))));
  check(fits, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
        "boundaries tensor and input value tensor must match, but we got boundaries tensor {} and input "
        "value tensor {}",
        to_string(sequence.sizes), values == nullptr ? "[]" : to_string(values->sizes));
  });
  check(sorter == nullptr || truth(call, sym_eq(sequence.sizes, sorter->sizes)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor {} "
        "and got sorter tensor {}",
        to_string(sequence.sizes), to_string(sorter->sizes));
  });
  check(call.optional_string(4) != "left" || !call.boolean(3), ErrorType::kRuntimeError, [] {
    return "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True";
  });
  const ScalarType dtype = call.boolean(2) ? ScalarType::kInt : kLong;
  return one(new_empty(call, sequence, values == nullptr ? SymInts() : values->sizes.values(), dtype));
}

Results bucketize(Call& call) {
  const bool tensor = call.arg(0).holds<FakeTensor*>();
  const ScalarType dtype = call.boolean(2) ? ScalarType::kInt : kLong;
  return one(new_empty(call, tensor ? call.tensor(0) : call.tensor(1),
                       tensor ? call.tensor(0).sizes.values() : SymInts(), dtype));
}

/// Python's int(value): asks.
SymInt python_int(Call& call, const Value& value) {
  if (value.holds<SymBool>()) return call.env().guard(value.get<SymBool>()) ? 1 : 0;
  const SymInt number = value.holds<SymFloat>() ? trunc_to_int(value.get<SymFloat>()) : value.get<SymInt>();
  return call.env().guard_int(number);
}

Results one_hot(Call& call) {
  // torch._decomp.decompositions.one_hot
  FakeTensor& a = call.tensor(0);
  SymInt classes = call.sym_int(1);
  if (classes.is(-1)) {
    classes = python_int(call, item(call, new_empty(call, a, {}))) + 1;
  }
  FakeTensor& range = new_empty(call, a, {classes});
  FakeTensor& equal = elementwise_of(call, {&unsqueeze(call, a, -1), &range}, ScalarType::kBool);
  return one(to_dtype(call, equal, kLong));
}

Results segment_reduce(Call& call) {
  // torch._meta_registrations.meta_segment_reduce
  const FakeTensor& data = call.tensor(0);
  if (!call.is_none(3)) {
    raise(ErrorType::kNotImplementedError, "segment_reduce(): indices based reduction is not supported yet.");
  }
  const auto axis = static_cast<std::size_t>(wrap_dim(call.integer(5), data.dim()));
  const FakeTensor* lengths = call.optional_tensor(2);
  const FakeTensor* offsets = call.optional_tensor(4);
  check(lengths != nullptr || offsets != nullptr, ErrorType::kRuntimeError,
        [] { return "segment_reduce(): Either lengths or offsets must be defined."; });
  SymInts sizes = data.sizes;
  check(axis < sizes.size(), ErrorType::kIndexError, [] { return "list assignment index out of range"; });
  sizes[axis] = lengths != nullptr ? lengths->sizes.at(axis) : offsets->sizes.at(axis) - 1;
  return one(empty(call, data.dtype, std::move(sizes), data.device));
}

Results unique_dim_consecutive(Call&) { raise(ErrorType::kUnsupported, "aten.unique_dim_consecutive.default"); }

Results histogram_edges(Call& call) { return {histogramdd_of(call, call.sym_ints(1))[1]}; }

constexpr OpRow kRows[] = {
    {"_histogramdd_bin_edges", histogram_edges},
    {"_histogramdd_from_bin_cts", histogramdd_counts},
    {"_histogramdd_from_bin_tensors", histogramdd_counts_by_edges},
    {"_unique", unique_pair},
    {"_unique2",
     [](Call& c) {
       return unique(c, {std::nullopt, c.boolean(2), c.boolean(3), false});
     }},
    {"bincount", bincount},
    {"bucketize.Scalar", bucketize},
    {"bucketize.Tensor", bucketize},
    {"histc", histc},
    {"histogram.bin_ct", histogram_by_count},
    {"histogram.bins_tensor", histogram_by_edges},
    {"histogramdd", [](Call& c) { return histogramdd_of(c, c.sym_ints(1)); }},
    {"histogramdd.TensorList_bins", histogramdd_by_edges},
    {"histogramdd.int_bins", histogramdd_by_int},
    {"one_hot", one_hot},
    {"searchsorted.Scalar", searchsorted},
    {"searchsorted.Tensor", searchsorted},
    {"segment_reduce", segment_reduce},
    {"unique_consecutive", unique_consecutive},
    {"unique_dim", unique_dim},
    {"unique_dim_consecutive", unique_dim_consecutive},
};

}  // namespace

std::span<const OpRow> counting_ops() { return kRows; }

}  // namespace retrace::ops
