// SPDX-License-Identifier: Apache-2.0
// Decompositions and solvers (torch/_meta_registrations.py; the composites of ATen LinearAlgebra.cpp and
// BatchLinearAlgebra.cpp).
#include <fmt/format.h>

#include "core/ops/families/linalg_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/storage.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

using namespace linalg;

SymInts with_last(SymInts sizes, std::initializer_list<SymInt> last) {
  sizes.insert(sizes.end(), last.begin(), last.end());
  return sizes;
}
FakeTensor& column_major_like(Call& call, const FakeTensor& t) { return column_major(call, t, t.sizes); }
FakeTensor& restrided_like(Call& call, const FakeTensor& t) { return restrided(call, t, t.sizes); }
FakeTensor& infos(Call& call, const FakeTensor& t, std::size_t dropped = 2) {
  return dense(call, t, leading(t, dropped), ScalarType::kInt);
}
SymInt shorter_side(const FakeTensor& t) { return sym_min(size_from_end(t, 2), size_from_end(t, 1)); }

/// The first `count` results of another operator.
Results first_of(Results all, std::size_t count) {
  all.resize(count);
  return all;
}

// ---- Eigenvalues.

Results eigh_inner(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.eigh");
  const std::string_view triangle = call.string(1);
  check(triangle == "U" || triangle == "L" || triangle == "u" || triangle == "l", ErrorType::kRuntimeError,
        [&] { return fmt::format("Expected UPLO argument to be 'L' or 'U', but got {}", triangle); });
  FakeTensor& vectors = call.boolean(2) ? restrided_like(call, a) : empty(call, a);
  return {&dense(call, a, leading(a, 1), to_real(a.dtype)), &vectors};
}
Results eigh(Call& call) { return call.op("aten::_linalg_eigh", {call.arg(0), call.arg(1), true}); }
Results eigvalsh(Call& call) { return first_of(call.op("aten::_linalg_eigh", {call.arg(0), call.arg(1), true}), 1); }
/// torch._prims_common.corresponding_complex_dtype: a look-up, whose error is the dtype alone.
ScalarType eigenvalue_dtype(const FakeTensor& a) {
  check(is_floating(a.dtype) || is_complex(a.dtype), ErrorType::kKeyError,
        [&] { return std::string(torch_name(a.dtype)); });
  return to_complex(a.dtype);
}
Results eigvals(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.eigvals");
  return one(dense(call, a, leading(a, 1), eigenvalue_dtype(a)));
}
Results eig(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.eig");
  FakeTensor& vectors = restrided_like(call, a);
  vectors.dtype = eigenvalue_dtype(a);
  return {&dense(call, a, leading(a, 1), to_complex(a.dtype)), &vectors};
}

// ---- Cholesky.

Results cholesky_ex(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.cholesky");
  check_floating(a, "linalg.cholesky");
  return {&restrided_like(call, a), &infos(call, a)};
}
Results linalg_cholesky(Call& call) { return first_of(cholesky_ex(call), 1); }
Results cholesky(Call& call) {
  FakeTensor& self = call.tensor(0);
  if (truth(call, sym_eq(self.numel(), 0))) return one(clone(call, self, MemoryFormat::kContiguous));
  check_square(call, self, "cholesky");
  return one(column_major_like(call, self));
}
Results cholesky_inverse(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check_square(call, self, "cholesky_inverse");
  return one(column_major_like(call, self));
}
Results cholesky_solve(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& a = call.tensor(1);
  const auto check_rank = [](const FakeTensor& t, std::string_view name) {
    check(t.dim() >= 2, ErrorType::kRuntimeError, [&] {
      return fmt::format("{} should have at least 2 dimensions, but has {} dimensions instead", name, t.dim());
    });
  };
  check_rank(self, "b");
  check_rank(a, "u");
  check_linear_solve(call, self, a, "cholesky_solve");
  return one(column_major(call, self, broadcast_batches(call, self, a).first));
}
/// self.mT.clone().mT, whatever A is.
Results cholesky_solve_helper(Call& call) {
  FakeTensor& self = call.tensor(0);
  wrap_dim(-2, call.op1("aten::mT", {&self}).dim());
  return one(column_major_like(call, self));
}

// ---- LU.

Results lu_factor_ex(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check(a.dim() >= 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {} instead",
                       size_text(a.sizes));
  });
  FakeTensor& pivots = dense(call, a, with_last(leading(a, 2), {shorter_side(a)}), ScalarType::kInt);
  return {&column_major_like(call, a), &pivots, &infos(call, a)};
}
Results lu_factor(Call& call) { return first_of(lu_factor_ex(call), 2); }

