// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/ops/families/linalg_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops::linalg {
namespace {

using Dims = std::vector<std::int64_t>;

// ---- Vector norms.

struct Norm {
  std::optional<Dims> dims;
  bool keepdim = false;
  std::optional<ScalarType> dtype;
};

// torch/_refs/linalg/__init__.py _check_norm_dtype
void check_norm_dtype(const FakeTensor& self, std::optional<ScalarType> dtype) {
  if (!dtype) return;
  const auto ask = [](bool holds, const std::string& text) {
    check(holds, ErrorType::kRuntimeError, [&] { return "linalg.vector_norm: " + text; });
  };
  const std::string_view name = torch_name(*dtype);
  ask(is_floating(*dtype) || is_complex(*dtype),
      fmt::format("dtype should be floating point or complex. Got {}", name));
  const std::string_view kind = is_complex(self.dtype) ? "complex" : "real";
  ask(is_complex(*dtype) == is_complex(self.dtype),
      fmt::format("dtype should be {0} for {0} inputs. Got {1}", kind, name));
  ask(promote_types(*dtype, self.dtype) == *dtype,
      fmt::format("the dtype of the input ({}) should be convertible without narrowing to the specified dtype ({})",
                  torch_name(self.dtype), name));
}

// torch/_refs/linalg/__init__.py vector_norm
FakeTensor& vector_norm(Call& call, FakeTensor& self, const Norm& n) {
  check(is_floating(self.dtype) || is_complex(self.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}",
                       torch_name(self.dtype));
  });
  check_norm_dtype(self, n.dtype);
  const Dims dims = reduction_dims(self.dim(), n.dims);
  const ScalarType dtype = to_real(n.dtype.value_or(self.dtype));
  return like(call, reduced_by_prim(call, self, dims, n.keepdim, dtype));
}

Norm norm_from(Call& call, std::size_t dim) {
  return {call.optional_integers(dim), call.boolean(dim + 1), call.dtype(dim + 2)};
}

double order_of(const Scalar& order) {
  if (const auto* integer = std::get_if<SymInt>(&order.value))
    return static_cast<double>(integer->maybe_int().value_or(2));
  if (const auto* real = std::get_if<SymFloat>(&order.value)) return real->is_float() ? real->as_float() : 2;
  return 2;
}

// torch/_refs/linalg/__init__.py _check_vector_norm_args: these orders have no identity over nothing
void check_norm_identity(Call& call, const Norm& n, double order) {
  const FakeTensor& self = call.tensor(0);
  const SymBool holds_any = sym_ne(self.numel(), 0);
  if (!n.dims || n.dims->empty()) {
    check(call, holds_any, ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "linalg.vector_norm cannot compute the {} norm on an empty tensor because the operation does not "
          "have an identity",
          order);
    });
    return;
  }
  for (const std::int64_t d : *n.dims) {
    const bool counted = d >= 0 && d < self.dim();
    check(call, counted ? sym_or(holds_any, sym_ne(self.sizes[static_cast<std::size_t>(d)], 0)) : holds_any,
          ErrorType::kRuntimeError, [&] {
            return fmt::format(
                "linalg.vector_norm cannot compute the {} norm on the dimension {} because this dimension is empty "
                "and the operation does not have an identity",
                order, d);
          });
  }
}

FakeTensor& vector_norm_of(Call& call, const Norm& n, double order) {
  FakeTensor& self = call.tensor(0);
  if (order < 0 || std::isinf(order)) check_norm_identity(call, n, order);
  FakeTensor& result = vector_norm(call, self, n);
  if (std::isinf(order)) check_not_empty(call, self, reduction_dims(self.dim(), n.dims));
  return result;
}

Results vector_norm_rule(Call& call) {
  const Norm n = norm_from(call, 2);
  return one(vector_norm_of(call, n, order_of(call.scalar(1))));
}
// aten/src/ATen/native/LinearAlgebra.cpp linalg__powsum: a norm without its root, of any dtype
Results powsum(Call& call) {
  FakeTensor& self = call.tensor(0);
  const Norm n = norm_from(call, 2);
  const Dims dims = reduction_dims(self.dim(), n.dims);
  const ScalarType summed = is_integral(self.dtype, true) ? ScalarType::kLong : to_real(self.dtype);
  return one(like(call, reduced_by_prim(call, self, dims, n.keepdim, n.dtype ? to_real(*n.dtype) : summed)));
}

