// SPDX-License-Identifier: Apache-2.0
#include "core/trace/autocast.h"

#include <algorithm>
#include <string_view>

#include "core/ops/run.h"

namespace retrace::trace {

namespace {

enum class Policy : std::uint8_t { kLower, kFloat32, kWidest };

struct Row {
  std::string_view name;
  Policy policy;
};

/// Registered in autocast_mode.cpp, and composite operators whose whole computation is a registered one's (einsum: bmm;
/// inner and tensordot: mm; linalg_matmul: matmul; the plain recurrent layers and cells: linear).
constexpr Row kRows[] = {
    {"_addmm_activation", Policy::kLower},
    {"_convolution.deprecated", Policy::kLower},
    {"_grid_sampler_2d_cpu_fallback", Policy::kFloat32},
    {"_lu_with_info", Policy::kFloat32},
    {"_native_multi_head_attention", Policy::kLower},
    {"adaptive_avg_pool3d", Policy::kFloat32},
    {"adaptive_max_pool3d", Policy::kFloat32},
    {"addbmm", Policy::kLower},
    {"addmm", Policy::kLower},
    {"avg_pool3d", Policy::kFloat32},
    {"baddbmm", Policy::kLower},
    {"binary_cross_entropy", Policy::kFloat32},
    {"binary_cross_entropy_with_logits", Policy::kFloat32},
    {"bmm", Policy::kLower},
    {"cat", Policy::kWidest},
    {"cdist", Policy::kFloat32},
    {"chain_matmul", Policy::kLower},
    {"cholesky", Policy::kFloat32},
    {"cholesky_inverse", Policy::kFloat32},
    {"cholesky_solve", Policy::kFloat32},
    {"conv1d", Policy::kLower},
    {"conv1d.padding", Policy::kLower},
    {"conv2d", Policy::kLower},
    {"conv2d.padding", Policy::kLower},
    {"conv3d", Policy::kLower},
    {"conv3d.padding", Policy::kLower},
    {"conv_tbc", Policy::kLower},
    {"conv_transpose1d", Policy::kLower},
    {"conv_transpose2d.input", Policy::kLower},
    {"conv_transpose3d.input", Policy::kLower},
    {"cosine_embedding_loss", Policy::kFloat32},
    {"cross_entropy_loss", Policy::kFloat32},
    {"ctc_loss.IntList", Policy::kFloat32},
    {"ctc_loss.Tensor", Policy::kFloat32},
    {"einsum", Policy::kLower},
    {"fake_quantize_per_tensor_affine", Policy::kFloat32},
    {"fft_fft", Policy::kFloat32},
    {"fft_fft2", Policy::kFloat32},
    {"fft_fftn", Policy::kFloat32},
    {"fft_hfft", Policy::kFloat32},
    {"fft_ifft", Policy::kFloat32},
    {"fft_ifft2", Policy::kFloat32},
    {"fft_ifftn", Policy::kFloat32},
    {"fft_ihfft", Policy::kFloat32},
    {"fft_irfft", Policy::kFloat32},
    {"fft_irfft2", Policy::kFloat32},
    {"fft_irfftn", Policy::kFloat32},
    {"fft_rfft", Policy::kFloat32},
    {"fft_rfft2", Policy::kFloat32},
    {"fft_rfftn", Policy::kFloat32},
    {"fractional_max_pool2d", Policy::kFloat32},
    {"fractional_max_pool3d", Policy::kFloat32},
    {"geqrf", Policy::kFloat32},
    {"grid_sampler", Policy::kFloat32},
    {"grid_sampler_2d", Policy::kFloat32},
    {"grid_sampler_3d", Policy::kFloat32},
    {"hinge_embedding_loss", Policy::kFloat32},
    {"huber_loss", Policy::kFloat32},
    {"index_copy", Policy::kWidest},
    {"inner", Policy::kLower},
    {"inverse", Policy::kFloat32},
    {"kl_div", Policy::kFloat32},
    {"l1_loss", Policy::kFloat32},
    {"linalg_cholesky", Policy::kFloat32},
    {"linalg_cholesky_ex", Policy::kFloat32},
    {"linalg_cond", Policy::kFloat32},
    {"linalg_cond.p_str", Policy::kFloat32},
    {"linalg_eig", Policy::kFloat32},
    {"linalg_eigh", Policy::kFloat32},
    {"linalg_eigvals", Policy::kFloat32},
    {"linalg_eigvalsh", Policy::kFloat32},
    {"linalg_householder_product", Policy::kFloat32},
    {"linalg_inv", Policy::kFloat32},
    {"linalg_inv_ex", Policy::kFloat32},
    {"linalg_lstsq", Policy::kFloat32},
    {"linalg_matmul", Policy::kLower},
    {"linalg_matrix_rank", Policy::kFloat32},
    {"linalg_matrix_rank.atol_rtol_float", Policy::kFloat32},
    {"linalg_matrix_rank.atol_rtol_tensor", Policy::kFloat32},
    {"linalg_matrix_rank.tol_tensor", Policy::kFloat32},
    {"linalg_multi_dot", Policy::kLower},
    {"linalg_qr", Policy::kFloat32},
    {"linalg_solve", Policy::kFloat32},
    {"linalg_svd", Policy::kFloat32},
    {"linalg_svdvals", Policy::kFloat32},
    {"linalg_tensorinv", Policy::kFloat32},
    {"linalg_tensorsolve", Policy::kFloat32},
    {"linalg_vecdot", Policy::kLower},
    {"linear", Policy::kLower},
    {"lu_solve", Policy::kFloat32},
    {"margin_ranking_loss", Policy::kFloat32},
    {"matmul", Policy::kLower},
    {"max_pool3d", Policy::kFloat32},
    {"max_unpool2d", Policy::kFloat32},
    {"max_unpool3d", Policy::kFloat32},
    {"mkldnn_rnn_layer", Policy::kLower},
    {"mm", Policy::kLower},
    {"mse_loss", Policy::kFloat32},
    {"multi_margin_loss", Policy::kFloat32},
    {"multilabel_margin_loss", Policy::kFloat32},
    {"multilabel_margin_loss_forward", Policy::kFloat32},
    {"nanquantile", Policy::kFloat32},
    {"nanquantile.scalar", Policy::kFloat32},
    {"nll_loss", Policy::kFloat32},
    {"nll_loss2d", Policy::kFloat32},
    {"orgqr", Policy::kFloat32},
    {"ormqr", Policy::kFloat32},
    {"pinverse", Policy::kFloat32},
    {"poisson_nll_loss", Policy::kFloat32},
    {"polar", Policy::kFloat32},
    {"prelu", Policy::kLower},
    {"prod", Policy::kFloat32},
    {"prod.dim_int", Policy::kFloat32},
    {"qr", Policy::kFloat32},
    {"quantile", Policy::kFloat32},
    {"quantile.scalar", Policy::kFloat32},
    {"reflection_pad1d", Policy::kFloat32},
    {"reflection_pad2d", Policy::kFloat32},
    {"replication_pad1d", Policy::kFloat32},
    {"replication_pad2d", Policy::kFloat32},
    {"replication_pad3d", Policy::kFloat32},
    {"rnn_relu.input", Policy::kLower},
    {"rnn_relu_cell", Policy::kLower},
    {"rnn_tanh.input", Policy::kLower},
    {"rnn_tanh_cell", Policy::kLower},
    {"scaled_dot_product_attention", Policy::kLower},
    {"smooth_l1_loss", Policy::kFloat32},
    {"soft_margin_loss", Policy::kFloat32},
    {"stack", Policy::kWidest},
    {"stft", Policy::kFloat32},
    {"stft.center", Policy::kFloat32},
    {"svd", Policy::kFloat32},
    {"tensordot", Policy::kLower},
    {"trace", Policy::kFloat32},
    {"triangular_solve", Policy::kFloat32},
    {"triplet_margin_loss", Policy::kFloat32},
    {"view_as_complex", Policy::kFloat32},
};

const Row* find_row(std::string_view schema_name) {
  constexpr std::string_view kAten = "aten::";
  if (!schema_name.starts_with(kAten)) return nullptr;
  const std::string_view name = schema_name.substr(kAten.size());
  const Row* row = std::ranges::lower_bound(kRows, name, {}, &Row::name);
  return row != std::end(kRows) && row->name == name ? row : nullptr;
}

/// Composite operators without a kernel of their own that end in products of matrices.
bool multiplies_matrices(std::string_view name, const std::vector<Value>& values) {
  if (name == "aten::chain_matmul" || name == "aten::linalg_multi_dot" || name == "aten::tensordot") return true;
  if (name != "aten::einsum" || !values[0].holds<std::string_view>() || !values[1].holds<ValueList>()) return false;
  const std::string_view equation = values[0].get<std::string_view>();
  const std::size_t arrow = equation.find("->");
  if (values[1].get<ValueList>().size() < 2 || arrow == std::string_view::npos) return false;
  const std::string_view output = equation.substr(arrow + 2);
  return std::ranges::any_of(equation.substr(0, arrow), [&](char c) {
    return c != ' ' && c != ',' && c != '.' && output.find(c) == std::string_view::npos;  // summed over
  });
}

/// autocast_mode.h is_eligible
bool is_eligible(const Value& value) {
  if (!value.holds<FakeTensor*>()) return false;
  const FakeTensor& tensor = *value.get<FakeTensor*>();
  return tensor.device.type == "cpu" && is_floating(tensor.dtype) && tensor.dtype != ScalarType::kDouble;
}

bool any_float32(const Value& value) {
  if (value.holds<ValueList>()) return std::ranges::any_of(value.get<ValueList>(), any_float32);
  return is_eligible(value) && value.get<FakeTensor*>()->dtype == ScalarType::kFloat;
}

/// cached_cast
Value cast(Session& session, const Value& value, ScalarType dtype) {
  if (value.holds<ValueList>()) {
    ValueList out;
    for (const Value& element : value.get<ValueList>()) out.push_back(cast(session, element, dtype));
    return Value(std::move(out));
  }
  if (!is_eligible(value) || value.get<FakeTensor*>()->dtype == dtype) return value;
  const Value args[] = {value, Value(dtype), Value(false), Value(false), Value()};
  ops::Call call(session, *ops::find_schema("aten::to.dtype"), args);
  return ops::run(call).front();
}

}  // namespace

void autocast(Session& session, const ops::Schema& schema, std::vector<Value>& values) {
  if (!session.autocast.enabled) return;
  const Row* row = find_row(schema.name);
  if (row == nullptr && !multiplies_matrices(schema.name, values)) return;
  const Policy policy = row == nullptr ? Policy::kLower : row->policy;
  const bool wide =
      policy == Policy::kFloat32 || (policy == Policy::kWidest && std::ranges::any_of(values, any_float32));
  for (Value& value : values) value = cast(session, value, wide ? ScalarType::kFloat : session.autocast.dtype);
}

}  // namespace retrace::trace