/// P, L and U of the sizes that LU's sizes give.
Results lu_parts(Call& call, const FakeTensor& a, bool wants_pivots, bool wants_data) {
  const SymInts batch = leading(a, 2);
  const SymInt& m = size_from_end(a, 2);
  const SymInt& n = size_from_end(a, 1);
  const SymInt k = shorter_side(a);
  FakeTensor& p = wants_pivots ? dense(call, a, with_last(batch, {m, m})) : empty(call, a);
  if (!wants_data) return {&p, &empty(call, a), &empty(call, a)};
  return {&p, &dense(call, a, with_last(batch, {m, k})), &dense(call, a, with_last(batch, {k, n}))};
}
Results lu(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check(a.dim() >= 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.lu: Expected tensor with 2 or more dimensions. Got size: {} instead",
                       size_text(a.sizes));
  });
  return lu_parts(call, a, call.boolean(1), true);
}
Results lu_unpack(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check(a.dim() >= 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: {} instead",
                       size_text(a.sizes));
  });
  const bool wants_pivots = call.boolean(3);
  check(!wants_pivots || call.tensor(1).dtype == ScalarType::kInt, ErrorType::kRuntimeError, [] {
    return "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this "
           "function "
           "is intended to be used with the output produced by torch.linalg.lu_factor";
  });
  return lu_parts(call, a, wants_pivots, call.boolean(2));
}

FakeTensor& lu_solve_of(Call& call, FakeTensor& lu_data, FakeTensor& pivots, FakeTensor& b, bool left) {
  check_floating(lu_data, "torch.linalg.lu_solve");
  check(lu_data.dtype == b.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type {} and B of type "
        "{} instead",
        torch_name(lu_data.dtype), torch_name(b.dtype));
  });
  check(pivots.dtype == ScalarType::kInt, ErrorType::kRuntimeError,
        [] { return "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32"; });
  check_square(call, lu_data, "torch.linalg.lu_solve");
  check_solver(call, lu_data, b, left, "linalg.lu_solve");
  check(call, sym_eq(lu_data.sizes.back(), pivots.sizes.back()), ErrorType::kRuntimeError,
        [] { return "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"; });
  check(same_sizes(call, leading(lu_data, 1), pivots.sizes), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
        "{} instead",
        size_text(pivots.sizes));
  });
  const SymInts sizes = broadcast_batches(call, b, lu_data).first;
  FakeTensor& result = left ? column_major(call, b, sizes) : dense(call, b, sizes);
  result.is_conj = !left && is_complex(b.dtype) && truth(call, sym_ne(result.numel(), 0));
  return result;
}
Results lu_solve(Call& call) {
  return one(lu_solve_of(call, call.tensor(0), call.tensor(1), call.tensor(2), call.boolean(3)));
}
Results old_lu_solve(Call& call) {
  return one(lu_solve_of(call, call.tensor(1), call.tensor(2), call.tensor(0), true));
}

// ---- QR, LDL, SVD.

Results householder_product(Call& call) {
  const FakeTensor& input = call.tensor(0);
  const FakeTensor& tau = call.tensor(1);
  const auto expect = [&](const SymBool& condition, std::string_view text) {
    check(call, condition, ErrorType::kRuntimeError,
          [&] { return fmt::format("torch.linalg.householder_product: {}", text); });
  };
  expect(input.dim() >= 2, "input must have at least 2 dimensions.");
  expect(sym_ge(size_from_end(input, 2), size_from_end(input, 1)),
         "input.shape[-2] must be greater than or equal to input.shape[-1]");
  expect(sym_ge(size_from_end(input, 1), size_from_end(tau, 1)),
         "input.shape[-1] must be greater than or equal to tau.shape[-1]");
  expect(
      input.dim() - tau.dim() == 1,
      fmt::format("Expected tau to have one dimension less than input, but got tau.ndim equal to {} and input.ndim is "
                  "equal to {}",
                  tau.dim(), input.dim()));
  if (input.dim() > 2) {
    expect(same_sizes(call, leading(tau, 1), leading(input, 2)),
           fmt::format("Expected batch dimensions of tau to be equal to input.shape[:-2], but got {}",
                       size_text(leading(tau, 1))));
  }
  expect(tau.dtype == input.dtype,
         fmt::format("tau dtype {} does not match input dtype {}", torch_name(tau.dtype), torch_name(input.dtype)));
  return one(column_major_like(call, input));
}

