// SPDX-License-Identifier: Apache-2.0
// Backward operators that a decomposed program may hold: pointwise, of softmax and dropout, of losses, views and pools.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// Elementwise over all tensors of the call.
Results pointwise(Call& call) {
  std::vector<Value> operands;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.arg(i).holds<FakeTensor*>()) operands.push_back(call.arg(i));
  }
  return one(elementwise_of(call, operands, elementwise_dtypes(operands)));
}

/// _decomp/decompositions.py _log_softmax_backward_data; the input's dtype is asked for.
Results log_softmax(Call& call) {
  FakeTensor& gradient = elementwise(call, {call.arg(0), call.arg(1)});
  gradient.dtype = *call.dtype(3);
  return one(gradient);
}

/// _decomp/decompositions.py _softmax_backward_data: contiguous.
Results softmax(Call& call) {
  FakeTensor& gradient = elementwise(call, {call.arg(0), call.arg(1)});
  return one(call.contiguous(*call.dtype(3), gradient.sizes, gradient.device));
}

/// _decomp/decompositions.py native_dropout_backward.
Results native_dropout(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  const ScalarType dtype = elementwise_dtypes({call.arg(0), call.arg(2)}).result;  // the scale is a float
  FakeTensor& product = elementwise_of(call, {call.arg(0), call.arg(1)}, dtype);
  return one(clone(call, product, suggest_memory_format(call.env(), geometry(gradient))));
}

template <std::size_t at>
Results like_argument(Call& call) {
  return one(like(call, call.tensor(at)));
}

template <std::size_t at>
Results contiguous_as_argument(Call& call) {
  const FakeTensor& model = call.tensor(at);
  return one(call.contiguous(model.dtype, model.sizes, model.device));
}

/// In the memory format that the input suggests (2d and 3d pools).
Results pool(Call& call) {
  FakeTensor& self = call.tensor(1);
  check(self.dtype == call.tensor(0).dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected dtype {} for `gradOutput` but got dtype {}", torch_name(self.dtype),
                       torch_name(call.tensor(0).dtype));
  });
  return one(empty_in(call, self, self.sizes, suggest_memory_format(call.env(), geometry(self))));
}

/// select, slice, diagonal(grad_output, input_sizes, ...): zeros of the input's sizes.
Results of_view(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  return one(call.contiguous(gradient.dtype, call.sym_ints(1), gradient.device));
}

/// upsample(grad_output, output_size, input_size, ...)
Results upsample(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  return one(empty_in(call, gradient, call.sym_ints(2), suggest_memory_format(call.env(), geometry(gradient))));
}

Results embedding_dense(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  return one(call.contiguous(gradient.dtype, {call.sym_int(2), size_at(gradient, -1)}, gradient.device));
}

// ---- Several gradients; a mask says which.

Value contiguous_like(Call& call, const FakeTensor& model) {
  return &call.contiguous(model.dtype, model.sizes, model.device);
}

bool wanted(Call& call, std::string_view mask, std::size_t i) {
  const Value& flags = call.arg(*find_arg(call, mask));
  return flags.get<ValueList>().at(i).get<SymBool>().as_bool();
}

/// native_layer_norm, native_group_norm, native_batch_norm: of input, weight and bias, whose place in the schema is
/// given.
template <std::size_t input_at, std::size_t weight_at>
Results normalization(Call& call) {
  const FakeTensor& input = call.tensor(input_at);
  const FakeTensor* weight = call.optional_tensor(weight_at);
  const auto of_weight = [&](std::size_t i) -> Value {
    if (!wanted(call, "output_mask", i) || weight == nullptr) return {};
    return contiguous_like(call, *weight);
  };
  Value of_input;
  if (wanted(call, "output_mask", 0)) of_input = contiguous_like(call, input);
  Value scale = of_weight(1);
  return {of_input, scale, of_weight(2)};
}

/// convolution_backward(grad_output, input, weight, bias_sizes, ..., output_mask)
Results convolution(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  Results results(3);
  if (wanted(call, "output_mask", 0)) results[0] = contiguous_like(call, call.tensor(1));
  if (wanted(call, "output_mask", 1)) results[1] = contiguous_like(call, call.tensor(2));
  if (wanted(call, "output_mask", 2)) {
    SymInts sizes = call.is_none(3) ? SymInts{shape_at(gradient, 1)} : call.sym_ints(3);
    results[2] = &call.contiguous(gradient.dtype, std::move(sizes), gradient.device);
  }
  return results;
}

/// linear_backward(self, grad_output, weight, output_mask)
Results linear(Call& call) {
  const FakeTensor& gradient = call.tensor(1);
  Results results(3);
  if (wanted(call, "output_mask", 0)) results[0] = contiguous_like(call, call.tensor(0));
  if (!wanted(call, "output_mask", 1) && !wanted(call, "output_mask", 2)) return results;
  const SymInt features = gradient.sizes.back();
  results[1] = &call.contiguous(gradient.dtype, {features, call.tensor(0).sizes.back()}, gradient.device);
  results[2] = &call.contiguous(gradient.dtype, {features}, gradient.device);
  return results;
}

