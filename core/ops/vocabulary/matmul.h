// SPDX-License-Identifier: Apache-2.0
// Products of vectors and matrices as the metas of FakeTensorMode compute them (torch/_meta_registrations.py,
// torch/_decomp/decompositions.py): shapes, strides, the checks and their texts.
//
// The functions make the results that a composite operator's inner calls would make.
#pragma once
#include <optional>
#include <span>

#include "core/ops/call.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

FakeTensor& dot(Call& call, FakeTensor& a, FakeTensor& b);
FakeTensor& mv(Call& call, FakeTensor& matrix, FakeTensor& vector);
FakeTensor& mm(Call& call, FakeTensor& a, FakeTensor& b, std::optional<ScalarType> out_dtype = std::nullopt);
FakeTensor& bmm(Call& call, FakeTensor& a, FakeTensor& b, std::optional<ScalarType> out_dtype = std::nullopt);
/// Is beta, a product's number before self, none? For integers and truth values it is cut down to an int first.
bool leaves_self_out(const Value& beta, ScalarType dtype);
/// beta * self + alpha * (mat1 @ mat2); beta = 0 leaves self out.
FakeTensor& addmm(Call& call, FakeTensor& self, FakeTensor& mat1, FakeTensor& mat2, const Value& beta);
/// aten.matmul, with its folding of a batch into the rows of one product.
FakeTensor& matmul(Call& call, FakeTensor& a, FakeTensor& b);
/// aten.linear; `bias` may be null.
FakeTensor& linear(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor* bias);

/// aten._unsafe_view of a product just made.
FakeTensor& unsafe_view(Call& call, FakeTensor& t, const SymInts& sizes);
/// The size of a dimension counted from the end (1: the last).
inline const SymInt& size_from_end(const FakeTensor& t, std::size_t i) {
  return size_at(t, -static_cast<std::int64_t>(i));
}
/// C++ `t.sizes()` on symbolic sizes: each is specialised.
std::vector<std::int64_t> specialized_sizes(Call& call, const FakeTensor& t);

}  // namespace retrace::ops