Results ormqr(Call& call) {
  const FakeTensor& input = call.tensor(0);
  const FakeTensor& tau = call.tensor(1);
  const FakeTensor& other = call.tensor(2);
  const std::size_t side = call.boolean(3) ? 2 : 1;
  const auto expect = [&](const SymBool& condition, const std::string& text) {
    check(call, condition, ErrorType::kRuntimeError, [&] { return "torch.ormqr: " + text; });
  };
  expect(input.dim() >= 2, "input must have at least 2 dimensions.");
  expect(other.dim() >= 2, "other must have at least 2 dimensions.");
  expect(sym_ge(size_from_end(other, side), tau.sizes.back()),
         fmt::format("other.shape[-{}] must be greater than or equal to tau.shape[-1]", side));
  expect(sym_eq(size_from_end(other, side), size_from_end(input, 2)),
         fmt::format("other.shape[-{}] must be equal to input.shape[-2]", side));
  expect(sym_le(tau.sizes.back(), input.sizes.back()), "tau.shape[-1] must be less than or equal to input.shape[-1]");
  expect(
      input.dim() - tau.dim() == 1,
      fmt::format("Expected tau to have one dimension less than input, but got tau.ndim equal to {} and input.ndim is "
                  "equal to {}",
                  tau.dim(), input.dim()));
  expect(
      input.dim() == other.dim(),
      fmt::format("Expected other to have the same number of dimensions as input, but got other.ndim equal to {} and "
                  "input.ndim is equal to {}",
                  other.dim(), input.dim()));
  if (input.dim() > 2) {
    expect(same_sizes(call, leading(tau, 1), leading(input, 2)),
           fmt::format("Expected batch dimensions of tau to be equal to input.shape[:-2], but got {}",
                       size_text(leading(tau, 1))));
    expect(same_sizes(call, leading(other, 2), leading(input, 2)),
           fmt::format("Expected batch dimensions of other to be equal to input.shape[:-2], but got {}",
                       size_text(leading(other, 2))));
  }
  expect(tau.dtype == input.dtype && other.dtype == input.dtype, "Expected input and tau to have the same dtype");
  return one(column_major_like(call, other));
}

/// Q and R for one of linalg.qr's modes.
Results qr_of(Call& call, const FakeTensor& a, std::string_view mode) {
  check_matrix(a, "linalg.qr");
  check_floating(a, "linalg.qr");
  check(mode == "reduced" || mode == "complete" || mode == "r", ErrorType::kRuntimeError, [&] {
    return fmt::format("qr received unrecognized mode '{}' but expected one of 'reduced' (default), 'r', or 'complete'",
                       mode);
  });
  const SymInt& m = size_from_end(a, 2);
  const SymInt k = mode == "complete" ? m : shorter_side(a);
  FakeTensor& q = mode == "r" ? empty(call, a) : restrided(call, a, with_last(leading(a, 1), {k}));
  return {&q, &restrided(call, a, with_last(leading(a, 2), {k, a.sizes.back()}))};
}
Results qr(Call& call) { return qr_of(call, call.tensor(0), call.string(1)); }
Results old_qr(Call& call) { return qr_of(call, call.tensor(0), call.boolean(1) ? "reduced" : "complete"); }

// No meta kernel: LAPACK's layout.
Results geqrf(Call& call) {
  check_fallback(call);
  const FakeTensor& a = call.tensor(0);
  check_matrix(a, "torch.geqrf", "input");
  check((is_floating(a.dtype) || is_complex(a.dtype)) && item_size(to_real(a.dtype)) >= 4,
        ErrorType::kNotImplementedError,
        [&] { return fmt::format("\"geqrf_cpu\" not implemented for '{}'", aten_name(a.dtype)); });
  return {&column_major_like(call, a), &dense(call, a, with_last(leading(a, 2), {shorter_side(a)}))};
}

