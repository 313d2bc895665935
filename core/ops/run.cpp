// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/ops/each_tensor.h"
#include "core/ops/op_table.h"

namespace retrace::ops {

namespace {

bool is_written(const SchemaArg& arg) { return arg.type.find('!') != std::string_view::npos; }

/// torch/csrc/autograd/VariableTypeUtils.h check_inplace
void check_inplace(const FakeTensor& tensor) {
  if (tensor.requires_grad) {
    raise(ErrorType::kRuntimeError, "a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (tensor.base != nullptr && tensor.base->requires_grad && tensor.tracks_grad) {
    raise(ErrorType::kRuntimeError,
          "a view of a leaf Variable that requires grad is being used in an in-place operation.");
  }
}

/// Rules compute strides: what is sparse can only be copied, or be made dense again.
void check_layouts(const Call& call) {
  constexpr std::array<std::string_view, 6> kTakesSparse{"aten::_to_dense", "aten::_to_sparse",
                                                         "aten::coalesce",  "aten::to_dense",
                                                         "aten::to_sparse", "aten::to_sparse.sparse_dim"};
  for (std::size_t i = 0; i < call.size(); ++i) {
    for_each_tensor(call.arg(i), [&](const FakeTensor& t) {
      const bool sparse = t.layout >= Layout::kSparseCoo && t.layout <= Layout::kSparseBsc;
      if (!sparse || std::ranges::find(kTakesSparse, call.schema().name) != kTakesSparse.end()) return;
      raise(ErrorType::kUnsupported, "sparse layouts are not traced: " + std::string(call.schema().name));
    });
  }
}

bool differentiable(const FakeTensor& tensor) { return is_floating(tensor.dtype) || is_complex(tensor.dtype); }

bool stops_gradient(std::string_view name) { return name == "aten::detach" || name == "aten::detach_"; }

/// Operators of several floating results whose derivative is that of the first alone (derivatives.yaml `grad`).
bool only_first_differentiable(std::string_view packet) {
  return packet.find("native_batch_norm") != std::string_view::npos || packet.starts_with("aten::_batch_norm_") ||
         packet.starts_with("aten::_scaled_dot_product_") || packet == "aten::_ctc_loss" ||
         packet == "aten::cudnn_batch_norm" || packet == "aten::native_group_norm" ||
         packet == "aten::native_layer_norm";
}

bool any_tracked(const Call& call) {
  bool tracked = false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    for_each_tensor(call.arg(i), [&](const FakeTensor& t) { tracked |= t.requires_grad || t.tracks_grad; });
  }
  return tracked;
}

/// Operators that autograd follows though their result may be integral: it takes its dtype from an operand or an
/// argument that has no say in whether it is followed.
constexpr std::array<std::string_view, 26> kFollowedWhateverDtype{"aten::_convolution",
                                                                  "aten::batch_norm",
                                                                  "aten::conv1d",
                                                                  "aten::conv2d",
                                                                  "aten::conv3d",
                                                                  "aten::conv_transpose1d",
                                                                  "aten::conv_transpose2d",
                                                                  "aten::conv_transpose3d",
                                                                  "aten::convolution",
                                                                  "aten::cross",
                                                                  "aten::cumprod",
                                                                  "aten::cumsum",
                                                                  "aten::diagonal_scatter",
                                                                  "aten::fill",
                                                                  "aten::index_add",
                                                                  "aten::index_copy",
                                                                  "aten::index_fill",
                                                                  "aten::index_put",
                                                                  "aten::linalg_cross",
                                                                  "aten::masked_fill",
                                                                  "aten::nansum",
                                                                  "aten::native_batch_norm",
                                                                  "aten::prod",
                                                                  "aten::select_scatter",
                                                                  "aten::slice_scatter",
                                                                  "aten::sum"};

/// torch/csrc/autograd/functions/utils.h set_history: what is followed has to be of a differentiable dtype.
void check_followed(const Schema& schema, const Results& results) {
  const std::string_view packet = packet_name(schema);
  if (std::ranges::find(kFollowedWhateverDtype, packet) == kFollowedWhateverDtype.end()) return;
  for_each_tensor(results.front(), [](const FakeTensor& t) {
    check(differentiable(t), ErrorType::kRuntimeError,
          [&] { return fmt::format("Autograd not support dtype: {}", aten_name(t.dtype)); });
  });
}

bool is_tracked(const FakeTensor& t) { return t.requires_grad || t.tracks_grad; }

/// In-place operators whose derivative needs self as it was, so that autograd clones it first (derivatives.yaml).
constexpr std::array<std::string_view, 52> kSavesSelf{"aten::abs_",
                                                      "aten::acos_",
                                                      "aten::acosh_",
                                                      "aten::asin_",
                                                      "aten::asinh_",
                                                      "aten::atan_",
                                                      "aten::atanh_",
                                                      "aten::clamp_",
                                                      "aten::clamp_.Tensor",
                                                      "aten::clamp_max_",
                                                      "aten::clamp_max_.Tensor",
                                                      "aten::clamp_min_",
                                                      "aten::clamp_min_.Tensor",
                                                      "aten::copysign_.Scalar",
                                                      "aten::copysign_.Tensor",
                                                      "aten::cos_",
                                                      "aten::cosh_",
                                                      "aten::cumprod_",
                                                      "aten::digamma_",
                                                      "aten::erf_",
                                                      "aten::erfc_",
                                                      "aten::erfinv_",
                                                      "aten::gelu_",
                                                      "aten::hardsigmoid_",
                                                      "aten::hardswish_",
                                                      "aten::hardtanh_",
                                                      "aten::hypot_",
                                                      "aten::i0_",
                                                      "aten::lgamma_",
                                                      "aten::log10_",
                                                      "aten::log1p_",
                                                      "aten::log2_",
                                                      "aten::log_",
                                                      "aten::logit_",
                                                      "aten::mish_",
                                                      "aten::mvlgamma_",
                                                      "aten::nan_to_num_",
                                                      "aten::polygamma_",
                                                      "aten::pow_.Scalar",
                                                      "aten::pow_.Tensor",
                                                      "aten::renorm_",
                                                      "aten::sgn_",
                                                      "aten::silu_",
                                                      "aten::sin_",
                                                      "aten::sinc_",
                                                      "aten::sinh_",
                                                      "aten::tan_",
                                                      "aten::threshold_",
                                                      "aten::xlogy_.Scalar_Other",
                                                      "aten::xlogy_.Tensor",
                                                      "aten::atan2_",
                                                      "aten::lerp_.Tensor"};

/// The clone is not traced, but what it asks of the shapes is.
void save_self(Call& call) {
  const std::string_view name = call.schema().name;
  if (call.size() == 0 || !call.arg(0).holds<FakeTensor*>()) return;
  const bool by_other = name == "aten::mul_.Tensor" || name == "aten::div_.Tensor";
  const bool saves = by_other || std::find(kSavesSelf.begin(), kSavesSelf.end(), name) != kSavesSelf.end();
  if (!saves) return;
  const Value& needs = call.arg(by_other ? 1 : 0);
  if (needs.holds<FakeTensor*>() && is_tracked(*needs.get<FakeTensor*>())) call.op("aten::clone", {call.arg(0)});
}

}  // namespace

Results run(Call& call) {
  const Schema& schema = call.schema();
  check_layouts(call);
  const bool grad = call.context().grad_enabled();
  if (schema.is_mutable && grad) {
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (is_written(schema.args[i])) for_each_tensor(call.arg(i), [](const FakeTensor& t) { check_inplace(t); });
    }
  }
  const bool tracked = grad && any_tracked(call) && !stops_gradient(schema.name);
  if (schema.is_mutable && tracked) save_self(call);
  Results results = find_rule(schema.name)(call);
  for (std::size_t i = 0; schema.is_mutable && i < call.size(); ++i) {
    if (!is_written(schema.args[i])) continue;
    for_each_tensor(call.arg(i), [](FakeTensor& t) {
      if (t.storage != nullptr) ++t.storage->version;
    });
  }
  if (!tracked) return results;
  if (!schema.is_mutable) check_followed(schema, results);
  for (std::size_t i = 0; schema.is_mutable && i < call.size(); ++i) {
    // rebase_history: what a view is written with becomes part of its base's history
    if (is_written(schema.args[i]))
      for_each_tensor(call.arg(i), [](FakeTensor& t) {
        if (t.base != nullptr && differentiable(*t.base)) t.base->tracks_grad = true;
      });
  }
  const std::size_t count = only_first_differentiable(packet_name(schema)) ? 1 : results.size();
  for (std::size_t i = 0; i < std::min(count, results.size()); ++i) {
    for_each_tensor(results[i],
                    [](FakeTensor& t) { t.tracks_grad = t.tracks_grad || (differentiable(t) && !t.requires_grad); });
  }
  return results;
}

}  // namespace retrace::ops