// ---- Matrix norms.

FakeTensor& singular_values(Call& call, FakeTensor& t) {
  return *call.op("aten::_linalg_svd", {&t, false, false})[1].get<FakeTensor*>();
}

/// checkFloatingOrComplex, in C++'s words.
void check_norm_input(const FakeTensor& self, bool allow_low_precision) {
  check_matrix(self, "linalg.matrix_norm");
  check(is_floating(self.dtype) || is_complex(self.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.matrix_norm: Expected a floating point or complex tensor as input. Got {}",
                       aten_name(self.dtype));
  });
  check(allow_low_precision || item_size(to_real(self.dtype)) >= 4, ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.matrix_norm: Low precision dtypes not supported. Got {}", aten_name(self.dtype));
  });
}

/// The two dimensions of a matrix norm, wrapped.
Dims matrix_dims(const FakeTensor& self, const Dims& dims) {
  check_matrix(self, "linalg.matrix_norm");
  check(dims.size() == 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("linalg.matrix_norm: dim must be a 2-tuple. Got {}", fmt::join(dims, " ")); });
  Dims wrapped = wrap_dims(dims, self.dim());
  check(wrapped[0] != wrapped[1], ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.matrix_norm: dims must be different. Got ({}, {})", wrapped[0], wrapped[1]);
  });
  return wrapped;
}

/// aten/src/ATen/native/LinearAlgebra.cpp linalg_matrix_norm, max_min_wrapper: nothing has 0 for its largest.
FakeTensor& extreme_of(Call& call, FakeTensor& values, std::int64_t dim, bool keepdim, bool largest) {
  const std::vector<std::int64_t> sizes = specialized_sizes(call, values);
  const auto at = static_cast<std::ptrdiff_t>(wrap_dim(dim, values.dim()));
  if (sizes[static_cast<std::size_t>(at)] != 0 || !largest)
    return call.op1("aten::amax", {&values, SymInts{dim}, keepdim});
  SymInts rest(sizes.begin(), sizes.end());
  if (keepdim)
    rest[static_cast<std::size_t>(at)] = 1;
  else
    rest.erase(rest.begin() + at);
  return call.contiguous(values.dtype, std::move(rest), values.device);
}

/// A reduction of singular values: dims go last, and come back as ones if kept.
FakeTensor& spectral(Call& call, FakeTensor& self, const Dims& dims, bool keepdim, std::optional<bool> largest) {
  Dims order;
  for (std::int64_t d = 0; d < self.dim(); ++d) {
    if (d != dims[0] && d != dims[1]) order.push_back(d);
  }
  order.insert(order.end(), dims.begin(), dims.end());
  FakeTensor& values = singular_values(call, permute(call, self, order));
  FakeTensor& result = largest ? extreme_of(call, values, -1, keepdim, *largest)
                               : call.op1("aten::sum.dim_IntList", {&values, SymInts{-1}, keepdim});
  if (!keepdim) return result;
  Dims back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return permute(call, unsqueeze(call, result, -1), back);
}

/// self in the dtype that the caller asked for.
FakeTensor& cast(Call& call, FakeTensor& self, std::optional<ScalarType> dtype) {
  return dtype ? to_dtype(call, self, *dtype) : self;
}

FakeTensor& matrix_norm(Call& call, FakeTensor& self, double order, const Dims& dims, bool keepdim,
                        std::optional<ScalarType> dtype) {
  check_norm_input(self, std::abs(order) != 2);
  Dims d = matrix_dims(self, dims);
  const double size = std::abs(order);
  check(size == 2 || size == 1 || std::isinf(size), ErrorType::kRuntimeError,
        [&] { return fmt::format("linalg.matrix_norm: Order {} not supported.", order); });
  FakeTensor& a = cast(call, self, dtype);
  if (size == 2) return spectral(call, a, d, keepdim, order > 0);
  if (std::isinf(size)) std::swap(d[0], d[1]);
  if (!keepdim && d[0] < d[1]) --d[1];
  FakeTensor& sums = vector_norm(call, a, {Dims{d[0]}, keepdim, std::nullopt});
  return extreme_of(call, sums, d[1], keepdim, order > 0);
}