Results ldl_factor_ex(Call& call) {
  const FakeTensor& self = call.tensor(0);
  check_square(call, self, "torch.linalg.ldl_factor_ex");
  check_floating(self, "torch.linalg.ldl_factor_ex");
  return {&column_major_like(call, self), &infos(call, self, 1), &infos(call, self)};
}
Results ldl_factor(Call& call) { return first_of(ldl_factor_ex(call), 2); }
Results ldl_solve(Call& call) {
  const FakeTensor& ld = call.tensor(0);
  const FakeTensor& pivots = call.tensor(1);
  const FakeTensor& b = call.tensor(2);
  check_square(call, ld, "torch.linalg.ldl_solve");
  check_floating(ld, "torch.linalg.ldl_solve");
  check_matrix(b, "torch.linalg.ldl_solve", "B");
  check_linear_solve(call, b, ld, "torch.linalg.ldl_solve");
  check(same_sizes(call, leading(ld, 1), pivots.sizes), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
        "shape {} instead",
        size_text(pivots.sizes));
  });
  check(is_integral(pivots.dtype, false), ErrorType::kRuntimeError, [&] {
    return fmt::format("torch.linalg.ldl_solve: Expected pivots to be integers. Got {}", torch_name(pivots.dtype));
  });
  return one(column_major(call, b, broadcast_batches(call, b, ld).first));
}

Results svd_of(Call& call, const FakeTensor& a, bool full, bool vectors) {
  check_matrix(a, "linalg.svd");
  check_floating(a, "linalg.svd");
  const SymInts batch = leading(a, 2);
  const SymInt& m = size_from_end(a, 2);
  const SymInt& n = size_from_end(a, 1);
  const SymInt k = shorter_side(a);
  FakeTensor& values = dense(call, a, with_last(batch, {k}), to_real(a.dtype));
  if (!vectors) return {&empty(call, a), &values, &empty(call, a)};
  return {&restrided(call, a, with_last(batch, {m, full ? m : k})), &values,
          &restrided(call, a, with_last(batch, {full ? n : k, n}))};
}
Results svd_inner(Call& call) { return svd_of(call, call.tensor(0), call.boolean(1), call.boolean(2)); }
Results linalg_svd(Call& call) { return svd_of(call, call.tensor(0), call.boolean(1), true); }
Results svdvals(Call& call) { return {svd_of(call, call.tensor(0), false, false)[1]}; }

/// Tensor.mH: the conjugate is taken lazily.
FakeTensor& adjoint(Call& call, FakeTensor& t) {
  FakeTensor& result = transpose(call, t, -2, -1);
  if (is_complex(t.dtype)) result.is_conj = !t.is_conj;
  return result;
}

// aten/src/ATen/native/BatchLinearAlgebra.cpp svd
Results old_svd(Call& call) {
  FakeTensor& self = call.tensor(0);
  check_matrix(self, "svd", "self");
  const bool vectors = call.boolean(2);
  Results all = svd_of(call, self, vectors && !call.boolean(1), vectors);
  if (!vectors) {
    specialized_sizes(call, self);
    const auto square = [&](const SymInt& n) { return &dense(call, self, with_last(leading(self, 2), {n, n})); };
    all[0] = square(size_from_end(self, 2));
    all[2] = square(size_from_end(self, 1));
  }
  all[2] = &adjoint(call, *all[2].get<FakeTensor*>());
  return all;
}

// ---- Determinants and inverses.

Results det_inner(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.det");
  check_floating(a, "linalg.det");
  return {&dense(call, a, leading(a, 2)), &restrided_like(call, a), &infos(call, a, 1)};
}
Results det(Call& call) { return first_of(det_inner(call), 1); }
Results slogdet_inner(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.slogdet");
  check_floating(a, "linalg.slogdet", false);
  return {&dense(call, a, leading(a, 2)), &dense(call, a, leading(a, 2), to_real(a.dtype)), &column_major_like(call, a),
          &infos(call, a, 1)};
}
Results slogdet(Call& call) { return first_of(slogdet_inner(call), 2); }
Results logdet(Call& call) {
  ask_square(call, call.tensor(0));
  return first_of(slogdet_inner(call), 1);
}

Results inv_ex(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_square(call, a, "linalg.inv_ex");
  check_floating(a, "linalg.inv_ex", false);
  return {&restrided_like(call, a), &infos(call, a)};
}
Results inv(Call& call) { return first_of(inv_ex(call), 1); }

// aten/src/ATen/native/LinearAlgebra.cpp linalg_tensorinv
Results tensorinv(Call& call) {
  FakeTensor& self = call.tensor(0);
  const std::int64_t split = call.integer(1);
  check(split > 0, ErrorType::kRuntimeError, [] { return "Expected a strictly positive integer for 'ind'"; });
  const auto middle = self.sizes.begin() + std::min(split, self.dim());
  const SymInts front(self.sizes.begin(), middle);
  const SymInts end(middle, self.sizes.end());
  const SymInt rows = product(front);
  const SymInt columns = product(end);
  check(truth(call, sym_eq(columns, rows)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
        "{} != {}",
        to_string(columns), to_string(rows));
  });
  FakeTensor& square = reshape(call, self, {columns, columns});
  FakeTensor& inverse = *call.op("aten::linalg_inv_ex", {&square})[0].get<FakeTensor*>();
  SymInts sizes = end;
  sizes.insert(sizes.end(), front.begin(), front.end());
  return one(reshape(call, inverse, sizes));
}