/// grid_sampler(grad_output, input, grid, ..., output_mask)
Results grid_sampler(Call& call) {
  Value of_input;
  if (wanted(call, "output_mask", 0)) of_input = contiguous_like(call, call.tensor(1));
  return {of_input, contiguous_like(call, call.tensor(2))};
}

/// _meta_registrations.check_dim_size
void check_dim_size(Call& call, const FakeTensor& t, std::size_t rank, std::size_t dim, const SymInt& size) {
  check(dim < t.sizes.size(), ErrorType::kIndexError, [] { return "tuple index out of range"; });
  check(t.sizes.size() == rank && truth(call, sym_eq(t.sizes[dim], size)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected a tensor of dimension {} and tensor.size[{}] == {}, but got : dimension {} and "
        "tensor.size[{}] = {}",
        rank, dim, to_string(size), t.sizes.size(), dim, to_string(t.sizes[dim]));
  });
}

/// _meta_registrations.meta_max_pool2d_with_indices_backward(grad_output, self, ..., indices)
Results max_pool2d(Call& call) {
  const Results forward = call.op("aten::max_pool2d_with_indices",
                                  {call.arg(1), call.arg(2), call.arg(3), call.arg(4), call.arg(5), call.arg(6)});
  const SymInts& pooled = forward.front().get<FakeTensor*>()->sizes;
  Results results = pool(call);
  for (const std::size_t given : {0U, 7U}) {
    for (std::size_t dim = pooled.size() - 3; dim < pooled.size(); ++dim)
      check_dim_size(call, call.tensor(given), pooled.size(), dim, pooled[dim]);
  }
  return results;
}

constexpr OpRow kRows[] = {
    {"_adaptive_avg_pool2d_backward", pool},
    {"_adaptive_avg_pool3d_backward", pool},
    {"_log_softmax_backward_data", log_softmax},
    {"_softmax_backward_data", softmax},
    {"adaptive_max_pool2d_backward", pool},
    {"adaptive_max_pool3d_backward", pool},
    {"avg_pool2d_backward", pool},
    {"avg_pool3d_backward", pool},
    {"binary_cross_entropy_backward", pointwise},
    {"convolution_backward", convolution},
    {"diagonal_backward", of_view},
    {"elu_backward", pointwise},
    {"embedding_dense_backward", embedding_dense},
    {"gelu_backward", pointwise},
    {"glu_backward", like_argument<1>},
    {"grid_sampler_2d_backward", grid_sampler},
    {"grid_sampler_3d_backward", grid_sampler},
    {"hardshrink_backward", pointwise},
    {"hardsigmoid_backward", pointwise},
    {"hardswish_backward", pointwise},
    {"hardtanh_backward", pointwise},
    {"huber_loss_backward", pointwise},
    {"leaky_relu_backward", pointwise},
    {"linear_backward", linear},
    {"log_sigmoid_backward", pointwise},
    {"logit_backward", pointwise},
    {"max_pool2d_with_indices_backward", max_pool2d},
    {"max_pool3d_with_indices_backward", pool},
    {"mish_backward", pointwise},
    {"mse_loss_backward", pointwise},
    {"multi_margin_loss_backward", contiguous_as_argument<1>},
    {"multilabel_margin_loss_backward", contiguous_as_argument<1>},
    {"native_batch_norm_backward", normalization<1, 2>},
    {"native_dropout_backward", native_dropout},
    {"native_group_norm_backward", normalization<1, 4>},
    {"native_layer_norm_backward", normalization<1, 5>},
    {"nll_loss2d_backward", like_argument<1>},
    {"nll_loss_backward", like_argument<1>},
    {"reflection_pad1d_backward", contiguous_as_argument<1>},
    {"reflection_pad2d_backward", contiguous_as_argument<1>},
    {"reflection_pad3d_backward", contiguous_as_argument<1>},
    {"replication_pad1d_backward", contiguous_as_argument<1>},
    {"replication_pad2d_backward", contiguous_as_argument<1>},
    {"replication_pad3d_backward", contiguous_as_argument<1>},
    {"rrelu_with_noise_backward", pointwise},
    {"select_backward", of_view},
    {"sigmoid_backward", pointwise},
    {"silu_backward", pointwise},
    {"slice_backward", of_view},
    {"smooth_l1_loss_backward", pointwise},
    {"soft_margin_loss_backward", pointwise},
    {"softplus_backward", pointwise},
    {"softshrink_backward", pointwise},
    {"tanh_backward", pointwise},
    {"threshold_backward", pointwise},
    {"unfold_backward", of_view},
    {"upsample_bicubic2d_backward", upsample},
    {"upsample_bilinear2d_backward", upsample},
    {"upsample_linear1d_backward", upsample},
    {"upsample_nearest1d_backward", upsample},
    {"upsample_nearest2d_backward", upsample},
    {"upsample_nearest3d_backward", upsample},
    {"upsample_trilinear3d_backward", upsample},
};

}  // namespace

std::span<const OpRow> gradient_ops() { return kRows; }

}  // namespace retrace::ops