FakeTensor& named_matrix_norm(Call& call, FakeTensor& self, std::string_view order, const Dims& dims, bool keepdim,
                              std::optional<ScalarType> dtype) {
  check(order == "fro" || order == "nuc", ErrorType::kRuntimeError,
        [&] { return fmt::format("linalg.matrix_norm: Order {} not supported.", order); });
  check_norm_input(self, order != "nuc");
  const Dims d = matrix_dims(self, dims);
  if (order == "fro") return vector_norm(call, self, {d, keepdim, dtype});
  return spectral(call, cast(call, self, dtype), d, keepdim, std::nullopt);
}

Results matrix_norm_rule(Call& call) {
  return one(
      matrix_norm(call, call.tensor(0), order_of(call.scalar(1)), call.integers(2), call.boolean(3), call.dtype(4)));
}
Results named_matrix_norm_rule(Call& call) {
  return one(named_matrix_norm(call, call.tensor(0), call.string(1), call.integers(2), call.boolean(3), call.dtype(4)));
}
Results nuclear_norm(Call& call) {
  return one(named_matrix_norm(call, call.tensor(0), "nuc", {-2, -1}, call.boolean(1), std::nullopt));
}
Results nuclear_norm_dim(Call& call) {
  return one(named_matrix_norm(call, call.tensor(0), "nuc", call.integers(1), call.boolean(2), std::nullopt));
}

void check_norm_dims(const FakeTensor& self, const std::optional<Dims>& dims, bool has_order) {
  if (dims) {
    check(dims->size() == 1 || dims->size() == 2, ErrorType::kRuntimeError, [&] {
      return fmt::format("linalg.norm: If dim is specified, it must be of length 1 or 2. Got [{}]",
                         fmt::join(*dims, ", "));
    });
  } else if (has_order) {
    check(self.dim() == 1 || self.dim() == 2, ErrorType::kRuntimeError, [&] {
      return fmt::format("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.",
                         self.dim());
    });
  }
}

// aten/src/ATen/native/LinearAlgebra.cpp linalg_norm
Results norm(Call& call) {
  FakeTensor& self = call.tensor(0);
  const std::optional<Scalar> order = call.optional_scalar(1);
  const Norm n = norm_from(call, 2);
  if (order || n.dims) check_norm_dims(self, n.dims, order.has_value());
  if (order && (n.dims ? n.dims->size() == 2 : self.dim() == 2)) {
    return one(matrix_norm(call, self, order_of(*order), n.dims.value_or(Dims{0, 1}), n.keepdim, n.dtype));
  }
  return one(vector_norm_of(call, n, order ? order_of(*order) : 2));
}
Results named_norm(Call& call) {
  FakeTensor& self = call.tensor(0);
  const Norm n = norm_from(call, 2);
  check_norm_dims(self, n.dims, true);
  return one(named_matrix_norm(call, self, call.string(1), n.dims.value_or(Dims{0, 1}), n.keepdim, n.dtype));
}

// ---- Condition, rank, pseudo-inverse.

FakeTensor& inverse_of(Call& call, FakeTensor& self) {
  return *call.op("aten::linalg_inv_ex", {&self})[0].get<FakeTensor*>();
}

bool is_empty(Call& call, const FakeTensor& self) { return truth(call, sym_eq(self.numel(), 0)); }

// aten/src/ATen/native/LinearAlgebra.cpp linalg_cond
Results cond(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(self.dim() >= 2, ErrorType::kRuntimeError,
        [] { return "linalg.cond: The input tensor must have at least 2 dimensions."; });
  const std::optional<Scalar> given = call.optional_scalar(1);
  const double order = given ? order_of(*given) : 2;
  const ScalarType dtype = to_real(self.dtype);
  if (is_empty(call, self)) return one(dense(call, self, leading(self, 2), dtype));
  if (std::abs(order) == 2) {
    singular_values(call, self);
    return one(dense(call, self, leading(self, 2), dtype));
  }
  check_square(call, self, fmt::format("linalg.cond(ord={})", order));
  FakeTensor& inverse = inverse_of(call, self);
  matrix_norm(call, self, order, {-2, -1}, false, std::nullopt);
  matrix_norm(call, inverse, order, {-2, -1}, false, std::nullopt);
  return one(dense(call, self, leading(self, 2), dtype));
}
Results named_cond(Call& call) {
  FakeTensor& self = call.tensor(0);
  const std::string_view order = call.string(1);
  check_matrix(self, fmt::format("linalg.cond(ord={})", order));
  check_square(call, self, "linalg.cond");
  check(order == "fro" || order == "nuc", ErrorType::kRuntimeError,
        [&] { return fmt::format("linalg.cond got an invalid norm type: {}", order); });
  const bool symbolic = std::any_of(self.sizes.begin(), self.sizes.end(), [](const SymInt& s) { return !s.is_int(); });
  check(!symbolic, ErrorType::kRuntimeError,
        [] { return "Cannot call numel() on tensor with symbolic sizes/strides"; });
  named_matrix_norm(call, self, call.string(1), {-2, -1}, false, std::nullopt);
  return one(dense(call, self, leading(self, 2), to_real(self.dtype)));
}

