// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/matmul.h"

#include <fmt/format.h>

#include <cmath>

#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

std::string text(const SymInt& a) { return to_string(a); }

/// torch/csrc/autograd/functions/utils.h set_history: what autograd follows must be of a differentiable dtype.
FakeTensor& followed(Call& call, FakeTensor& result, std::initializer_list<const FakeTensor*> operands) {
  if (is_floating(result.dtype) || is_complex(result.dtype) || !call.context().grad_enabled()) return result;
  for (const FakeTensor* t : operands) {
    check(!t->requires_grad && !t->tracks_grad, ErrorType::kRuntimeError,
          [&] { return fmt::format("Autograd not support dtype: {}", aten_name(result.dtype)); });
  }
  return result;
}

/// torch/_decomp/decompositions.py should_fold: is the larger operand a batch that can be viewed as one matrix?
bool should_fold(Call& call, const FakeTensor& a, const FakeTensor& b) {
  const FakeTensor& larger = a.dim() >= b.dim() ? a : b;
  const FakeTensor& smaller = a.dim() >= b.dim() ? b : a;
  if (larger.dim() < 3 || smaller.dim() > 2) return false;
  if (smaller.requires_grad || smaller.tracks_grad) return true;
  if (a.dim() == 2) return false;
  auto& env = call.env();
  if (env.guard_or_false(sym_eq(larger.numel(), 0))) return true;
  SymInt expected = 1;
  SymInts strides(larger.sizes.size());
  for (std::size_t i = larger.sizes.size(); i-- > 0;) {
    strides[i] = expected;
    expected = larger.sizes[i] * expected;
  }
  for (std::size_t i = 0; i < strides.size(); ++i) {
    if (!env.guard_or_false(sym_eq(larger.sizes[i], 1)) && !env.guard_or_false(sym_eq(larger.strides[i], strides[i])))
      return false;
  }
  return true;
}

/// aten.t: a vector stays itself.
FakeTensor& matrix_transpose(Call& call, FakeTensor& t) {
  check(t.dim() <= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("t() expects a tensor with <= 2 dimensions, but self is {}D", t.dim()); });
  return t.dim() < 2 ? alias(call, t) : transpose(call, t, 0, 1);
}

/// The branch of matmul that multiplies all rows of the larger operand at once.
FakeTensor& folded(Call& call, FakeTensor& a, FakeTensor& b) {
  const bool swapped = b.dim() > a.dim();
  FakeTensor& large = swapped ? transpose(call, b, -2, -1) : a;
  FakeTensor& small = !swapped ? b : a.dim() == 2 ? transpose(call, a, 0, 1) : a;
  SymInts sizes(large.sizes.begin(), large.sizes.end() - 1);
  const SymInt rows = product(sizes);
  FakeTensor& flat = reshape(call, large, SymInts{rows, large.sizes.back()});
  if (small.dim() == 1) return unsafe_view(call, mv(call, flat, small), sizes);
  sizes.push_back(small.sizes[1]);
  FakeTensor& out = unsafe_view(call, mm(call, flat, small), sizes);
  if (!swapped) return out;
  return contiguous(call, transpose(call, out, -2, -1));
}

/// The branch of matmul that expands both operands to one batch.
FakeTensor& batched(Call& call, FakeTensor& a, FakeTensor& b) {
  const bool vector_rhs = b.dim() == 1;
  const SymInt n = a.dim() > 1 ? size_from_end(a, 2) : SymInt(1);
  const SymInt& m1 = a.sizes.back();
  const SymInt& m2 = vector_rhs ? b.sizes.back() : size_from_end(b, 2);
  const SymInt p = vector_rhs ? SymInt(1) : b.sizes.back();
  const SymInts batch_a = a.dim() > 2 ? SymInts(a.sizes.begin(), a.sizes.end() - 2) : SymInts{};
  const SymInts batch_b = b.dim() > 2 ? SymInts(b.sizes.begin(), b.sizes.end() - 2) : SymInts{};
  auto& env = call.env();
  if (a.dim() == 3 && b.dim() == 3 && env.guard_or_true(sym_ne(batch_a[0], batch_b[0]))) {
    if (env.guard_or_false(sym_eq(batch_a[0], 1)) && (a.requires_grad || a.tracks_grad))
      return matmul(call, squeeze(call, a, 0), b);
    if (env.guard_or_false(sym_eq(batch_b[0], 1)) && (b.requires_grad || b.tracks_grad))
      return matmul(call, a, squeeze(call, b, 0));
  }
  const SymInts batch = broadcast_shapes(call, batch_a, batch_b);
  const SymInt count = product(batch);
  const auto sizes_of = [&](std::initializer_list<SymInt> last) {
    SymInts sizes = batch;
    sizes.insert(sizes.end(), last.begin(), last.end());
    return sizes;
  };
  FakeTensor& left = reshape(call, expand(call, a, sizes_of({n, m1})), SymInts{count, n, m1});
  SymInts sizes = batch;
  if (a.dim() > 1) sizes.push_back(n);
  if (vector_rhs) {
    FakeTensor& flat = reshape(call, expand(call, b, sizes_of({m2})), SymInts{count, m2});
    return unsafe_view(call, squeeze(call, bmm(call, left, unsqueeze(call, flat, 2)), -1), sizes);
  }
  FakeTensor& right = reshape(call, expand(call, b, sizes_of({m2, p})), SymInts{count, m2, p});
  sizes.push_back(p);
  return unsafe_view(call, bmm(call, left, right), sizes);
}

