// SPDX-License-Identifier: Apache-2.0
#include "core/ops/op_table.h"

#include <string>
#include <unordered_map>

namespace retrace::ops {
namespace {

using Table = std::unordered_map<std::string_view, Rule>;

Table make_table() {
  Table table;
  for (const auto rows : {activation_ops(),     attention_ops(),
                          bookkeeping_ops(),    complex_ops(),
                          convolution_ops(),    counter_random_ops(),
                          custom_ops(),         embedding_ops(),
                          factory_ops(),        fft_ops(),
                          foreach_ops(),        gradient_ops(),
                          indexing_ops(),       join_split_ops(),
                          linalg_ops(),         loss_ops(),
                          matmul_ops(),         no_kernel_ops(),
                          normalization_ops(),  optimizer_ops(),
                          pointwise_ops(),      pooling_ops(),
                          quantized_ops(),      random_ops(),
                          reduction_ops(),      rnn_ops(),
                          scan_ops(),           sorting_ops(),
                          sparse_factory_ops(), symbolic_ops(),
                          upsample_ops(),       view_ops()}) {
    for (const OpRow& row : rows) table.emplace(row.name, row.rule);
  }
  return table;
}

}  // namespace

std::vector<OpRow> joined(std::initializer_list<std::span<const OpRow>> parts) {
  std::vector<OpRow> rows;
  for (const auto part : parts) rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

Rule find_rule(std::string_view schema_name) {
  static const Table table = make_table();
  constexpr std::string_view kAten = "aten::";
  if (schema_name.starts_with(kAten)) schema_name.remove_prefix(kAten.size());
  const auto at = table.find(schema_name);
  return at == table.end() ? nullptr : at->second;
}

}  // namespace retrace::ops
