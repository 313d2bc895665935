// SPDX-License-Identifier: Apache-2.0
// Operator to rule. Each file of a family (core/ops/families/*.cpp) holds one sorted array of rows.
//
// To add an operator: add its row to the family ATen files it under, with a rule of core/ops/vocabulary or,
// where that cannot say it, a function of at most some thirty lines whose first line names PyTorch's origin.
#pragma once
#include <span>
#include <string_view>

#include "core/ops/call.h"

namespace retrace::ops {

struct OpRow {
  std::string_view name;  // "add.Tensor" in namespace aten; others in full: "prims::convert_element_type"
  Rule rule;
};

/// Null: no rule.
Rule find_rule(std::string_view schema_name);

// The families, one function a file, defined in families/.
std::span<const OpRow> activation_ops();
std::span<const OpRow> attention_ops();
std::span<const OpRow> batch_norm_ops();
std::span<const OpRow> block_ops();
std::span<const OpRow> bookkeeping_ops();
std::span<const OpRow> complex_ops();
std::span<const OpRow> conversion_ops();
std::span<const OpRow> convolution_ops();
std::span<const OpRow> counter_random_ops();
std::span<const OpRow> counting_ops();
std::span<const OpRow> custom_ops();
std::span<const OpRow> embedding_ops();
std::span<const OpRow> factory_ops();
std::span<const OpRow> fft_ops();
std::span<const OpRow> foreach_ops();
std::span<const OpRow> gather_scatter_ops();
std::span<const OpRow> gradient_formula_ops();
std::span<const OpRow> gradient_norm_ops();
std::span<const OpRow> gradient_ops();
std::span<const OpRow> gradient_window_ops();
std::span<const OpRow> indexing_ops();
std::span<const OpRow> join_split_ops();
std::span<const OpRow> linalg_norm_ops();
std::span<const OpRow> linalg_ops();
std::span<const OpRow> loss_ops();
std::span<const OpRow> masking_ops();
std::span<const OpRow> matmul_ops();
std::span<const OpRow> no_kernel_ops();
std::span<const OpRow> normalization_ops();
std::span<const OpRow> optimizer_ops();
std::span<const OpRow> padding_ops();
std::span<const OpRow> pointwise_ops();
std::span<const OpRow> pooling_ops();
std::span<const OpRow> prims_ops();
std::span<const OpRow> quantized_decomposed_ops();
std::span<const OpRow> quantized_ops();
std::span<const OpRow> random_ops();
std::span<const OpRow> rearrange_ops();
std::span<const OpRow> reduction_ops();
std::span<const OpRow> rnn_ops();
std::span<const OpRow> scan_ops();
std::span<const OpRow> sorting_ops();
std::span<const OpRow> sparse_factory_ops();
std::span<const OpRow> sparse_ops();
std::span<const OpRow> symbolic_ops();
std::span<const OpRow> upsample_ops();
std::span<const OpRow> view_ops();

}  // namespace retrace::ops