/// linear with a bias over a contiguous input: one addmm over all rows (Linear.cpp _flatten_nd_linear).
FakeTensor& flattened_linear(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor& bias) {
  const SymInts rows(input.sizes.begin(), input.sizes.end() - 1);
  FakeTensor& flat = reshape(call, input, SymInts{product(rows), input.sizes.back()});
  FakeTensor& out = addmm(call, bias, flat, matrix_transpose(call, weight), 1);
  SymInts sizes = rows;
  sizes.push_back(out.sizes[1]);
  return unsafe_view(call, out, sizes);
}

}  // namespace

// A fresh product under another shape: nothing else holds its storage.
FakeTensor& unsafe_view(Call& call, FakeTensor& t, const SymInts& sizes) {
  FakeTensor& result = view_shape(call, t, sizes);
  result.base = nullptr;
  return result;
}

std::vector<std::int64_t> specialized_sizes(Call& call, const FakeTensor& t) {
  std::vector<std::int64_t> sizes;
  for (const SymInt& size : t.sizes) sizes.push_back(call.env().guard_int(size));
  return sizes;
}

// torch/_refs/__init__.py _dot_check
FakeTensor& dot(Call& call, FakeTensor& a, FakeTensor& b) {
  check(a.dim() == 1 && b.dim() == 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("1D tensors expected, but got {}D and {}D tensors", a.dim(), b.dim()); });
  check(a.dtype == b.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("dot : expected both vectors to have same dtype, but found {} and {}", torch_name(a.dtype),
                       torch_name(b.dtype));
  });
  const SymInt& left = a.sizes[0];
  const SymInt& right = b.sizes[0];
  check(call, sym_eq(left, right), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "inconsistent tensor size, expected tensor [{0}] and src [{1}] to have thesame number of elements, but got "
        "{0} and {1} elements respectively",
        text(left), text(right));
  });
  return call.contiguous(a.dtype, {}, a.device);
}

// torch/_decomp/decompositions.py mv
FakeTensor& mv(Call& call, FakeTensor& matrix, FakeTensor& vector) {
  check(matrix.dim() == 2 && vector.dim() == 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("matrix @ vector expected, got {}, {}", matrix.dim(), vector.dim()); });
  check(call, sym_eq(matrix.sizes[1], vector.sizes[0]), ErrorType::kRuntimeError, [&] {
    return fmt::format("size mismatch, got input ({}x{}), vec ({})", text(matrix.sizes[0]), text(matrix.sizes[1]),
                       text(vector.sizes[0]));
  });
  return call.contiguous(result_type({&matrix, &vector}), {matrix.sizes[0]}, matrix.device);
}

namespace {
// torch/_meta_registrations.py meta_mm
FakeTensor& mm_meta(Call& call, FakeTensor& a, FakeTensor& b, std::optional<ScalarType> out_dtype) {
  check(a.dim() == 2, ErrorType::kRuntimeError, [] { return "a must be 2D"; });
  check(b.dim() == 2, ErrorType::kRuntimeError, [] { return "b must be 2D"; });
  check(call, sym_eq(a.sizes[1], b.sizes[0]), ErrorType::kRuntimeError, [&] {
    return fmt::format("a and b must have same reduction dim, but got [{}, {}] X [{}, {}].", text(a.sizes[0]),
                       text(a.sizes[1]), text(b.sizes[0]), text(b.sizes[1]));
  });
  if (out_dtype) {
    const bool widened =
        *out_dtype == ScalarType::kFloat && (a.dtype == ScalarType::kHalf || a.dtype == ScalarType::kBFloat16);
    check(*out_dtype == a.dtype || widened, ErrorType::kRuntimeError,
          [] { return "out_dtype must be the same as input dtype or fp32 for fp16/bf16 inputs"; });
  }
  return call.contiguous(out_dtype.value_or(a.dtype), {a.sizes[0], b.sizes[1]}, a.device);
}
}  // namespace

