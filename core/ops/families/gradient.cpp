// SPDX-License-Identifier: Apache-2.0
// Backward operators that a decomposed program may hold: of softmax, dropout, views, convolution and linear layers.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/families/gradient_mask.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/formula.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// _decomp/decompositions.py _softmax_backward_data, _log_softmax_backward_data(grad_output, output, dim, input_dtype)
template <bool log>
Results softmax(Call& call) {
  const Opmath t(call);
  const auto sum = [&](const Term& a) { return apply("aten::sum.dim_IntList", a, SymInts{call.sym_int(2)}, true); };
  const Term product = log ? t[0] : t[0] * t[1];
  const Term share = log ? apply("aten::exp", t[1]) * sum(product) : t[1] * sum(product);
  FakeTensor& gradient = to_dtype(call, (product - share).tensor(), *call.dtype(3));
  return one(log ? gradient : contiguous(call, gradient));
}

/// _decomp/decompositions.py native_dropout_backward.
Results native_dropout(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  const Term mask(call, to_dtype(call, call.tensor(1), gradient.dtype));
  FakeTensor& product = (Term(call, gradient) * (mask * call.scalar(2))).tensor();
  return one(clone(call, product, suggest_memory_format(call.env(), geometry(gradient))));
}

/// select, slice, diagonal(grad_output, input_sizes, ...): the gradient written into zeros of the input's sizes.
template <typename... Where>
Results of_view(Call& call, std::string_view scatter, const Where&... where) {
  FakeTensor& gradient = call.tensor(0);
  return call.op(scatter, {&new_empty(call, gradient, call.sym_ints(1)), &gradient, where...});
}

/// _decomp/decompositions.py unfold_backward(grad, input_sizes, dim, size, step); where windows overlap and the
/// gradient is not of the forward's shape, what its loop over offsets asks.
Results unfold_gradient(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  const SymInts sizes = call.sym_ints(1);
  const SymInt size = call.sym_int(3);
  const SymInt step = call.sym_int(4);
  check(truth(call, sym_gt(step, 0)), ErrorType::kValueError,
        [&] { return fmt::format("step is {} but must be > 0", to_string(step)); });
  if (sizes.empty()) return call.op("aten::squeeze_copy.dim", {&gradient, 0});
  const std::int64_t dim = wrap_dim(call.integer(2), static_cast<std::int64_t>(sizes.size()));
  FakeTensor& result = new_empty(call, gradient, sizes);
  FakeTensor& places = new_empty(call, gradient, {sizes[static_cast<std::size_t>(dim)]}, ScalarType::kInt);
  unfold(call, places, 0, size, step);
  const std::int64_t from[] = {-1};
  const std::int64_t to[] = {dim + 1};
  flatten(call, movedim(call, gradient, from, to), dim, dim + 1);
  return one(result);
}

Results embedding_dense(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  return one(call.contiguous(gradient.dtype, {call.sym_int(2), size_at(gradient, -1)}, gradient.device));
}

FakeTensor& sparse(FakeTensor& t) {
  t.layout = Layout::kSparseCoo;
  return t;
}

Results embedding(Call& call) {
  // ATen/native/Embedding.cpp embedding_backward(grad, indices, num_weights, padding_idx, scale_grad_by_freq, sparse)
  FakeTensor& gradient = *embedding_dense(call).front().get<FakeTensor*>();
  return one(call.boolean(5) ? sparse(gradient) : gradient);
}

/// _meta_registrations.meta_embedding_bag_dense_backward; `weights`: which argument is their number.
template <std::size_t weights>
FakeTensor& embedding_bag_dense(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  check(is_floating(gradient.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("Unsupported input type encountered: {}", torch_name(gradient.dtype)); });
  return call.contiguous(gradient.dtype, {call.sym_int(weights), size_at(gradient, 1)}, gradient.device);
}
Results embedding_bag(Call& call) {
  FakeTensor& gradient = embedding_bag_dense<6>(call);
  return one(call.boolean(9) ? sparse(gradient) : gradient);
}

