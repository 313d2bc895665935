// SPDX-License-Identifier: Apache-2.0
// batch_norm, instance_norm and their native forms (ATen/native/Normalization.cpp, torch/_decomp/decompositions.py).
#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "core/ops/families/normalization_rows.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// What all the batch norms take.
struct BatchNorm {
  FakeTensor& input;
  FakeTensor* weight = nullptr;
  FakeTensor* bias = nullptr;
  FakeTensor* mean = nullptr;
  FakeTensor* variance = nullptr;
  bool training = false;
  bool functional = false;
};

/// A vector of one number a channel, with a dimension for each that follows the channels.
FakeTensor& per_channel(Call& call, FakeTensor& vector, std::int64_t rank) {
  FakeTensor* result = &vector;
  for (std::int64_t d = 1; d < rank - 1; ++d) result = &unsqueeze(call, *result, -1);
  return *result;
}

/// statistic.copy_(momentum * saved + (1 - momentum) * statistic)
void update(Call& call, FakeTensor* statistic, const SymInts& sizes, bool functional) {
  if (statistic == nullptr) return;
  const SymInts mixed = broadcast_shapes(call, sizes, statistic->sizes);
  if (functional) return;
  expand(call, Geometry{mixed, contiguous_strides(mixed)}, statistic->sizes);
  if (statistic->storage != nullptr) ++statistic->storage->version;
}

/// mean() of a tensor of this dtype.
void check_mean(ScalarType dtype) {
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
        torch_name(dtype));
  });
}

/// n / (n - 1) with the count n of elements a channel, as Python divides plain numbers.
void check_unbiased(const FakeTensor& input) {
  check(input.dim() >= 2, ErrorType::kIndexError, [] { return "tuple index out of range"; });
  const SymInt numel = input.numel();
  const SymInt& channels = input.sizes[1];
  if (!numel.is_int() || !channels.is_int()) return;
  check(channels.as_int() != 0, ErrorType::kZeroDivisionError, [] { return "division by zero"; });
  check(numel.as_int() != channels.as_int(), ErrorType::kZeroDivisionError, [] { return "float division by zero"; });
}

/// native_batch_norm_helper while training: the mean with all dimensions, and the sizes of what is saved.
std::pair<FakeTensor*, SymInts> batch_statistics(Call& call, const BatchNorm& b, ScalarType computed) {
  const FakeTensor& input = b.input;
  check_mean(computed);
  SymInts sizes(input.sizes.size(), SymInt(1));
  SymInts saved;
  if (input.dim() >= 2) {
    sizes[1] = input.sizes[1];
    saved = {input.sizes[1]};
  }
  update(call, b.mean, saved, b.functional);
  if (b.variance != nullptr) {
    check_unbiased(input);
    update(call, b.variance, saved, b.functional);
  }
  return {&call.contiguous(computed, std::move(sizes), input.device), saved};
}

/// native_batch_norm_helper: output, save_mean, save_rstd.
Results normalized(Call& call, const BatchNorm& b) {
  FakeTensor& input = b.input;
  const ScalarType computed = computation_dtype(input.dtype);
  FakeTensor* centre = nullptr;
  SymInts saved = {SymInt(0)};
  if (b.training) {
    std::tie(centre, saved) = batch_statistics(call, b, computed);
  } else {
    check(b.mean != nullptr && b.variance != nullptr, ErrorType::kAssertionError,
          [] { return "running_mean and running_var must not be None in eval mode"; });
    centre = &per_channel(call, convert_dtype(call, *b.mean, computed), input.dim());
  }
  FakeTensor& centred = call.op1("aten::sub.Tensor", {&input, centre});
  FakeTensor* out = &fast_binary(call, &centred, centre, Promotion::kDefault);
  for (FakeTensor* t : {b.weight, b.bias}) {
    if (t == nullptr) continue;
    out = &fast_binary(call, out, &per_channel(call, flatten(call, *t), input.dim()), Promotion::kDefault);
  }
  return {&to_dtype(call, *out, input.dtype), &new_empty(call, input, saved), &new_empty(call, input, saved)};
}

/// check_dims_match_num_input_features
void check_features(Call& call, const FakeTensor* t, const SymInt& expected, std::string_view name) {
  if (t == nullptr) return;
  check(truth(call, sym_eq(expected, t->numel())), ErrorType::kRuntimeError, [&] {
    return fmt::format("{} should contain {} elements not {}", name, to_string(expected), to_string(t->numel()));
  });
}

/// Of an empty batch: the first channel's weight and bias are applied.
FakeTensor& nothing_normalized(Call& call, const BatchNorm& b) {
  FakeTensor* out = &clone(call, b.input);
  for (FakeTensor* t : {b.weight, b.bias}) {
    if (t != nullptr) out = &fast_binary(call, out, &select(call, *t, 0, 0), Promotion::kDefault);
  }
  return *out;
}

/// ATen/native/Normalization.cpp _batch_norm_impl_index, then native_batch_norm's decomposition.
Results batch_norm(Call& call, const BatchNorm& b) {
  const SymInt features = b.input.dim() >= 2 ? b.input.sizes[1] : SymInt(0);  // past the end of ATen's sizes
  if (truth(call, sym_eq(b.input.numel(), 0))) {
    FakeTensor& none = new_empty(call, b.input, {features});
    return {&nothing_normalized(call, b), &none, &none};
  }
  check(b.mean != nullptr || b.training, ErrorType::kRuntimeError,
        [] { return "running_mean must be defined in evaluation mode"; });
  check_features(call, b.mean, features, "running_mean");
  check(b.variance != nullptr || b.training, ErrorType::kRuntimeError,
        [] { return "running_var must be defined in evaluation mode"; });
  check_features(call, b.variance, features, "running_var");
  check_features(call, b.weight, features, "weight");
  check_features(call, b.bias, features, "bias");
  return normalized(call, b);
}

