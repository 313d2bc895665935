// SPDX-License-Identifier: Apache-2.0
// cat, stack and the splits, as rules of several families call them (torch/_refs/__init__.py).
#pragma once
#include <span>
#include <vector>

#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {

FakeTensor& cat(Call& call, const std::vector<FakeTensor*>& tensors, std::int64_t dim = 0);
/// prims._cat_meta: the sizes along `dim` added up, the others the same.
SymInts joined_sizes(Call& call, const std::vector<FakeTensor*>& tensors, std::size_t dim);
FakeTensor& stack(Call& call, const std::vector<FakeTensor*>& tensors, std::int64_t dim = 0);
/// Raises SizeLimit: no list of so many tensors is made.
void check_count(std::int64_t tensors);
/// aten.split_with_sizes, aten.split.Tensor.
std::vector<FakeTensor*> split_with_sizes(Call& call, FakeTensor& a, const SymInts& lengths, std::int64_t dim);
std::vector<FakeTensor*> split(Call& call, FakeTensor& a, const SymInt& length, std::int64_t dim);
/// aten.tensor_split.sections, aten.unbind.
std::vector<FakeTensor*> tensor_split(Call& call, FakeTensor& a, std::int64_t sections, std::int64_t dim);
std::vector<FakeTensor*> unbind(Call& call, FakeTensor& a, std::int64_t dim);
/// aten.meshgrid with indexing "ij" or "xy".
std::vector<FakeTensor*> meshgrid(Call& call, const std::vector<FakeTensor*>& tensors, std::string_view indexing);
/// Fresh zeros or numbers in order: only geometry matters.
FakeTensor& dense(Call& call, const FakeTensor& like, SymInts sizes, ScalarType dtype);

}  // namespace retrace::ops
