// SPDX-License-Identifier: Apache-2.0
// batch_norm, instance_norm and their native forms (ATen/native/Normalization.cpp, torch/_decomp/decompositions.py).
#include <fmt/format.h>

#include <utility>

#include "core/ops/op_table.h"
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

/// statistic.copy_(value)
void copy_into(Call& call, FakeTensor& statistic, const FakeTensor& value) {
  copy_back(call, statistic, value);
  if (statistic.storage != nullptr) ++statistic.storage->version;
}

/// momentum * saved + (1 - momentum) * statistic, which a functional form gives and the others keep.
Value update(Call& call, FakeTensor* statistic, FakeTensor& saved, bool functional) {
  if (statistic == nullptr) return {};
  FakeTensor& mixed = call.op1("aten::add.Tensor", {&saved, statistic});
  if (!functional) copy_into(call, *statistic, mixed);
  return &mixed;
}

/// mean() of a tensor of this dtype.
void check_mean(ScalarType dtype) {
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
        torch_name(dtype));
  });
}

/// n / (n - 1) with the count n of elements a channel, as Python divides.
void check_unbiased(const FakeTensor& input) {
  check(input.dim() >= 2, ErrorType::kIndexError, [] { return "tuple index out of range"; });
  const SymInt numel = input.numel();
  const SymInt& channels = input.sizes[1];
  check(!channels.is(0), ErrorType::kZeroDivisionError, [] { return "division by zero"; });
  check(!same(numel, channels), ErrorType::kZeroDivisionError, [] { return "float division by zero"; });
}

/// native_batch_norm_helper while training: the mean with all dimensions, the sizes of what is saved, new statistics.
struct BatchStatistics {
  FakeTensor* centre;
  SymInts saved;
  Value mean, variance;
};
BatchStatistics batch_statistics(Call& call, const BatchNorm& b, ScalarType computed) {
  FakeTensor& input = b.input;
  check_mean(computed);
  if (is_complex(computed)) {  // the count of a mean's elements is a plain number then
    SymInts others;
    for (std::int64_t d = 0; d < input.dim(); ++d)
      if (d != 1) others.emplace_back(d);
    call.op("aten::mean.dim", {&input, others, true});
  }
  SymInts sizes(input.sizes.size(), SymInt(1));
  BatchStatistics result;
  if (input.dim() >= 2) {
    sizes[1] = input.sizes[1];
    result.saved = {input.sizes[1]};
  }
  const auto saved = [&]() -> FakeTensor& { return call.contiguous(computed, result.saved, input.device); };
  result.mean = update(call, b.mean, saved(), b.functional);
  if (b.variance != nullptr) check_unbiased(input);
  result.variance = update(call, b.variance, saved(), b.functional);
  result.centre = &call.contiguous(computed, std::move(sizes), input.device);
  return result;
}

/// native_batch_norm_helper: output, save_mean, save_rstd and the new statistics.
Results with_new_statistics(Call& call, const BatchNorm& b) {
  FakeTensor& input = b.input;
  const ScalarType computed = computation_dtype(input.dtype);
  BatchStatistics s{nullptr, {SymInt(0)}, {}, {}};
  FakeTensor* scale = nullptr;
  if (b.training) {
    s = batch_statistics(call, b, computed);
    scale = s.centre;
  } else {
    check(b.mean != nullptr && b.variance != nullptr, ErrorType::kAssertionError,
          [] { return "running_mean and running_var must not be None in eval mode"; });
    FakeTensor& mean = convert_dtype(call, *b.mean, computed);
    FakeTensor& variance = convert_dtype(call, *b.variance, computed);
    s.mean = &mean;
    s.variance = &variance;
    s.centre = &per_channel(call, mean, input.dim());
    scale = &per_channel(call, variance, input.dim());
  }
  FakeTensor& centred = call.op1("aten::sub.Tensor", {&input, s.centre});
  FakeTensor* out = &fast_binary(call, &centred, scale, Promotion::kDefault);
  const auto apply = [&](FakeTensor* t) {
    if (t == nullptr) return;
    out = &fast_binary(call, out, &per_channel(call, flatten(call, *t), input.dim()), Promotion::kDefault);
  };
  apply(b.weight);
  apply(b.bias);
  return {&to_dtype(call, *out, input.dtype), &new_empty(call, input, s.saved), &new_empty(call, input, s.saved),
          s.mean, s.variance};
}
Results normalized(Call& call, const BatchNorm& b) {
  Results results = with_new_statistics(call, b);
  results.resize(3);
  return results;
}

/// check_dims_match_num_input_features
void check_features(Call& call, const FakeTensor* t, const SymInt& expected, std::string_view name) {
  if (t == nullptr) return;
  check(truth(call, sym_eq(t->numel(), expected)), ErrorType::kRuntimeError, [&] {
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

Results functional_batch_norm(Call& call) {
  BatchNorm b = with_statistics(call, call.boolean(5));
  b.functional = true;
  return with_new_statistics(call, b);
}

template <bool training, bool functional>
Results reserved_batch_norm(Call& call) {
  BatchNorm b = with_statistics(call, training);
  b.functional = functional;
  Results results = with_new_statistics(call, b);
  check(b.weight != nullptr && b.bias != nullptr, ErrorType::kTypeError, [] {  // how much to reserve is the backend's
    return "_select_batch_norm_backend(): incompatible function arguments. The following argument types are supported:";
  });
  results.insert(results.begin() + 3, &call.contiguous(ScalarType::kByte, {SymInt(0)}, call.tensor(0).device));
  if (!functional) results.resize(4);
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
  copy_into(call, *running, call.contiguous(wide->dtype, {channels}, wide->device));
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

std::span<const OpRow> batch_norm_ops() { return kRows; }

}  // namespace retrace::ops