// ---- Solvers.

/// linalg_solve_is_vector_rhs, which compares shapes as Python does: one size after another.
bool is_vector(Call& call, const FakeTensor& a, const FakeTensor& b) {
  if (b.dim() == 1) return true;
  if (a.dim() - 1 != b.dim()) return false;
  for (std::size_t d = 0; d < b.sizes.size(); ++d) {
    if (!truth(call, sym_eq(b.sizes[d], a.sizes[d]))) return false;
  }
  return true;
}

Results solve_of(Call& call, FakeTensor& a, FakeTensor& b, bool left) {
  check_floating(a, "linalg.solve");
  check(a.dtype == b.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "linalg.solve: Expected A and B to have the same dtype, but found A of type {} and B of type {} instead",
        torch_name(a.dtype), torch_name(b.dtype));
  });
  const bool vector = is_vector(call, a, b);
  FakeTensor& rhs = vector ? unsqueeze(call, b, -1) : b;
  check_solver(call, a, rhs, left, "linalg.solve");
  SymInts sizes = broadcast_batches(call, rhs, a).first;
  check(left || !vector, ErrorType::kRuntimeError, [] {
    return "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
           "linalg.solve is equivalent to B / A.squeeze(-1)";
  });
  if (vector) sizes.pop_back();
  FakeTensor& result = left ? column_major(call, b, sizes) : dense(call, b, sizes);
  return {&result, &column_major_like(call, a), &infos(call, a, 1), &infos(call, a)};
}
Results solve_inner(Call& call) { return solve_of(call, call.tensor(0), call.tensor(1), call.boolean(2)); }
Results solve(Call& call) { return first_of(solve_inner(call), 1); }
Results solve_ex(Call& call) {
  const Results all = solve_inner(call);
  return {all[0], all[3]};
}

// torch/_meta_registrations.py linalg_solve_triangular_meta
Results solve_triangular(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  check_solver(call, a, b, call.boolean(3), "linalg.solve_triangular");
  const auto [sizes, a_sizes] = broadcast_batches(call, b, a);
  if (a.is_conj) {
    FakeTensor& wide = same(a_sizes, a.sizes) ? a : expand(call, a, a_sizes);
    if (is_contiguous(call.env(), geometry(transpose(call, wide, -2, -1)), Ask::kGuard))
      return one(dense(call, a, sizes));
  }
  const SymInts shape(sizes.begin(), sizes.end() - 2);
  ask_whether_empty(call, with_last(shape, {sizes.back(), sizes[sizes.size() - 2]}));  // resize_
  return one(column_major(call, a, sizes));
}

Results triangular_solve(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& a = call.tensor(1);
  const auto check_rank = [](const FakeTensor& t, std::string_view name) {
    check(t.dim() >= 2, ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "torch.triangular_solve: Expected {} to have at least 2 dimensions, but it has {} dimensions instead", name,
          t.dim());
    });
  };
  check_rank(self, "b");
  check_rank(a, "A");
  check_linear_solve(call, self, a, "triangular_solve");
  const auto [solution, coefficient] = broadcast_batches(call, self, a);
  return {&column_major(call, self, solution), &column_major(call, a, coefficient)};
}

// aten/src/ATen/native/LinearAlgebra.cpp linalg_tensorsolve
Results tensorsolve(Call& call) {
  FakeTensor* self = &call.tensor(0);
  FakeTensor& other = call.tensor(1);
  if (const auto dims = call.optional_integers(2)) {
    std::vector<std::int64_t> last(dims->size());
    for (std::size_t i = 0; i < last.size(); ++i) last[i] = self->dim() - static_cast<std::int64_t>(dims->size() - i);
    self = &movedim(call, *self, *dims, last);
  }
  const auto middle = self->sizes.begin() + std::min(other.dim(), self->dim());
  const SymInts sizes(middle, self->sizes.end());
  const SymInt unknowns = product(sizes);
  const SymInt equations = other.numel();
  check(truth(call, sym_eq(unknowns, equations)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
        "prod(self.shape[:other.ndim]), but got {} != {}",
        to_string(unknowns), to_string(equations));
  });
  FakeTensor& square = reshape(call, *self, {unknowns, unknowns});
  FakeTensor& flat = reshape(call, other, {other.numel()});
  return one(reshape(call, *solve_of(call, square, flat, true)[0].get<FakeTensor*>(), sizes));
}