/// _meta_registrations.meta_embedding_bag_per_sample_weights_backward(grad, weight, indices, offsets, ..., mode)
Results per_sample_weights(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& weight = call.tensor(1);
  const FakeTensor& indices = call.tensor(2);
  const SymInt features = size_at(gradient, 1);
  const auto expected = [] { return "Expected cond to be True, but got False"; };
  check(call.integer(5) == 0, ErrorType::kRuntimeError,
        [] { return "embedding_bag_backward: per_sample_weights only supported for mode='sum'"; });
  check(gradient.dim() == 2 && indices.dim() == 1 && weight.dim() == 2, ErrorType::kRuntimeError, expected);
  check(call, sym_eq(weight.sizes[1], features), ErrorType::kRuntimeError, expected);
  return one(call.contiguous(gradient.dtype, {indices.sizes[0]}, gradient.device));
}

// ---- Of selections: composites that autograd leaves in a program that differentiates (ATen/native/ReduceOps.cpp,
// TensorAdvancedIndexing.cpp).

/// value_selecting_reduction_backward(grad, dim, indices, sizes, keepdim)
Results value_selecting_reduction(Call& call) {
  FakeTensor* gradient = &call.tensor(0);
  FakeTensor* indices = &call.tensor(2);
  const SymInts sizes = call.sym_ints(3);
  if (!call.boolean(4) && !sizes.empty()) {
    gradient = &unsqueeze(call, *gradient, call.integer(1));
    indices = &unsqueeze(call, *indices, call.integer(1));
  }
  return call.op("aten::scatter.src", {&new_empty(call, *gradient, sizes), call.arg(1), indices, gradient});
}

/// index_select_backward(grad, self_sizes, dim, index)
Results index_select(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  return call.op("aten::index_add",
                 {&new_empty(call, gradient, call.sym_ints(1)), call.arg(2), call.arg(3), &gradient});
}

/// gather_backward(grad, self, dim, index, sparse_grad)
Results gather(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  FakeTensor& zeros = new_empty(call, gradient, call.tensor(1).sizes);
  if (call.boolean(4)) return one(sparse(zeros));
  return call.op("aten::scatter_add", {&zeros, call.arg(2), call.arg(3), &gradient});
}

/// trace_backward(grad, sizes)
Results trace(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  const SymInts sizes = call.sym_ints(1);
  check(sizes.size() == 2, ErrorType::kRuntimeError, [] { return "expected matrix input"; });
  const SymInt numel = sizes[0] * sizes[1];
  FakeTensor& diagonal = call.op1("aten::arange.start_step", {0, numel, sizes[1] + SymInt(1)});
  FakeTensor& zeros = new_empty(call, gradient, {numel});
  return one(view_shape(call, call.op1("aten::index_fill.int_Tensor", {&zeros, 0, &diagonal, &gradient}), sizes));
}

/// cummaxmin_backward(grad, input, indices, dim)
Results cumulative_extreme(Call& call) {
  FakeTensor& input = call.tensor(1);
  if (truth(call, sym_eq(input.numel(), 0))) return one(input);
  FakeTensor& zeros = new_empty(call, input, input.sizes);
  return call.op("aten::scatter_add", {&zeros, call.arg(3), call.arg(2), call.arg(0)});
}

/// masked_select_backward(grad, input, mask)
Results masked_select(Call& call) {
  FakeTensor& input = call.tensor(1);
  const SymInts sizes = infer_broadcast(call, input.sizes, call.tensor(2).sizes, Speaker::kAten);
  FakeTensor& zeros = call.op1("aten::zeros_like", {&expand(call, input, sizes)});
  return call.op("aten::masked_scatter", {&zeros, call.arg(2), call.arg(0)});
}

// ---- Several gradients; a mask says which.

Value contiguous_like(Call& call, const FakeTensor& model) {
  return &call.contiguous(model.dtype, model.sizes, model.device);
}

/// convolution_backward(grad_output, input, weight, bias_sizes, ..., output_mask): in two dimensions channels last
/// where an operand is.
Results convolution(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const auto channels_last = [&](std::size_t i) {
    return suggest_memory_format(call.env(), geometry(call.tensor(i))) == MemoryFormat::kChannelsLast;
  };
  const bool planes = call.tensor(2).dim() == 4;
  const MemoryFormat format =
      planes && (channels_last(1) || channels_last(2)) ? MemoryFormat::kChannelsLast : MemoryFormat::kContiguous;
  Results results(3);
  for (const std::size_t i : {0U, 1U}) {
    if (wanted(call, i)) results[i] = &empty_in(call, gradient, call.tensor(i + 1).sizes, format);
  }
  if (!wanted(call, 2)) return results;
  check(!call.is_none(3), ErrorType::kTypeError,
        [] { return "new_empty(): argument 'size' (position 1) must be tuple of ints, not NoneType"; });
  results[2] = &new_empty(call, gradient, call.sym_ints(3));
  return results;
}

