// SPDX-License-Identifier: Apache-2.0
#include "core/ops/gradient_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace retrace::ops {
namespace {

constexpr std::string_view kTrainedNorm = "_native_batch_norm_legit";
constexpr std::string_view kFixedNorm = "_native_batch_norm_legit_no_training";
constexpr std::string_view kChannelQuantize = "fake_quantize_per_channel_affine_cachemask";
constexpr std::string_view kTensorQuantize = "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams";

constexpr WithoutFormula kWithoutFormula[] = {
    {"aten::_batch_norm_impl_index", 3, "running_mean", kTrainedNorm},
    {"aten::_batch_norm_impl_index", 4, "running_var", kTrainedNorm},
    {"aten::_native_batch_norm_legit", 3, "running_mean", kTrainedNorm},
    {"aten::_native_batch_norm_legit", 4, "running_var", kTrainedNorm},
    {"aten::_native_batch_norm_legit_no_training", 3, "running_mean", kFixedNorm},
    {"aten::_native_batch_norm_legit_no_training", 4, "running_var", kFixedNorm},
    {"aten::batch_norm", 3, "running_mean", kTrainedNorm},
    {"aten::batch_norm", 4, "running_var", kTrainedNorm},
    {"aten::binary_cross_entropy", 2, "weight", "binary_cross_entropy"},
    {"aten::binary_cross_entropy_with_logits", 2, "weight", "binary_cross_entropy_with_logits"},
    {"aten::binary_cross_entropy_with_logits", 3, "pos_weight", "binary_cross_entropy_with_logits"},
    {"aten::fake_quantize_per_channel_affine", 1, "scale", kChannelQuantize},
    {"aten::fake_quantize_per_channel_affine", 2, "zero_point", kChannelQuantize},
    {"aten::fake_quantize_per_channel_affine_cachemask", 1, "scale", kChannelQuantize},
    {"aten::fake_quantize_per_channel_affine_cachemask", 2, "zero_point", kChannelQuantize},
    {"aten::fake_quantize_per_tensor_affine.tensor_qparams", 1, "scale", kTensorQuantize},
    {"aten::fractional_max_pool2d", 3, "random_samples", "fractional_max_pool2d"},
    {"aten::fractional_max_pool3d", 3, "random_samples", "fractional_max_pool3d"},
    {"aten::instance_norm", 3, "running_mean", kTrainedNorm},
    {"aten::instance_norm", 4, "running_var", kTrainedNorm},
    {"aten::linalg_pinv.atol_rtol_tensor", 1, "atol", "linalg_pinv"},
    {"aten::linalg_pinv.atol_rtol_tensor", 2, "rtol", "linalg_pinv"},
    {"aten::multi_margin_loss", 4, "weight", "multi_margin_loss"},
    {"aten::native_batch_norm", 3, "running_mean", "native_batch_norm"},
    {"aten::native_batch_norm", 4, "running_var", "native_batch_norm"},
    {"aten::nll_loss", 2, "weight", "nll_loss_forward"},
    {"aten::nll_loss2d", 2, "weight", "nll_loss2d_forward"},
    {"aten::nll_loss2d_forward", 2, "weight", "nll_loss2d_forward"},
    {"aten::nll_loss_forward", 2, "weight", "nll_loss_forward"},
    {"aten::nll_loss_nd", 2, "weight", "nll_loss_forward"},
    {"aten::rrelu_with_noise", 1, "noise", "rrelu_with_noise"},
    {"aten::rrelu_with_noise_", 1, "noise", "rrelu_with_noise_"},
    {"aten::soft_margin_loss", 1, "target", "soft_margin_loss"},
};
static_assert(std::is_sorted(std::begin(kWithoutFormula), std::end(kWithoutFormula),
                             [](const WithoutFormula& a, const WithoutFormula& b) {
                               return a.operation < b.operation;
                             }));

}  // namespace

void check_no_gradient(Call& call, const Value& value, std::string_view argument, std::string_view says_so) {
  if (!call.context().grad_enabled() || !value.holds<FakeTensor*>()) return;
  const FakeTensor& tensor = *value.get<FakeTensor*>();
  if (!tensor.requires_grad && !tensor.tracks_grad) return;
  raise(ErrorType::kRuntimeError, fmt::format("The function '{}' is not differentiable with respect to argument '{}'. "
                                              "This input cannot have requires_grad True.",
                                              says_so, argument));
}

std::span<const WithoutFormula> arguments_without_formula(std::string_view operation) {
  const auto* first = std::ranges::lower_bound(kWithoutFormula, operation, {}, &WithoutFormula::operation);
  const auto* last = std::ranges::upper_bound(kWithoutFormula, operation, {}, &WithoutFormula::operation);
  return {first, last};
}

}  // namespace retrace::ops