FakeTensor& mm(Call& call, FakeTensor& a, FakeTensor& b, std::optional<ScalarType> out_dtype) {
  return followed(call, mm_meta(call, a, b, out_dtype), {&a, &b});
}

// torch/_meta_registrations.py common_meta_baddbmm_bmm
FakeTensor& bmm(Call& call, FakeTensor& a, FakeTensor& b, std::optional<ScalarType> out_dtype) {
  check(a.dim() == 3, ErrorType::kRuntimeError, [] { return "batch1 must be a 3D tensor"; });
  check(b.dim() == 3, ErrorType::kRuntimeError, [] { return "batch2 must be a 3D tensor"; });
  check(a.dtype == b.dtype, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected scalar type {} but found {}", torch_name(a.dtype), torch_name(b.dtype)); });
  const SymBool fits = sym_and(sym_eq(b.sizes[0], a.sizes[0]), sym_eq(b.sizes[1], a.sizes[2]));
  check(call, fits, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected size for first two dimensions of batch2 tensor to be: [{}, {}] but got: [{}, {}].",
                       text(a.sizes[0]), text(a.sizes[2]), text(b.sizes[0]), text(b.sizes[1]));
  });
  if (out_dtype) {
    const bool widened =
        *out_dtype == ScalarType::kFloat && (a.dtype == ScalarType::kHalf || a.dtype == ScalarType::kBFloat16);
    check(*out_dtype == a.dtype || widened, ErrorType::kRuntimeError, [] {
      return "out_dtype only supported for torch.float32 output with float16/bfloat16 inputs or same as input dtypes";
    });
  }
  FakeTensor& result = call.contiguous(out_dtype.value_or(b.dtype), {a.sizes[0], a.sizes[1], b.sizes[2]}, b.device);
  return followed(call, result, {&a, &b});
}

bool leaves_self_out(const Value& beta, ScalarType dtype) {
  if (beta.holds<SymBool>()) return beta.get<SymBool>().is_bool() && !beta.get<SymBool>().as_bool();
  if (beta.holds<SymInt>()) return beta.get<SymInt>().is(0);
  if (!beta.holds<SymFloat>() || !beta.get<SymFloat>().is_float()) return false;
  const double value = beta.get<SymFloat>().as_float();
  return is_floating(dtype) || is_complex(dtype) ? value == 0 : std::abs(value) < 1;
}

// torch/_decomp/decompositions.py addmm: `out + beta * self`, out first, so that its layout wins
FakeTensor& addmm(Call& call, FakeTensor& self, FakeTensor& mat1, FakeTensor& mat2, const Value& beta) {
  const ScalarType dtype = result_type({&self, &mat1, &mat2});
  FakeTensor& out = mm_meta(call, mat1, mat2, std::nullopt);
  out.dtype = dtype;
  if (leaves_self_out(beta, self.dtype)) return out;
  return fast_binary(call, &out, &like(call, self, dtype), Promotion::kDefault);
}

// torch/_decomp/decompositions.py matmul
FakeTensor& matmul(Call& call, FakeTensor& a, FakeTensor& b) {
  const std::int64_t dim_a = a.dim();
  const std::int64_t dim_b = b.dim();
  check(dim_a != 0 && dim_b != 0, ErrorType::kAssertionError, [&] {
    return fmt::format("matmul does not support 0-dimensional tensors, got dims: {} and {}", dim_a, dim_b);
  });
  if (dim_a == 1 && dim_b == 1) return dot(call, a, b);
  if (dim_a == 2 && dim_b == 1) return mv(call, a, b);
  if (dim_a == 1 && dim_b == 2) return squeeze(call, mm(call, unsqueeze(call, a, 0), b), 0);
  if (dim_a == 2 && dim_b == 2) return mm(call, a, b);
  return should_fold(call, a, b) ? folded(call, a, b) : batched(call, a, b);
}

// aten/src/ATen/native/Linear.cpp linear
FakeTensor& linear(Call& call, FakeTensor& input, FakeTensor& weight, FakeTensor* bias) {
  check(input.dim() != 0 && weight.dim() != 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("both arguments to linear need to be at least 1D, but they are {}D and {}D", input.dim(),
                       weight.dim());
  });
  if (input.dim() == 2 && bias != nullptr) return addmm(call, *bias, input, matrix_transpose(call, weight), 1);
  if (bias != nullptr && bias->dim() == 1 && is_contiguous(call.env(), geometry(input)))
    return flattened_linear(call, input, weight, *bias);
  FakeTensor& out = matmul(call, input, matrix_transpose(call, weight));
  return bias == nullptr ? out : call.op1("aten::add.Tensor", {&out, bias});
}

}  // namespace retrace::ops