/// Below which singular values count for nothing: numbers ask nothing; tensors broadcast with the values.
struct Tolerances {
  bool default_rtol = false;
  std::vector<std::pair<FakeTensor*, std::string_view>> tensors = {};  // with their names
};

/// get_atol_rtol: the default of rtol is eps * max(columns, rows); _get_epsilon knows two dtypes, std::max asks which
/// side is larger.
void check_tolerances(Call& call, const FakeTensor& self, const Tolerances& given, std::string_view function) {
  for (const auto& named : given.tensors) {
    const FakeTensor* tolerance = named.first;  // no binding: clang lets no lambda see one
    const std::string_view name = named.second;
    if (tolerance == nullptr) continue;
    check(!is_complex(tolerance->dtype), ErrorType::kRuntimeError, [&] {
      return fmt::format("{}: {} tensor of complex type is not supported. Got {}", function, name,
                         aten_name(tolerance->dtype));
    });
  }
  if (!given.default_rtol) return;
  size_at(self, -2);
  const ScalarType real = to_real(self.dtype);
  check(real == ScalarType::kFloat || real == ScalarType::kDouble, ErrorType::kRuntimeError,
        [] { return "This function doesn't handle types other than float and double"; });
  truth(call, sym_lt(size_from_end(self, 1), size_from_end(self, 2)));
}

/// The sizes of values, the last one apart, broadcast with the tolerances'.
SymInts with_tolerances(Call& call, SymInts sizes, const Tolerances& given) {
  for (const auto& tolerance : given.tensors) {
    if (tolerance.first != nullptr) sizes = infer_broadcast(call, sizes, tolerance.first->sizes);
  }
  return sizes;
}

// aten/src/ATen/native/LinearAlgebra.cpp matrix_rank_impl
Results rank_of(Call& call, FakeTensor& self, bool hermitian, const Tolerances& given) {
  check_matrix(self, "torch.linalg.matrix_rank", "input");
  check_tolerances(call, self, given, "torch.linalg.matrix_rank");
  if (is_empty(call, self)) return one(dense(call, self, leading(self, 2), ScalarType::kLong));
  if (hermitian)
    call.op("aten::_linalg_eigh", {&self});
  else
    singular_values(call, self);
  return one(dense(call, self, with_tolerances(call, leading(self, 2), given), ScalarType::kLong));
}
Results matrix_rank(Call& call) { return rank_of(call, call.tensor(0), call.boolean(2), {}); }
Results matrix_rank_floats(Call& call) {
  return rank_of(call, call.tensor(0), call.boolean(3), {.default_rtol = call.is_none(2)});
}
Tolerances tensor_tolerances(Call& call) {
  return {call.is_none(2), {{call.optional_tensor(1), "atol"}, {call.optional_tensor(2), "rtol"}}};
}
Results matrix_rank_tensors(Call& call) {
  return rank_of(call, call.tensor(0), call.boolean(3), tensor_tolerances(call));
}
Results matrix_rank_tolerance(Call& call) {
  return rank_of(call, call.tensor(0), call.boolean(2), {.tensors = {{&call.tensor(1), "atol"}}});
}