// The solution's shape depends on the driver's rank: no fake result.
Results lstsq(Call&) { raise(ErrorType::kUnsupported, "aten.linalg_lstsq.default"); }

// ---- Cross products.

Results cross_along(Call& call, FakeTensor& a, FakeTensor& b, std::int64_t dim) {
  check(a.dim() == b.dim(), ErrorType::kRuntimeError,
        [] { return "linalg.cross: inputs must have the same number of dimensions."; });
  const auto at = static_cast<std::size_t>(wrap_dim(dim, a.dim()));
  const bool threes = truth(call, sym_eq(a.sizes[at], 3)) && truth(call, sym_eq(b.sizes[at], 3));
  check(threes, ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.cross: inputs dimension {} must have length 3. Got {} and {}", dim,
                       to_string(a.sizes[at]), to_string(b.sizes[at]));
  });
  return one(dense(call, a, broadcast_shapes(call, a.sizes, b.sizes)));
}
Results linalg_cross(Call& call) { return cross_along(call, call.tensor(0), call.tensor(1), call.integer(2)); }

// aten/src/ATen/native/Cross.cpp cross: without a dim, the first of size 3
Results cross(Call& call) {
  FakeTensor& a = call.tensor(0);
  if (const auto dim = call.optional_integer(2)) return cross_along(call, a, call.tensor(1), *dim);
  for (std::size_t i = 0; i < a.sizes.size(); ++i) {
    if (truth(call, sym_eq(a.sizes[i], 3))) return cross_along(call, a, call.tensor(1), static_cast<std::int64_t>(i));
  }
  raise(ErrorType::kRuntimeError, "no dimension of size 3 in input");
}

constexpr OpRow kRows[] = {
    {"_cholesky_solve_helper", cholesky_solve_helper},
    {"_linalg_det", det_inner},
    {"_linalg_eigh", eigh_inner},
    {"_linalg_eigvals", eigvals},
    {"_linalg_slogdet", slogdet_inner},
    {"_linalg_solve_ex", solve_inner},
    {"_linalg_svd", svd_inner},
    {"_lu_with_info", lu_factor_ex},
    {"cholesky", cholesky},
    {"cholesky_inverse", cholesky_inverse},
    {"cholesky_solve", cholesky_solve},
    {"cross", cross},
    {"det", det},
    {"geqrf", geqrf},
    {"inverse", inv},
    {"linalg_cholesky", linalg_cholesky},
    {"linalg_cholesky_ex", cholesky_ex},
    {"linalg_cross", linalg_cross},
    {"linalg_det", det},
    {"linalg_eig", eig},
    {"linalg_eigh", eigh},
    {"linalg_eigvals", eigvals},
    {"linalg_eigvalsh", eigvalsh},
    {"linalg_householder_product", householder_product},
    {"linalg_inv", inv},
    {"linalg_inv_ex", inv_ex},
    {"linalg_ldl_factor", ldl_factor},
    {"linalg_ldl_factor_ex", ldl_factor_ex},
    {"linalg_ldl_solve", ldl_solve},
    {"linalg_lstsq", lstsq},
    {"linalg_lu", lu},
    {"linalg_lu_factor", lu_factor},
    {"linalg_lu_factor_ex", lu_factor_ex},
    {"linalg_lu_solve", lu_solve},
    {"linalg_qr", qr},
    {"linalg_slogdet", slogdet},
    {"linalg_solve", solve},
    {"linalg_solve_ex", solve_ex},
    {"linalg_solve_triangular", solve_triangular},
    {"linalg_svd", linalg_svd},
    {"linalg_svdvals", svdvals},
    {"linalg_tensorinv", tensorinv},
    {"linalg_tensorsolve", tensorsolve},
    {"logdet", logdet},
    {"lu_solve", old_lu_solve},
    {"lu_unpack", lu_unpack},
    {"orgqr", householder_product},
    {"ormqr", ormqr},
    {"qr", old_qr},
    {"slogdet", slogdet},
    {"svd", old_svd},
    {"triangular_solve", triangular_solve},
};

}  // namespace

std::span<const OpRow> linalg_ops() { return kRows; }

}  // namespace retrace::ops
