// SPDX-License-Identifier: Apache-2.0
// embedding and embedding_bag (torch/_meta_registrations.py, ATen/native/EmbeddingBag.cpp).
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

bool is_index_dtype(ScalarType dtype) { return dtype == ScalarType::kLong || dtype == ScalarType::kInt; }

Results embedding(Call& call) {
  const FakeTensor& weight = call.tensor(0);
  const FakeTensor& indices = call.tensor(1);
  if (weight.dim() != 2) {
    raise(ErrorType::kAssertionError, fmt::format("'weight' must be 2-D, got {}-D", weight.dim()));
  }
  check(is_index_dtype(indices.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
        "but got {} instead",
        torch_name(indices.dtype));
  });
  SymInts sizes = indices.sizes;
  sizes.push_back(weight.sizes[1]);
  return one(new_empty(call, weight, std::move(sizes)));
}

enum class Mode : std::uint8_t { kSum, kMean, kMax };

/// The arguments of embedding_bag in its several overloads.
struct Bag {
  FakeTensor& weight;
  FakeTensor& indices;
  FakeTensor& offsets;
  Mode mode;
  FakeTensor* per_sample_weights;
  bool include_last_offset;
  std::int64_t padding_idx;
  bool forward_only;
};

void check_bag(const Bag& bag) {
  check(is_index_dtype(bag.indices.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected indices to be long or int, got {}", torch_name(bag.indices.dtype)); });
  check(is_index_dtype(bag.offsets.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected offsets to be long or int, got {}", torch_name(bag.offsets.dtype)); });
  check(is_floating(bag.weight.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("expected weight to be floating point type, got {}", torch_name(bag.weight.dtype)); });
}

void check_sample_weights(Call& call, const Bag& bag) {
  if (bag.per_sample_weights == nullptr) return;
  const FakeTensor& scale = *bag.per_sample_weights;
  check(bag.mode == Mode::kSum, ErrorType::kRuntimeError,
        [] { return "embedding_bag: per_sample_weights only supported with mode='sum'"; });
  check(scale.dim() == 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected per_sample_weights to be 1D tensor, got {}D", scale.dim()); });
  check(call, sym_eq(scale.numel(), bag.indices.numel()), ErrorType::kRuntimeError, [&] {
    return fmt::format("expected per_sample_weights.numel() ({} to be the same as indices.numel() ({})",
                       to_string(scale.numel()), to_string(bag.indices.numel()));
  });
}

/// is_fast_path of meta_embedding_bag
bool is_fast(Call& call, const Bag& bag) {
  const bool fits = (bag.weight.dtype == ScalarType::kFloat || bag.weight.dtype == ScalarType::kHalf) &&
                    truth(call, sym_eq(bag.weight.strides[1], 1)) && bag.padding_idx < 0;
  return fits && (bag.per_sample_weights == nullptr || truth(call, sym_eq(bag.per_sample_weights->strides[0], 1)));
}

/// torch._meta_registrations.meta_embedding_bag, ..._forward_only: output, offset2bag, bag_size, max_indices.
Results embedding_bag(Call& call, const Bag& bag) {
  check_bag(bag);
  SymInt bags = size_at(bag.offsets, 0);
  if (bag.include_last_offset) {
    check(call, sym_ge(bags, 1), ErrorType::kRuntimeError,
          [] { return "include_last_offset: numBags should be at least 1"; });
    bags = bags - 1;
  }
  FakeTensor& output = new_empty(call, bag.weight, {bags, size_at(bag.weight, 1)});
  check_sample_weights(call, bag);
  const bool fast = is_fast(call, bag);
  const SymInt mapped = bag.mode != Mode::kSum || !fast ? size_at(bag.indices, 0) : SymInt(0);
  FakeTensor& offset2bag = new_empty(call, bag.offsets, {mapped});
  FakeTensor& bag_size = new_empty(call, bag.offsets, bag.forward_only ? bag.offsets.sizes.values() : SymInts{bags});
  const SymInts maxima = bag.mode == Mode::kMax ? SymInts{bags, bag.weight.sizes[1]} : SymInts{bags};
  return {&output, &offset2bag, &bag_size, &new_empty(call, bag.offsets, maxima)};
}

std::int64_t wrapped_padding(Call& call, const FakeTensor& weight, std::size_t argument) {
  const auto given = call.optional_integer(argument);
  if (!given) return -1;
  const SymInt& rows = size_at(weight, 0);
  const std::int64_t count = call.env().guard_int(rows);
  check(*given >= -count && *given < count, ErrorType::kRuntimeError, [&] {
    return fmt::format("padding_idx must be within the number of embeddings, -{} through {}, but got {}", count,
                       count - 1, *given);
  });
  return *given < 0 ? *given + count : *given;
}

Results embedding_bag_composite(Call& call) {
  // ATen/native/EmbeddingBag.cpp embedding_bag
  FakeTensor& weight = call.tensor(0);
  const std::int64_t padding = call.size() > 8 ? wrapped_padding(call, weight, 8) : -1;
  if (padding >= 0) call.env().guard_int(size_at(weight, 1));
  const bool forward_only = !weight.requires_grad && !weight.tracks_grad;
  return embedding_bag(
      call, {weight, contiguous(call, call.tensor(1)), contiguous(call, call.tensor(2)),
             static_cast<Mode>(call.integer(4)), call.optional_tensor(6), call.boolean(7), padding, forward_only});
}

template <bool forward_only>
Results embedding_bag_inner(Call& call) {
  return embedding_bag(call, {call.tensor(0), call.tensor(1), call.tensor(2), static_cast<Mode>(call.integer(4)),
                              call.optional_tensor(6), call.boolean(7), call.integer(8), forward_only});
}

Results renorm_in_place(Call& call) {
  FakeTensor& self = call.tensor(0);
  if (self.storage != nullptr) ++self.storage->version;
  return one(self);
}

constexpr OpRow kRows[] = {
    {"_embedding_bag", embedding_bag_inner<false>},
    {"_embedding_bag_forward_only", embedding_bag_inner<true>},
    {"embedding", embedding},
    {"embedding_bag", embedding_bag_composite},
    {"embedding_bag.padding_idx", embedding_bag_composite},
    {"embedding_renorm", [](Call& c) { return one(clone(c, c.tensor(0))); }},
    {"embedding_renorm_", renorm_in_place},
};

}  // namespace

std::span<const OpRow> embedding_ops() { return kRows; }

}  // namespace retrace::ops
