// SPDX-License-Identifier: Apache-2.0
// What linear algebra rules ask of their operands (torch/_meta_registrations.py, ATen LinearAlgebraUtils.h).
#pragma once
#include <string_view>
#include <utility>

#include "core/ops/call.h"

namespace retrace::ops::linalg {

/// squareCheckInputs.
void check_square(Call& call, const FakeTensor& t, std::string_view function);
/// squareCheckInputs of a composite in C++: whether it is square has to be known.
void ask_square(Call& call, const FakeTensor& t);
/// checkFloatingOrComplex.
void check_floating(const FakeTensor& t, std::string_view function, bool allow_low_precision = true);
/// checkIsMatrix.
void check_matrix(const FakeTensor& t, std::string_view function, std::string_view argument = "A");
/// checkInputsSolver.
void check_solver(Call& call, const FakeTensor& a, const FakeTensor& b, bool left, std::string_view function);
/// linearSolveCheckInputs.
void check_linear_solve(Call& call, const FakeTensor& self, const FakeTensor& a, std::string_view name);
/// _linalg_broadcast_batch_dims: the sizes of both with their batch dimensions broadcast.
std::pair<SymInts, SymInts> broadcast_batches(Call& call, const FakeTensor& a, const FakeTensor& b);

/// Sizes without the last `count`.
SymInts leading(const FakeTensor& t, std::size_t count);
/// Fresh results of t's device: row-major; a batch of column-major matrices.
FakeTensor& dense(Call& call, const FakeTensor& t, SymInts sizes, ScalarType dtype);
inline FakeTensor& dense(Call& call, const FakeTensor& t, SymInts sizes) {
  return dense(call, t, std::move(sizes), t.dtype);
}
FakeTensor& column_major(Call& call, const FakeTensor& t, SymInts sizes);
/// The same, made row-major and given its strides after that: as_strided_ asks whether the storage has room for them.
FakeTensor& restrided(Call& call, const FakeTensor& t, SymInts sizes);
inline FakeTensor& empty(Call& call, const FakeTensor& t) { return dense(call, t, {0}); }

}  // namespace retrace::ops::linalg
