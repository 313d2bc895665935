// SPDX-License-Identifier: Apache-2.0
// layer_norm, group_norm, rms_norm, weight_norm (torch/_refs/__init__.py, ATen/native/layer_norm.cpp,
// group_norm.cpp, WeightNorm.cpp). Batch statistics: batch_norm.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

bool has_mean(ScalarType dtype) { return is_floating(dtype) || is_complex(dtype); }

void check_mean(ScalarType dtype) {
  check(has_mean(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
        torch_name(dtype));
  });
}

/// The shape of a statistic over all dimensions but the first `kept`.
SymInts statistic_sizes(const FakeTensor& a, std::size_t kept) {
  SymInts sizes = a.sizes;
  std::fill(sizes.begin() + static_cast<std::ptrdiff_t>(kept), sizes.end(), SymInt(1));
  return sizes;
}

void check_affine(Call& call, const FakeTensor* t, const SymInts& shape, std::string_view name) {
  if (t == nullptr) return;
  check(call, sym_eq(t->sizes, shape), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {} to be of same shape as normalized_shape, but got {} of shape {} and "
        "normalized_shape = {}",
        name, name, size_text(t->sizes), to_string(shape));
  });
}

SymInts last_sizes(const FakeTensor& a, std::size_t count) {
  return SymInts(a.sizes.end() - static_cast<std::ptrdiff_t>(count), a.sizes.end());
}

/// x with each factor or addend applied in turn (null: none).
FakeTensor& scaled_and_shifted(Call& call, FakeTensor& x, std::initializer_list<FakeTensor*> others) {
  FakeTensor* out = &x;
  for (FakeTensor* other : others) {
    if (other != nullptr) out = &fast_binary(call, out, other, Promotion::kDefault);
  }
  return *out;
}

/// native_layer_norm: output, mean, rstd.
Results layer_norm(Call& call, FakeTensor& given, const SymInts& shape, FakeTensor* weight, FakeTensor* bias) {
  // torch._refs.native_layer_norm
  check(!shape.empty(), ErrorType::kRuntimeError, [] {
    return "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
           "normalized_shape = []";
  });
  check_affine(call, weight, shape, "weight");
  check_affine(call, bias, shape, "bias");
  const bool deep = given.sizes.size() >= shape.size();
  check(call, deep ? sym_eq(last_sizes(given, shape.size()), shape) : SymBool(false), ErrorType::kRuntimeError, [&] {
    return fmt::format("Given normalized_shape={}, expected input with shape {}, but got input of size {}",
                       to_string(shape), to_string(shape), size_text(given.sizes));
  });
  check(!is_complex(given.dtype), ErrorType::kRuntimeError,
        [] { return "native_layer_norm does not support complex inputs"; });
  check_mean(given.dtype);
  FakeTensor& input = contiguous(call, given);
  call.op("aten::mean", {&input});  // var_mean is asked of the input's dtype
  if (weight != nullptr) contiguous(call, *weight);
  if (bias != nullptr) contiguous(call, *bias);
  const SymInts statistic = statistic_sizes(input, input.sizes.size() - shape.size());
  FakeTensor& mean = new_empty(call, input, statistic);
  FakeTensor& x = to_dtype(call, input, computation_dtype(input.dtype));
  FakeTensor& statistics = to_dtype(call, mean, x.dtype);
  FakeTensor& out = scaled_and_shifted(call, x, {&statistics, &statistics, weight, bias});
  return {&to_dtype(call, out, input.dtype), &mean, &new_empty(call, input, statistic)};
}

Results layer_norm_composite(Call& call) {
  Results results =
      layer_norm(call, call.tensor(0), call.sym_ints(1), call.optional_tensor(2), call.optional_tensor(3));
  results.resize(1);
  return results;
}

Results native_layer_norm(Call& call) {
  return layer_norm(call, call.tensor(0), call.sym_ints(1), call.optional_tensor(2), call.optional_tensor(3));
}

/// The arguments of native_group_norm.
struct GroupNorm {
  FakeTensor& input;
  FakeTensor* weight;
  FakeTensor* bias;
  SymInt batch, channels, inner;
  std::int64_t groups;
};

/// A [N, C] factor with a dimension for each of the input's.
FakeTensor& per_channel(Call& call, const GroupNorm& g, ScalarType dtype) {
  FakeTensor* factor = &call.contiguous(dtype, {g.batch, g.channels}, g.input.device);
  for (std::int64_t d = 2; d < g.input.dim(); ++d) factor = &unsqueeze(call, *factor, d);
  return *factor;
}

/// A weight or bias of any shape against the input: new dimensions at the places that are not the channel's.
FakeTensor& beside_channels(Call& call, const GroupNorm& g, FakeTensor& t) {
  FakeTensor* wide = &unsqueeze(call, t, 0);
  for (std::int64_t d = 2; d < g.input.dim(); ++d) wide = &unsqueeze(call, *wide, d);
  return *wide;
}