// aten/src/ATen/native/LinearAlgebra.cpp linalg_pinv: a product, so dense
Results pinv_of(Call& call, bool hermitian, const Tolerances& given) {
  FakeTensor& self = call.tensor(0);
  const bool precise = (is_floating(self.dtype) || is_complex(self.dtype)) && item_size(to_real(self.dtype)) >= 4;
  check(precise && self.dim() >= 2, ErrorType::kRuntimeError, [&] {
    const std::vector<std::int64_t> sizes = specialized_sizes(call, self);
    return fmt::format(
        "linalg.pinv({}{{[{}]}}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble "
        "types",
        aten_name(self.dtype), fmt::join(sizes, ", "));
  });
  check_tolerances(call, self, given, "torch.linalg.pinv");
  const SymInts swapped = {size_from_end(self, 1), size_from_end(self, 2)};
  SymInts batch = leading(self, 2);
  if (!is_empty(call, self)) {
    if (hermitian)
      call.op("aten::_linalg_eigh", {&self});
    else
      call.op("aten::_linalg_svd", {&self, false, true});
    batch = with_tolerances(call, batch, given);
  }
  batch.insert(batch.end(), swapped.begin(), swapped.end());
  return one(dense(call, self, batch));
}
Results pinv(Call& call) { return pinv_of(call, call.boolean(2), {}); }
Results pinv_floats(Call& call) {
  size_at(call.tensor(0), -2);  // asked for before the call is handed on with tensors
  return pinv_of(call, call.boolean(3), {.default_rtol = call.is_none(2)});
}
Results pinv_tensors(Call& call) { return pinv_of(call, call.boolean(3), tensor_tolerances(call)); }
Results pinv_rcond(Call& call) {
  check_tolerances(call, call.tensor(0), {.tensors = {{&call.tensor(1), "rcond"}}}, "torch.linalg.pinv");
  return pinv_of(call, call.boolean(2), {.tensors = {{&call.tensor(1), "rcond"}}});
}
Results pinverse(Call& call) { return pinv_of(call, false, {}); }

// ---- Powers.

// aten/src/ATen/native/LinearAlgebra.cpp linalg_matrix_power
Results matrix_power(Call& call) {
  FakeTensor& self = call.tensor(0);
  const std::int64_t n = call.integer(1);
  check_matrix(self, "linalg.matrix_power");
  ask_square(call, self);
  check_square(call, self, "linalg.matrix_power");
  if (n == 0) return one(clone(call, self, MemoryFormat::kContiguous));
  FakeTensor& base = n < 0 ? inverse_of(call, self) : self;
  if (n == -1) return one(base);
  return one(n == 1 ? clone(call, self, MemoryFormat::kContiguous) : matmul(call, base, base));
}

// torch/_meta_registrations.py linalg_matrix_exp
Results matrix_exp(Call& call) {
  FakeTensor& self = call.tensor(0);
  check_square(call, self, "linalg.matrix_exp");
  check_floating(self, "linalg.matrix_exp");
  return one(clone(call, self, MemoryFormat::kContiguous));
}

constexpr OpRow kRows[] = {
    {"linalg__powsum", powsum},
    {"linalg_cond", cond},
    {"linalg_cond.p_str", named_cond},
    {"linalg_matrix_exp", matrix_exp},
    {"linalg_matrix_norm", matrix_norm_rule},
    {"linalg_matrix_norm.str_ord", named_matrix_norm_rule},
    {"linalg_matrix_power", matrix_power},
    {"linalg_matrix_rank", matrix_rank},
    {"linalg_matrix_rank.atol_rtol_float", matrix_rank_floats},
    {"linalg_matrix_rank.atol_rtol_tensor", matrix_rank_tensors},
    {"linalg_matrix_rank.tol_tensor", matrix_rank_tolerance},
    {"linalg_norm", norm},
    {"linalg_norm.ord_str", named_norm},
    {"linalg_pinv", pinv},
    {"linalg_pinv.atol_rtol_float", pinv_floats},
    {"linalg_pinv.atol_rtol_tensor", pinv_tensors},
    {"linalg_pinv.rcond_tensor", pinv_rcond},
    {"linalg_vector_norm", vector_norm_rule},
    {"matrix_exp", matrix_exp},
    {"matrix_power", matrix_power},
    {"nuclear_norm", nuclear_norm},
    {"nuclear_norm.dim", nuclear_norm_dim},
    {"pinverse", pinverse},
};

}  // namespace

}  // namespace retrace::ops::linalg

namespace retrace::ops {

std::span<const OpRow> linalg_norm_ops() { return linalg::kRows; }

}  // namespace retrace::ops
