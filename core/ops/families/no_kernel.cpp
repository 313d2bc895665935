// SPDX-License-Identifier: Apache-2.0
// Operators of other backends and layouts, of which PyTorch has neither a meta function nor a kernel for dense tensors
// on CPU: the answer is its refusal.
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"

namespace retrace::ops {
namespace {

/// A copying form runs the viewing one on zeros.
Results no_kernel_to_copy(Call& call) {
  check_fallback(call);
  std::string name = overload_name(call.schema());
  raise_no_kernel(name.erase(name.find("_copy."), std::string_view("_copy").size()));
}

/// Neither may the kernel be tried (FakeTensorMode.can_run_unsafe_fallback, Tag.inplace_view and views of inputs).
Results no_fallback(Call& call) { raise(ErrorType::kUnsupported, overload_name(call.schema())); }

// Composites.
Results to_padded(Call& call) { return call.op("aten::to_padded_tensor", {call.arg(0)}); }
Results sparse_mm_reduce(Call& call) { return call.op("aten::_sparse_mm_reduce_impl", {call.arg(0), call.arg(1)}); }
Results sparse_softmax(Call& call) { return call.op("aten::_sparse_softmax", {call.arg(0)}); }
Results sparse_log_softmax(Call& call) { return call.op("aten::_sparse_log_softmax", {call.arg(0)}); }

constexpr OpRow kRows[] = {
    {"_coalesce", no_kernel},
    {"_conv_depthwise2d", no_kernel},
    {"_copy_from", no_kernel},
    {"_copy_from_and_resize", no_kernel},
    {"_cslt_compress", no_kernel},
    {"_cslt_sparse_mm_search", no_kernel},
    {"_cudnn_attention_forward", no_kernel},
    {"_cudnn_ctc_loss", no_kernel},
    {"_cudnn_ctc_loss.Tensor", no_kernel},
    {"_cudnn_rnn_flatten_weight", no_kernel},
    {"_dimI", no_kernel},
    {"_dimV", no_kernel},
    {"_indices", no_kernel},
    {"_indices_copy", no_kernel_to_copy},
    {"_lstm_mps", no_kernel},
    {"_mixed_dtypes_linear", no_kernel},
    {"_mkldnn_reshape", no_kernel},
    {"_mkldnn_transpose", no_kernel},
    {"_mps_convolution", no_kernel},
    {"_mps_convolution_transpose", no_kernel},
    {"_nested_from_padded_and_nested_example", no_kernel},
    {"_nested_from_padded_tensor", no_kernel},
    {"_nested_get_jagged_dummy", no_kernel},
    {"_nested_get_lengths", no_kernel},
    {"_nested_get_max_seqlen", no_kernel},
    {"_nested_get_min_seqlen", no_kernel},
    {"_nested_get_offsets", no_kernel},
    {"_nested_get_ragged_idx", no_kernel},
    {"_nested_get_values", no_kernel},
    {"_nested_get_values_copy", no_kernel_to_copy},
    {"_nested_tensor_from_tensor_list", no_fallback},
    {"_nested_tensor_size", no_kernel},
    {"_nested_tensor_softmax_with_shape", no_kernel},
    {"_nested_tensor_storage_offsets", no_kernel},
    {"_nested_tensor_strides", no_kernel},
    {"_nested_view_from_buffer", no_fallback},
    {"_nested_view_from_buffer_copy", no_fallback},
    {"_nested_view_from_jagged", no_kernel},
    {"_nested_view_from_jagged_copy", no_kernel_to_copy},
    {"_nnz", no_kernel},
    {"_scaled_grouped_mm_v2", no_kernel},
    {"_sparse_broadcast_to", no_kernel},
    {"_sparse_broadcast_to_copy", no_kernel_to_copy},
    {"_sparse_csr_prod.dim_dtype", no_kernel},
    {"_sparse_csr_sum.dim_dtype", no_kernel},
    {"_sparse_log_softmax", no_kernel},
    {"_sparse_log_softmax.int", sparse_log_softmax},
    {"_sparse_mask_projection", no_kernel},
    {"_sparse_mm.reduce", sparse_mm_reduce},
    {"_sparse_mm_reduce_impl", no_kernel},
    {"_sparse_semi_structured_apply", no_kernel},
    {"_sparse_semi_structured_apply_dense", no_kernel},
    {"_sparse_semi_structured_tile", no_kernel},
    {"_sparse_softmax", no_kernel},
    {"_sparse_softmax.int", sparse_softmax},
    {"_sparse_sparse_matmul", no_kernel},
    {"_spsolve", no_kernel},
    {"_thnn_fused_gru_cell", no_kernel},
    {"_to_sparse_semi_structured", no_kernel},
    {"_triton_multi_head_attention", no_kernel},
    {"_triton_scaled_dot_attention", no_kernel},
    {"_use_cudnn_ctc_loss", no_kernel},
    {"_use_cudnn_ctc_loss.Tensor", no_kernel},
    {"_use_miopen_ctc_loss", no_kernel},
    {"_use_miopen_ctc_loss.Tensor", no_kernel},
    {"_values", no_kernel},
    {"_values_copy", no_kernel_to_copy},
    {"batch_norm_elemt", no_kernel},
    {"batch_norm_gather_stats", no_kernel},
    {"batch_norm_gather_stats_with_counts", no_kernel},
    {"batch_norm_stats", no_kernel},
    {"conv_depthwise3d", no_kernel},
    {"cudnn_affine_grid_generator", no_kernel},
    {"cudnn_convolution", no_kernel},
    {"cudnn_convolution_add_relu", no_kernel},
    {"cudnn_convolution_relu", no_kernel},
    {"cudnn_convolution_transpose", no_kernel},
    {"cudnn_grid_sampler", no_kernel},
    {"dequantize.tensors", no_kernel},
    {"empty_quantized", no_kernel},
    {"hspmm", no_kernel},
    {"int_repr", no_kernel},
    {"miopen_convolution", no_kernel},
    {"miopen_convolution_add_relu", no_kernel},
    {"miopen_convolution_relu", no_kernel},
    {"miopen_convolution_transpose", no_kernel},
    {"miopen_ctc_loss", no_kernel},
    {"miopen_ctc_loss.Tensor", no_kernel},
    {"miopen_depthwise_convolution", no_kernel},
    {"mkldnn_adaptive_avg_pool2d", no_kernel},
    {"mkldnn_max_pool2d", no_kernel},
    {"mkldnn_max_pool3d", no_kernel},
    {"mkldnn_reorder_conv2d_weight", no_kernel},
    {"mkldnn_reorder_conv3d_weight", no_kernel},
    {"nested_to_padded_tensor", to_padded},
    {"q_per_channel_axis", no_kernel},
    {"q_per_channel_scales", no_kernel},
    {"q_per_channel_zero_points", no_kernel},
    {"q_scale", no_kernel},
    {"q_zero_point", no_kernel},
    {"qscheme", no_kernel},
    {"quantized_batch_norm", no_kernel},
    {"quantized_max_pool1d", no_kernel},
    {"quantized_max_pool2d", no_kernel},
    {"quantized_max_pool3d", no_kernel},
    {"record_stream", no_kernel},
    {"sparse_mask", no_kernel},
    {"sparse_sampled_addmm", no_kernel},
    {"to_padded_tensor", no_kernel},
};

}  // namespace

std::span<const OpRow> no_kernel_ops() { return kRows; }

}  // namespace retrace::ops