/// Is it computed as on the CPU? With plain sizes it runs as a meta function, whose tensors claim the meta device.
bool by_factors(const GroupNorm& g) {
  if (g.input.device.type != "cpu" || g.weight == nullptr) return false;
  const auto symbolic = [](const FakeTensor* t) { return t != nullptr && is_symbolic(*t); };
  return symbolic(&g.input) || symbolic(g.weight) || symbolic(g.bias) || !g.batch.is_int() || !g.channels.is_int() ||
         !g.inner.is_int();
}

/// native_group_norm: output, mean, rstd.
Results group_norm(Call& call, const GroupNorm& g) {
  // torch._refs.native_group_norm
  check(g.input.dim() >= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("Expected at least 2 dimensions for input tensor but received {}", g.input.dim()); });
  check(call, sym_eq(python_mod(g.channels, g.groups), 0), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected number of channels in input to be divisible by num_groups, but got input of shape {} and "
        "num_groups = {}",
        size_text(g.input.sizes), g.groups);
  });
  const ScalarType computed = computation_dtype(g.input.dtype);
  check_mean(g.input.dtype);  // var_mean is asked of the input's dtype
  FakeTensor& input = to_dtype(call, g.input, computed);
  check_mean(computed);
  const SymInts grouped = {g.batch, SymInt(g.groups), floordiv(g.channels, g.groups), g.inner};
  FakeTensor& reshaped = reshape(call, input, grouped);
  call.op("aten::mean.dim", {&reshaped, SymInts{2, 3}, true});
  FakeTensor* out = nullptr;
  if (by_factors(g)) {
    for (FakeTensor* t : {g.weight, g.bias}) {
      if (t != nullptr) reshape(call, *t, {SymInt(1), grouped[1], grouped[2], SymInt(1)});
    }
    FakeTensor& factor = per_channel(call, g, computed);
    out = &scaled_and_shifted(call, input, {&factor, &factor});
  } else {
    FakeTensor& mean = new_empty(call, reshaped, {g.batch, SymInt(g.groups), SymInt(1), SymInt(1)});
    FakeTensor& normal = scaled_and_shifted(call, reshaped, {&mean, &mean});
    out = &view_shape(call, normal, g.input.sizes);
    for (FakeTensor* t : {g.weight, g.bias}) {
      if (t != nullptr) out = &scaled_and_shifted(call, *out, {&beside_channels(call, g, *t)});
    }
  }
  const SymInts statistic = {g.batch, SymInt(g.groups)};
  return {&to_dtype(call, *out, g.input.dtype), &new_empty(call, g.input, statistic),
          &new_empty(call, g.input, statistic)};
}

Results native_group_norm(Call& call) {
  return group_norm(call, {call.tensor(0), call.optional_tensor(1), call.optional_tensor(2), call.sym_int(3),
                           call.sym_int(4), call.sym_int(5), call.integer(6)});
}

void check_group_affine(Call& call, const FakeTensor* t, const SymInt& channels, std::string_view name) {
  if (t == nullptr) return;
  check(t->dim() == 1 && truth(call, sym_eq(t->numel(), channels)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {} to be a vector of size equal to the number of channels in input, but got {} of shape "
        "{} and input of shape with {} channels",
        name, name, to_string(t->sizes), to_string(channels));
  });
}

Results group_norm_composite(Call& call) {
  // ATen/native/group_norm.cpp
  FakeTensor& input = call.tensor(0);
  const std::int64_t groups = call.integer(1);
  FakeTensor* weight = call.optional_tensor(2);
  FakeTensor* bias = call.optional_tensor(3);
  check(input.dim() >= 2, ErrorType::kIndexError, [&] {
    return fmt::format("Dimension out of range (expected to be in range of [{}, {}], but got 1)", -input.dim(),
                       input.dim() - 1);
  });
  const SymInt& channels = input.sizes[1];
  check(groups > 0, ErrorType::kRuntimeError,
        [&] { return fmt::format("Expected num groups to be greater than 0, got {}", groups); });
  check(truth(call, sym_eq(python_mod(channels, groups), 0)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected number of channels in input to be divisible by num_groups, but got input of shape {} and "
        "num_groups={}",
        to_string(input.sizes), groups);
  });
  check_group_affine(call, weight, channels, "weight");
  check_group_affine(call, bias, channels, "bias");
  const SymInt inner = product(std::span(input.sizes).subspan(2));
  FakeTensor& x = contiguous(call, input, suggest_memory_format(call.env(), geometry(input)));
  if (weight != nullptr) weight = &contiguous(call, *weight);
  if (bias != nullptr) bias = &contiguous(call, *bias);
  Results results = group_norm(call, {x, weight, bias, input.sizes[0], channels, inner, groups});
  results.resize(1);
  return results;
}