/// Arguments 0 to 4: input, weight, bias and the statistics.
BatchNorm with_statistics(const Call& call, bool training) {
  return {call.tensor(0),          call.optional_tensor(1), call.optional_tensor(2),
          call.optional_tensor(3), call.optional_tensor(4), training};
}

Results batch_norm_composite(Call& call) {
  Results results = batch_norm(call, with_statistics(call, call.boolean(5)));
  results.resize(1);
  return results;
}

Results batch_norm_impl_index(Call& call) {
  Results results = batch_norm(call, with_statistics(call, call.boolean(5)));
  results.emplace_back(&call.contiguous(ScalarType::kByte, {SymInt(0)}, call.tensor(0).device));
  results.emplace_back(0);
  return results;
}

Results without_statistics(Call& call) {
  return normalized(
      call, {call.tensor(0), call.optional_tensor(1), call.optional_tensor(2), nullptr, nullptr, call.boolean(3)});
}

Results native_batch_norm(Call& call) {
  check((call.is_none(3)) == (call.is_none(4)), ErrorType::kRuntimeError, [&] {
    return call.is_none(3) ? "running_mean is None, but running_var is provided. They should both be None or both be "
                             "provided."
                           : "running_var is None, but running_mean is provided. They should both be None or both be "
                             "provided.";
  });
  return normalized(call, with_statistics(call, call.boolean(5)));
}

/// The new statistics of a functional form.
void add_statistics(Call& call, Results& results) {
  for (const std::size_t i : {3U, 4U}) results.emplace_back(&clone(call, call.tensor(i)));
}

Results functional_batch_norm(Call& call) {
  BatchNorm b = with_statistics(call, call.boolean(5));
  b.functional = true;
  Results results = normalized(call, b);
  add_statistics(call, results);
  return results;
}

void add_reserve(Call& call, Results& results) {
  results.emplace_back(&call.contiguous(ScalarType::kByte, {SymInt(0)}, call.tensor(0).device));
}

template <bool training, bool functional>
Results reserved_batch_norm(Call& call) {
  BatchNorm b = with_statistics(call, training);
  b.functional = functional;
  Results results = normalized(call, b);
  add_reserve(call, results);
  if (functional) add_statistics(call, results);
  return results;
}

FakeTensor* repeated(Call& call, FakeTensor* t, const SymInt& count) {
  return t == nullptr ? nullptr : &call.op1("aten::repeat", {t, SymInts{count}});
}

/// running.copy_(repeated.view({b, c}).mean(0))
void average_statistic(Call& call, FakeTensor* running, FakeTensor* wide, const SymInt& batch, const SymInt& channels) {
  if (running == nullptr) return;
  check_mean(wide->dtype);
  view_shape(call, *wide, {batch, channels});
  update(call, running, {channels}, false);
}

Results instance_norm(Call& call) {
  // ATen/native/Normalization.cpp instance_norm
  FakeTensor& input = call.tensor(0);
  const bool use_input_stats = call.boolean(5);
  check(use_input_stats || (!call.is_none(3) && !call.is_none(4)), ErrorType::kRuntimeError,
        [] { return "Expected running_mean and running_var to be defined when use_input_stats is false"; });
  const SymInt batch = size_at(input, 0);
  const SymInt channels = size_at(input, 1);
  SymInts shape = input.sizes;
  shape[0] = 1;
  shape[1] = batch * channels;
  BatchNorm b{input};
  b.weight = repeated(call, call.optional_tensor(1), batch);
  b.bias = repeated(call, call.optional_tensor(2), batch);
  FakeTensor* mean = call.optional_tensor(3);
  const ScalarType dtype = call.is_none(1) ? input.dtype : call.tensor(1).dtype;
  const bool converts = mean != nullptr && mean->dtype != dtype;  // asked of the mean alone
  b.mean = repeated(call, converts ? &convert_dtype(call, *mean, dtype) : mean, batch);
  FakeTensor* variance = call.optional_tensor(4);
  if (converts && variance != nullptr) variance = &convert_dtype(call, *variance, dtype);
  b.variance = repeated(call, variance, batch);
  FakeTensor& flat = view_shape(call, contiguous(call, input), shape);
  const Results results = batch_norm(call, {flat, b.weight, b.bias, b.mean, b.variance, use_input_stats});
  average_statistic(call, call.optional_tensor(3), b.mean, batch, channels);
  average_statistic(call, call.optional_tensor(4), b.variance, batch, channels);
  return one(view_shape(call, *results[0].get<FakeTensor*>(), input.sizes));
}

constexpr OpRow kRows[] = {
    {"_batch_norm_impl_index", batch_norm_impl_index},
    {"_batch_norm_no_update", reserved_batch_norm<false, false>},
    {"_batch_norm_with_update", reserved_batch_norm<true, false>},
    {"_batch_norm_with_update_functional", reserved_batch_norm<true, true>},
    {"_native_batch_norm_legit", [](Call& c) { return normalized(c, with_statistics(c, c.boolean(5))); }},
    {"_native_batch_norm_legit.no_stats", without_statistics},
    {"_native_batch_norm_legit_functional", functional_batch_norm},
    {"_native_batch_norm_legit_no_training", [](Call& c) { return normalized(c, with_statistics(c, false)); }},
    {"batch_norm", batch_norm_composite},
    {"instance_norm", instance_norm},
    {"native_batch_norm", native_batch_norm},
};

}  // namespace

std::span<const OpRow> batch_norm_rows() { return kRows; }

}  // namespace retrace::ops
