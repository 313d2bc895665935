// SPDX-License-Identifier: Apache-2.0
// batch_norm, instance_norm and their native forms (ATen/native/Normalization.cpp, torch/_decomp/decompositions.py).
#include <fmt/format.h>

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

void update(Call& call, FakeTensor* statistic, const SymInts& sizes, bool functional) {
  if (statistic == nullptr || functional) return;
  expand(call, Geometry{sizes, contiguous_strides(sizes)}, statistic->sizes);
  if (statistic->storage != nullptr) ++statistic->storage->version;
}

/// var_mean of the input, which only numbers with a fraction have.
void check_has_mean(const FakeTensor& input) {
  check(is_floating(input.dtype) || is_complex(input.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
        torch_name(input.dtype));
  });
}

/// native_batch_norm_helper: output, save_mean, save_rstd.
Results normalized(Call& call, const BatchNorm& b) {
  FakeTensor& input = b.input;
  if (b.training) check_has_mean(input);
  check(input.dim() > 1, ErrorType::kIndexError, [] { return "tuple index out of range"; });
  const ScalarType computed = computation_dtype(input.dtype);
  const SymInt& channels = input.sizes[1];
  FakeTensor* centre = nullptr;
  SymInts saved = {SymInt(0)};
  if (b.training) {
    SymInts sizes(input.sizes.size(), SymInt(1));
    sizes[1] = channels;
    centre = &call.contiguous(computed, std::move(sizes), input.device);
    saved = {channels};
    update(call, b.mean, saved, b.functional);
    update(call, b.variance, saved, b.functional);
  } else {
    if (b.mean == nullptr || b.variance == nullptr) {
      raise(ErrorType::kAssertionError, "running_mean and running_var must not be None in eval mode");
    }
    centre = &per_channel(call, convert_dtype(call, *b.mean, computed), input.dim());
  }
  FakeTensor* out = &input;
  for (int step = 0; step < 2; ++step) out = &fast_binary(call, out, centre, Promotion::kDefault);
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

/// ATen/native/Normalization.cpp _batch_norm_impl_index, then native_batch_norm's decomposition.
Results batch_norm(Call& call, const BatchNorm& b) {
  const SymInt& features = b.input.sizes.at(1);
  if (truth(call, sym_eq(b.input.numel(), 0))) {
    FakeTensor& none = new_empty(call, b.input, {features});
    return {&clone(call, b.input), &none, &none};
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
  view_shape(call, *wide, {batch, channels});
  update(call, running, {channels}, false);
}

Results instance_norm(Call& call) {
  // ATen/native/Normalization.cpp instance_norm
  FakeTensor& input = call.tensor(0);
  const bool use_input_stats = call.boolean(5);
  check(use_input_stats || (!call.is_none(3) && !call.is_none(4)), ErrorType::kRuntimeError,
        [] { return "Expected running_mean and running_var to be defined when use_input_stats is false"; });
  const auto size = [&](std::int64_t dim) {
    return input.sizes[static_cast<std::size_t>(wrap_dim(dim, input.dim(), false))];
  };
  const SymInt batch = size(0);
  const SymInt channels = size(1);
  SymInts shape = input.sizes;
  shape[0] = 1;
  shape[1] = batch * channels;
  BatchNorm b{input};
  b.weight = repeated(call, call.optional_tensor(1), batch);
  b.bias = repeated(call, call.optional_tensor(2), batch);
  b.mean = repeated(call, call.optional_tensor(3), batch);
  b.variance = repeated(call, call.optional_tensor(4), batch);
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