/// ATen/native/ConvolutionTBC.cpp conv_tbc_backward(self, input, weight, bias, pad): the gradient is narrowed for each
/// step of the kernel.
Results conv_tbc(Call& call) {
  FakeTensor& input = call.tensor(1);
  FakeTensor& weight = call.tensor(2);
  const auto plain = [&](const FakeTensor& t) {
    for (const SymInt& size : t.sizes) call.env().guard_int(size);
    return call.env().guard_int(size_at(t, 0));
  };
  const std::int64_t length = plain(input);
  const std::int64_t steps = plain(weight);
  constexpr std::int64_t kMostSteps = 1 << 20;
  if (steps > kMostSteps) throw SizeLimit("a kernel has too many steps");
  const std::int64_t pad = call.integer(4);
  const std::int64_t padded = (SymInt(length) + SymInt(pad)).as_int();  // SymInts refuse what passes 64 bits
  const std::int64_t out_length = (SymInt(padded) + SymInt(pad) - SymInt(steps) + SymInt(1)).as_int();
  for (std::int64_t k = 0; k < steps; ++k) {
    const std::int64_t from = std::max<std::int64_t>(0, pad - k);
    const std::int64_t count = std::min(padded - k, out_length) - from;
    if (count > 0) call.op("aten::narrow", {call.arg(0), 0, from, count});
  }
  return {contiguous_like(call, input), contiguous_like(call, weight), contiguous_like(call, call.tensor(3))};
}

/// linear_backward(self, grad_output, weight, output_mask)
Results linear(Call& call) {
  const FakeTensor& gradient = call.tensor(1);
  Results results(3);
  if (wanted(call, 0)) results[0] = contiguous_like(call, call.tensor(0));
  if (!wanted(call, 1) && !wanted(call, 2)) return results;
  const SymInt features = size_at(gradient, -1);
  results[1] = &call.contiguous(gradient.dtype, {features, size_at(call.tensor(0), -1)}, gradient.device);
  results[2] = &call.contiguous(gradient.dtype, {features}, gradient.device);
  return results;
}

constexpr OpRow kRows[] = {
    {"_embedding_bag_backward", embedding_bag},
    {"_embedding_bag_dense_backward", [](Call& c) { return one(embedding_bag_dense<5>(c)); }},
    {"_embedding_bag_per_sample_weights_backward", per_sample_weights},
    {"_log_softmax_backward_data", softmax<true>},
    {"_softmax_backward_data", softmax<false>},
    {"conv_tbc_backward", conv_tbc},
    {"convolution_backward", convolution},
    {"cummaxmin_backward", cumulative_extreme},
    {"diagonal_backward", [](Call& c) { return of_view(c, "aten::diagonal_scatter", c.arg(2), c.arg(3), c.arg(4)); }},
    {"embedding_backward", embedding},
    {"embedding_dense_backward", embedding_dense},
    {"gather_backward", gather},
    {"index_select_backward", index_select},
    {"linear_backward", linear},
    {"masked_scatter_backward", [](Call& c) { return one(new_empty(c, c.tensor(0), c.sym_ints(2))); }},
    {"masked_select_backward", masked_select},
    {"native_dropout_backward", native_dropout},
    {"select_backward", [](Call& c) { return of_view(c, "aten::select_scatter", c.arg(2), c.arg(3)); }},
    {"slice_backward",
     [](Call& c) { return of_view(c, "aten::slice_scatter", c.arg(2), c.arg(3), c.arg(4), c.arg(5)); }},
    {"trace_backward", trace},
    {"unfold_backward", unfold_gradient},
    {"value_selecting_reduction_backward", value_selecting_reduction},
};

/// A number is a flag, too.
SymBool flag_of(const Value& value) {
  return value.holds<SymBool>() ? value.get<SymBool>() : sym_ne(value.get<SymInt>(), 0);
}

}  // namespace

bool wanted(Call& call, std::size_t place) {
  const ValueList& flags = call.arg(*find_arg(call, "output_mask")).get<ValueList>();
  check(place < flags.size(), ErrorType::kIndexError, [] { return "list index out of range"; });
  return truth(call, flag_of(flags[place]));
}

std::span<const OpRow> gradient_ops() { return kRows; }

}  // namespace retrace::ops
