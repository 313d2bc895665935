// SPDX-License-Identifier: Apache-2.0
#include "core/ops/op_table.h"

#include <algorithm>
#include <array>

namespace retrace::ops {

/// The rows are searched where they lie: to gather them in one table costs a short check more than all its look-ups,
/// for an operator is resolved once (operator.h).
Rule find_rule(std::string_view schema_name) {
  static const auto tables = std::to_array({activation_ops(),
                                            attention_ops(),
                                            batch_norm_ops(),
                                            block_ops(),
                                            bookkeeping_ops(),
                                            complex_ops(),
                                            conversion_ops(),
                                            convolution_ops(),
                                            counter_random_ops(),
                                            counting_ops(),
                                            custom_ops(),
                                            embedding_ops(),
                                            factory_ops(),
                                            fft_ops(),
                                            foreach_ops(),
                                            gather_scatter_ops(),
                                            gradient_formula_ops(),
                                            gradient_norm_ops(),
                                            gradient_ops(),
                                            gradient_window_ops(),
                                            indexing_ops(),
                                            join_split_ops(),
                                            linalg_norm_ops(),
                                            linalg_ops(),
                                            loss_ops(),
                                            masking_ops(),
                                            matmul_ops(),
                                            no_kernel_ops(),
                                            normalization_ops(),
                                            optimizer_ops(),
                                            padding_ops(),
                                            pointwise_ops(),
                                            pooling_ops(),
                                            prims_ops(),
                                            quantized_decomposed_ops(),
                                            quantized_ops(),
                                            random_ops(),
                                            rearrange_ops(),
                                            reduction_ops(),
                                            rnn_ops(),
                                            scan_ops(),
                                            sorting_ops(),
                                            sparse_factory_ops(),
                                            sparse_ops(),
                                            symbolic_ops(),
                                            upsample_ops(),
                                            view_ops()});
  constexpr std::string_view kAten = "aten::";
  if (schema_name.starts_with(kAten)) schema_name.remove_prefix(kAten.size());
  for (const std::span<const OpRow> rows : tables) {
    const auto at = std::ranges::lower_bound(rows, schema_name, {}, &OpRow::name);
    if (at != rows.end() && at->name == schema_name) return at->rule;
  }
  return nullptr;
}

}  // namespace retrace::ops
