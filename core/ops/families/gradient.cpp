// SPDX-License-Identifier: Apache-2.0
// Backward operators that a decomposed program may hold: pointwise, of softmax and dropout, of losses, views and pools.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"

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
  FakeTensor& product = elementwise(call, {call.arg(0), call.arg(1)});
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
  return one(call.contiguous(gradient.dtype, {call.sym_int(2), gradient.sizes.back()}, gradient.device));
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
    {"diagonal_backward", of_view},
    {"elu_backward", pointwise},
    {"embedding_dense_backward", embedding_dense},
    {"gelu_backward", pointwise},
    {"glu_backward", like_argument<1>},
    {"hardshrink_backward", pointwise},
    {"hardsigmoid_backward", pointwise},
    {"hardswish_backward", pointwise},
    {"hardtanh_backward", pointwise},
    {"huber_loss_backward", pointwise},
    {"leaky_relu_backward", pointwise},
    {"log_sigmoid_backward", pointwise},
    {"logit_backward", pointwise},
    {"max_pool2d_with_indices_backward", pool},
    {"max_pool3d_with_indices_backward", pool},
    {"mish_backward", pointwise},
    {"mse_loss_backward", pointwise},
    {"multi_margin_loss_backward", contiguous_as_argument<1>},
    {"multilabel_margin_loss_backward", contiguous_as_argument<1>},
    {"native_dropout_backward", native_dropout},
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