/// Over the last dimensions, as many as `count`.
FakeTensor& normalized(Call& call, FakeTensor& input, std::size_t count, FakeTensor* weight) {
  check(has_mean(input.dtype), ErrorType::kNotImplementedError,
        [&] { return fmt::format("\"rms_norm\" not implemented for '{}'", aten_name(input.dtype)); });
  const ScalarType computed = computation_dtype(input.dtype);
  FakeTensor& x = to_dtype(call, input, computed);
  FakeTensor& scale = call.contiguous(computed, statistic_sizes(input, input.sizes.size() - count), input.device);
  FakeTensor& out = scaled_and_shifted(call, x, {&scale, weight});
  const bool dense = suggest_memory_format(call.env(), geometry(input)) == MemoryFormat::kContiguous;
  return to_dtype(call, dense ? contiguous(call, out) : out, input.dtype);
}

FakeTensor& rms_norm(Call& call, FakeTensor& input, const SymInts& shape, FakeTensor* weight) {
  // ATen/native/layer_norm.cpp rms_norm_composite
  check(!shape.empty(), ErrorType::kRuntimeError, [] {
    return "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
           "normalized_shape = []";
  });
  check(call, weight == nullptr ? SymBool(true) : sym_eq(weight->sizes, shape), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected weight to be of same shape as normalized_shape, but got weight of shape {} and "
        "normalized_shape = {}",
        to_string(weight->sizes), to_string(shape));
  });
  const bool fits = input.sizes.size() >= shape.size();
  check(call, fits ? sym_eq(last_sizes(input, shape.size()), shape) : SymBool(false), ErrorType::kRuntimeError, [&] {
    std::string expected = "[*";
    for (const SymInt& size : shape) expected += (expected.size() > 2 ? ", " : "") + to_string(size);
    return fmt::format("Given normalized_shape={}, expected input with shape {}], but got input of size{}",
                       to_string(shape), expected, to_string(input.sizes));
  });
  return normalized(call, input, shape.size(), weight);
}

Results rms_norm_rule(Call& call) {
  return one(rms_norm(call, call.tensor(0), call.sym_ints(1), call.optional_tensor(2)));
}

/// _decomp/decompositions.py _fused_rms_norm: how many dimensions is all that it takes from the shape.
Results fused_rms_norm(Call& call) {
  FakeTensor& input = call.tensor(0);
  const std::size_t count = std::min(call.integers(1).size(), input.sizes.size());
  FakeTensor& out = normalized(call, input, count, call.optional_tensor(2));
  const SymInts statistic = statistic_sizes(input, input.sizes.size() - count);
  return {&out, &call.contiguous(computation_dtype(input.dtype), statistic, input.device)};
}

/// A norm over all dimensions but `dim`, which keep length one.
FakeTensor& norm_except(Call& call, FakeTensor& v, std::int64_t dim) {
  FakeTensor& norm = call.op1("aten::linalg_vector_norm", {&v, call.arg(1).holds<SymInt>() ? call.arg(1) : Value(2)});
  if (dim == -1) return norm;
  SymInts sizes(v.sizes.size(), SymInt(1));
  const auto at = static_cast<std::size_t>(wrap_dim(dim, v.dim(), false));
  for (const SymInt& size : v.sizes) call.env().guard_int(size);  // Tensor::size, view
  sizes[at] = v.sizes[at];
  return new_empty(call, norm, std::move(sizes));
}

/// torch._decomp.decompositions._weight_norm_interface: weight and norm.
Results weight_norm(Call& call, FakeTensor& v, FakeTensor& g, std::int64_t dim) {
  ValueList others;
  for (std::int64_t d = 0; d < v.dim(); ++d) {
    if (d != dim) others.emplace_back(d);
  }
  FakeTensor& norm = call.op1("aten::linalg_vector_norm", {&v, 2, others, true});
  FakeTensor& ratio = fast_binary(call, &g, &norm, Promotion::kIntToFloat);
  return {&fast_binary(call, &v, &ratio, Promotion::kDefault), &norm};
}

Results weight_norm_composite(Call& call) {
  // ATen/native/WeightNorm.cpp _weight_norm
  FakeTensor& v = contiguous(call, call.tensor(0));
  FakeTensor& g = contiguous(call, call.tensor(1));
  Results results = weight_norm(call, v, g, call.integer(2));
  results.resize(1);
  return results;
}

constexpr OpRow kRows[] = {
    {"_fused_rms_norm", fused_rms_norm},
    {"_weight_norm", weight_norm_composite},
    {"_weight_norm_interface", [](Call& c) { return weight_norm(c, c.tensor(0), c.tensor(1), c.integer(2)); }},
    {"group_norm", group_norm_composite},
    {"layer_norm", layer_norm_composite},
    {"native_group_norm", native_group_norm},
    {"native_layer_norm", native_layer_norm},
    {"norm_except_dim", [](Call& c) { return one(norm_except(c, c.tensor(0), c.integer(2))); }},
    {"rms_norm", rms_norm_rule},
};

}  // namespace

std::span<const OpRow> normalization_ops() { return kRows; }

}  // namespace retrace::ops
