// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/strides.h"
#include "core/ops/vocabulary/unbacked.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

std::size_t at(std::int64_t dim) { return static_cast<std::size_t>(dim); }

// ---- What Python says of a number where it takes a tensor.

FakeTensor& tensor_like(Call& call, std::string_view name = "a") {
  check(call.arg(0).holds<FakeTensor*>(), ErrorType::kAssertionError,
        [&] { return fmt::format("{} must be TensorLike, got <class '{}'>", name, python_type(call.arg(0))); });
  return call.tensor(0);
}
FakeTensor& with_attribute(Call& call, std::string_view attribute) {
  check(call.arg(0).holds<FakeTensor*>(), ErrorType::kAttributeError,
        [&] { return fmt::format("'{}' object has no attribute '{}'", python_type(call.arg(0)), attribute); });
  return call.tensor(0);
}

// ---- Elementwise: no promotion, no broadcasting.

// _prim_elementwise_meta: numbers stand beside the tensors; those before first have dtypes of their own.
FakeTensor& elementwise_prim(Call& call, std::size_t first) {
  std::vector<Value> operands;
  std::vector<FakeTensor*> tensors;
  const FakeTensor* a = nullptr;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (!call.arg(i).holds<FakeTensor*>()) continue;
    const FakeTensor& b = call.tensor(i);
    operands.push_back(call.arg(i));
    tensors.push_back(&call.tensor(i));
    if (i < first) continue;
    if (a == nullptr) a = &b;
    check(a->dtype == b.dtype, ErrorType::kRuntimeError, [&] {
      return fmt::format("Tensor with dtype {} is not the expected dtype of {}!", torch_name(b.dtype),
                         torch_name(a->dtype));
    });
  }
  check_same_shape(call, tensors, true);
  return elementwise_of(call, operands, a == nullptr ? number_dtype(call.arg(first)) : a->dtype);
}
Results elementwise_rule(Call& call) { return one(elementwise_prim(call, 0)); }
Results where(Call& call) { return one(elementwise_prim(call, 1)); }
Results real_valued(Call& call) { return one(like(call, call.tensor(0), to_real(call.tensor(0).dtype))); }
Results comparison(Call& call) {
  FakeTensor& result = elementwise_prim(call, 0);
  return one(elementwise_of(call, {&result}, ScalarType::kBool));
}
/// _complex_only_elementwise_meta
Results part_of_complex(Call& call) {
  check(is_complex(call.tensor(0).dtype), ErrorType::kRuntimeError, [] { return "Only complex dtype is supported"; });
  return real_valued(call);
}
Results conj_physical(Call& call) {
  const FakeTensor& a = with_attribute(call, "dtype");
  check(is_complex(a.dtype), ErrorType::kRuntimeError,
        [] { return "prims.conj_physical is only defined for complex dtypes"; });
  return elementwise_rule(call);
}
Results frexp(Call& call) {
  check(is_floating(with_attribute(call, "dtype").dtype), ErrorType::kRuntimeError,
        [] { return "torch.frexp() only supports floating-point dtypes"; });
  return {&like(call, call.tensor(0)), &like(call, call.tensor(0), ScalarType::kInt)};
}
Results fill(Call& call) { return one(like(call, call.tensor(0))); }

// ---- Views.

/// torch._prims_common.validate_idx.
void check_index(std::int64_t rank, std::int64_t index) {
  check(index == 0 || (index > 0 && index < rank), ErrorType::kAssertionError,
        [&] { return fmt::format("idx {} is out of bounds for rank {}", index, rank); });
}
void check_index(const FakeTensor& a, std::int64_t index) { check_index(a.dim(), index); }

/// _collapsed_shape's order of both ends.
void check_collapse(const FakeTensor& a, std::int64_t start, std::int64_t end) {
  for (const std::int64_t index : {start, end}) check_index(std::max<std::int64_t>(a.dim(), 1), index);
  check(end >= start, ErrorType::kValueError,
        [&] { return fmt::format("Attempting to collapse but end, {}, is less than start, {}!", end, start); });
}

// _broadcast_in_dim_meta
Results broadcast_in_dim(Call& call) {
  FakeTensor& a = tensor_like(call);
  const SymInts sizes = call.sym_ints(1);
  const std::vector<std::int64_t> dims = call.integers(2);
  check(dims.size() == a.sizes.size(), ErrorType::kAssertionError,
        [&] { return fmt::format("a.ndim ({}) != len(broadcast_dimensions) ({})", a.dim(), dims.size()); });
  check(sizes.size() >= dims.size(), ErrorType::kAssertionError,
        [&] { return fmt::format("len(shape) ({}) must be >= a.ndim ({})", sizes.size(), a.dim()); });
  for (std::size_t i = 0; i < dims.size(); ++i) {
    check(dims[i] >= 0 && dims[i] < static_cast<std::int64_t>(sizes.size()), ErrorType::kAssertionError, [&] {
      return fmt::format("broadcast_dimension {} out of bounds for shape of length {}", dims[i], sizes.size());
    });
    const SymInt& wanted = sizes[at(dims[i])];
    check(call, sym_or(sym_eq(a.sizes[i], 1), sym_eq(wanted, a.sizes[i])), ErrorType::kRuntimeError,
          [&] { return fmt::format("{} must be broadcastable to {}", to_string(a.sizes[i]), to_string(wanted)); });
  }
  SymInts strides;
  std::size_t next = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (std::ranges::find(dims, static_cast<std::int64_t>(i)) == dims.end()) {
      if (or_true(call, sym_ne(sizes[i], 1)))
        strides.emplace_back(0);
      else
        strides.push_back(next == a.sizes.size() ? SymInt(1) : a.strides[next] * a.sizes[next]);
      continue;
    }
    const SymBool same = sym_eq(a.sizes[next], sizes[i]);
    const bool is_one = or_false(call, sym_eq(a.sizes[next], 1));
    check(call, is_one ? SymBool(true) : same, ErrorType::kRuntimeError, [&] {
      return fmt::format("non-broadcasting semantics require {} == {}", to_string(a.sizes[next]), to_string(sizes[i]));
    });
    strides.push_back(is_one && !or_false(call, same) ? SymInt(0) : a.strides[next]);
    ++next;
  }
  return one(as_strided(call, a, sizes, strides));
}

Results transpose_prim(Call& call) {
  FakeTensor& a = with_attribute(call, "ndim");
  const std::vector<std::int64_t> order = call.integers(1);
  check(order.size() == a.sizes.size(), ErrorType::kValueError, [&] {
    return fmt::format("Attempting to permute a tensor of rank {}, but received a permutation of length {}!", a.dim(),
                       order.size());
  });
  for (std::int64_t d = 0; d < a.dim(); ++d) {
    check(std::ranges::find(order, d) != order.end(), ErrorType::kValueError,
          [&] { return fmt::format("Received an invalid permutation, [{}]!", fmt::join(order, ", ")); });
  }
  return one(permute(call, a, order));
}
Results squeeze_prim(Call& call) {
  FakeTensor& a = tensor_like(call);
  const std::vector<std::int64_t> dims = call.integers(1);
  for (const std::int64_t d : dims) {
    check_index(a, d);
    shape_at(a, d);
  }
  SymInts sizes, strides;
  for (std::size_t i = 0; i < a.sizes.size(); ++i) {
    if (std::ranges::find(dims, static_cast<std::int64_t>(i)) == dims.end()) {
      sizes.push_back(a.sizes[i]);
      strides.push_back(a.strides[i]);
      continue;
    }
    check(truth(call, sym_eq(a.sizes[i], 1)), ErrorType::kAssertionError, [&] {
      return fmt::format("Cannot squeeze dimension {} with size {} (must be 1)", i, to_string(a.sizes[i]));
    });
  }
  return one(as_strided(call, a, sizes, strides));
}
Results split_dim(Call& call) {
  FakeTensor& a = tensor_like(call);
  check_index(a, call.integer(1));
  const std::size_t dim = at(call.integer(1));
  const SymInt outer = call.sym_int(2);
  check(!outer.is(0), ErrorType::kZeroDivisionError, [] { return "integer division or modulo by zero"; });
  const SymInt size = shape_at(a, call.integer(1));
  check(truth(call, sym_eq(python_mod(size, outer), 0)), ErrorType::kValueError, [&] {
    return fmt::format(
        "Attempting to split dimension of length {}, but outer length of {} divides it with a remainder!",
        to_string(size), to_string(outer));
  });
  const SymInt inner = floordiv(size, outer);
  SymInts sizes = a.sizes;
  SymInts strides = a.strides;
  sizes[dim] = inner;
  sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(dim), outer);
  strides.insert(strides.begin() + static_cast<std::ptrdiff_t>(dim), strides[dim] * inner);
  return one(as_strided(call, a, sizes, strides));
}
Results collapse_view_prim(Call& call) {
  FakeTensor& a = tensor_like(call);
  check_collapse(a, call.integer(1), call.integer(2));
  const auto merged = collapse_view(call, geometry(a), call.integer(1), call.integer(2));
  check(merged.has_value(), ErrorType::kValueError,
        [] { return "Attempting to view a collapsed tensor, but no such view exists!"; });
  return one(as_strided(call, a, merged->sizes, merged->strides));
}
Results view_of(Call& call) { return one(alias(call, with_attribute(call, "as_strided"))); }
Results view_of_dtype(Call& call) { return call.op("aten::view.dtype", {call.arg(0), call.arg(1)}); }
Results as_strided_prim(Call& call) {
  const SymInts sizes = call.sym_ints(1);
  const SymInts strides = call.sym_ints(2);
  const SymInt offset = call.sym_int(3);
  check(sizes.size() == strides.size(), ErrorType::kAssertionError,
        [&] { return fmt::format("len(size)={} != len(stride)={}", sizes.size(), strides.size()); });
  const FakeTensor& a = call.tensor(0);
  if (a.storage != nullptr && !or_false(call, sym_eq(product(sizes), 0))) {
    const SymInt needed = reach(sizes, strides, offset);
    const SymInt held = floordiv(a.storage->nbytes(), SymInt(item_size(a.dtype)));
    check(!truth(call, sym_lt(held, needed)), ErrorType::kValueError, [&] {
      return fmt::format(
          "Can't view a storage of size {} with an offset of {}, shape of {}, and strides of {}, which requires a "
          "storage of size {}",
          to_string(held), to_string(offset), to_string(sizes), to_string(strides), to_string(needed));
    });
  }
  return one(as_strided(call, call.tensor(0), sizes, strides, offset));
}
Results conj_prim(Call& call) {
  FakeTensor& a = with_attribute(call, "dtype");
  check(is_complex(a.dtype), ErrorType::kRuntimeError, [] { return "Expected complex dtype in prims.conj"; });
  FakeTensor& result = alias(call, a);
  result.is_conj = !a.is_conj;
  return one(result);
}

// ---- Copies and shapes.

Results clone_prim(Call& call) {
  return one(clone(call, with_attribute(call, "shape"), call.memory_format(1).value_or(MemoryFormat::kPreserve)));
}
Results convert_element_type(Call& call) {
  return one(convert_dtype(call, tensor_like(call), call.dtype(1).value_or(kDefaultDtype)));
}
Results device_put(Call& call) {
  FakeTensor& result = like(call, call.tensor(0));
  result.device = call.device(1).value_or(result.device);
  return one(result);
}
Results reshape_prim(Call& call) {
  const FakeTensor& a = tensor_like(call);
  const SymInts sizes = call.sym_ints(1);
  check(!sizes.empty(), ErrorType::kTypeError, [] { return "reduce() of empty iterable with no initial value"; });
  check(!truth(call, sym_ne(product(sizes), a.numel())), ErrorType::kValueError, [&] {
    return fmt::format("Attempting to reshape a tensor with {} elements to a shape with {} elements!",
                       to_string(a.numel()), to_string(product(sizes)));
  });
  return one(call.contiguous(a.dtype, sizes, a.device));
}
Results collapse(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check_collapse(a, call.integer(1), call.integer(2));
  if (a.dim() == 0) return one(call.contiguous(a.dtype, {1}, a.device));
  const auto start = a.sizes.begin() + call.integer(1);
  const auto end = a.sizes.begin() + call.integer(2) + 1;
  SymInts sizes(a.sizes.begin(), start);
  sizes.push_back(product(SymInts(start, end)));
  sizes.insert(sizes.end(), end, a.sizes.end());
  return one(call.contiguous(a.dtype, sizes, a.device));
}
Results rev(Call& call) {
  const FakeTensor& a = with_attribute(call, "ndim");
  for (const std::int64_t d : call.integers(1)) check_index(a, d);
  return one(like(call, a));
}
/// _cat_meta: the result is like the first tensor, whatever the others are.
Results cat_prim(Call& call) {
  const std::vector<FakeTensor*> tensors = call.tensors(0);
  const std::int64_t dim = call.integer(1);
  check(dim >= 0, ErrorType::kAssertionError, [&] { return fmt::format("dim must be non-negative, got {}", dim); });
  check(!tensors.empty(), ErrorType::kIndexError, [] { return "list index out of range"; });
  const FakeTensor& first = *tensors.front();
  return one(call.contiguous(first.dtype, joined_sizes(call, tensors, at(dim)), first.device));
}
Results copy_to(Call& call) {
  FakeTensor& a = tensor_like(call);
  const SymInt from = call.tensor(1).numel();
  check(!truth(call, sym_ne(a.numel(), from)), ErrorType::kRuntimeError, [&] {
    return fmt::format("Attempting to copy {} elements to a tensor with {} elements!", to_string(from),
                       to_string(a.numel()));
  });
  return one(a);
}
Results copy_strided(Call& call) {
  const FakeTensor& a = call.tensor(0);
  return one(call.strided(a.dtype, a.sizes, call.sym_ints(1), a.device));
}
/// prims._item_meta: number_type(dtype)(tensor), which meta tensors refuse.
Results item_prim(Call& call) {
  const ScalarType dtype = tensor_like(call, "a").dtype;
  const std::string named = is_floating(dtype) ? "" : fmt::format(", dtype={}", torch_name(dtype));
  raise(ErrorType::kRuntimeError, fmt::format("Cannot cast FakeTensor(..., size=(){}) to number", named));
}

// ---- Reductions: the dims are given up.

template <std::size_t dtype>
Results reduction(Call& call) {
  const FakeTensor& a = tensor_like(call, "inp");
  check(!call.is_none(1), ErrorType::kTypeError, [] { return "'NoneType' object is not iterable"; });
  const std::vector<std::int64_t> dims = call.integers(1);
  for (const std::int64_t d : dims) check_index(a, d);
  return one(call.contiguous(call.dtype(dtype).value_or(a.dtype), reduced_shape(a.sizes, dims, false), a.device));
}
Results variance(Call& call) {
  const Results result = reduction<3>(call);
  FakeTensor& t = *result.front().get<FakeTensor*>();
  t.dtype = call.dtype(3).value_or(to_real(t.dtype));
  return result;
}

// ---- Factories.

Results made(Call& call, std::size_t dtype) {
  return one(call.contiguous(call.dtype(dtype).value_or(kDefaultDtype), call.sym_ints(0),
                             call.device(dtype + 1).value_or(Device{})));
}
Results empty_prim(Call& call) { return made(call, 1); }
Results full_prim(Call& call) { return made(call, 2); }
Results normal_prim(Call& call) { return made(call, 3); }
Results empty_strided_prim(Call& call) {
  return one(call.strided(call.dtype(2).value_or(kDefaultDtype), call.sym_ints(0), call.sym_ints(1),
                          call.device(3).value_or(Device{})));
}
Results empty_permuted_prim(Call& call) {
  const SymInts sizes = call.sym_ints(0);
  return one(call.strided(call.dtype(2).value_or(kDefaultDtype), sizes, permuted_strides(sizes, call.integers(1)),
                          call.device(3).value_or(Device{})));
}
Results uniform_prim(Call& call) {
  return one(call.strided(call.dtype(3).value_or(kDefaultDtype), call.sym_ints(0), call.sym_ints(5),
                          call.device(4).value_or(Device{})));
}
Results full_like_prim(Call& call) {
  FakeTensor& result = like(call, call.tensor(0), call.dtype(2).value_or(kDefaultDtype));
  result.device = call.device(3).value_or(result.device);
  return one(result);
}
Results iota(Call& call) {
  return one(
      call.contiguous(call.dtype(3).value_or(ScalarType::kLong), {call.sym_int(0)}, call.device(4).value_or(Device{})));
}
Results scalar_tensor_prim(Call& call) {
  check(!call.is_none(1) || !call.is_none(2), ErrorType::kTypeError,
        [] { return "_scalar_tensor_meta() missing 2 required keyword-only arguments: 'dtype' and 'device'"; });
  const ScalarType dtype = call.dtype(1).value_or(number_dtype(call.arg(0)));
  return one(call.contiguous(dtype, {}, call.device(2).value_or(Device{})));
}

// ---- Fourier transforms and decompositions.

Results fft_c2c(Call& call) {
  const FakeTensor& a = call.tensor(0);
  wrap_dims(call.integers(1), a.dim());
  return one(call.contiguous(a.dtype, a.sizes, a.device));
}
using Dims = std::vector<std::int64_t>;
/// The size along the last of the transformed dimensions, to be changed.
SymInt& last_size(const Dims& dims, SymInts& sizes) {
  if (dims.empty() || sizes.empty()) raise(ErrorType::kIndexError, "tuple index out of range");
  return sizes[at(dims.back())];
}
Results fft_r2c(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const Dims dims = wrap_dims(call.integers(1), a.dim());
  SymInts sizes = a.sizes;
  if (call.boolean(2)) last_size(dims, sizes) = floordiv(last_size(dims, sizes), 2) + SymInt(1);
  return one(call.contiguous(to_complex(a.dtype), sizes, a.device));
}
Results fft_c2r(Call& call) {
  const FakeTensor& a = call.tensor(0);
  SymInts sizes = a.sizes;
  last_size(wrap_dims(call.integers(1), a.dim()), sizes) = call.sym_int(2);
  return one(call.contiguous(to_real(a.dtype), sizes, a.device));
}
/// _svd_meta, whose U and Vh are column-major on a CPU.
Results svd(Call& call) {
  const FakeTensor& a = call.tensor(0);
  check(a.dim() >= 2, ErrorType::kRuntimeError,
        [] { return "linalg.svd: The input tensor A must have at least 2 dimensions."; });
  const SymInts batch(a.sizes.begin(), a.sizes.end() - 2);
  const SymInt& rows = a.sizes[a.sizes.size() - 2];
  const SymInt& columns = a.sizes.back();
  const SymInt least = call.py_min(rows, columns);
  const auto batched = [&](std::initializer_list<SymInt> inner) {
    SymInts sizes = batch;
    sizes.insert(sizes.end(), inner);
    return sizes;
  };
  const auto matrices = [&](const SymInts& sizes) -> Value {
    return &call.strided(a.dtype, sizes, column_major_strides(sizes), a.device);
  };
  const bool full = call.boolean(1);
  return {matrices(batched({rows, full ? rows : least})),
          &call.contiguous(to_real(a.dtype), batched({least}), a.device),
          matrices(batched({full ? columns : least, columns}))};
}

constexpr OpRow kRows[] = {
    {"prims::abs", real_valued},
    {"prims::acos", elementwise_rule},
    {"prims::acosh", elementwise_rule},
    {"prims::add", elementwise_rule},
    {"prims::amax", reduction<2>},
    {"prims::amin", reduction<2>},
    {"prims::as_strided", as_strided_prim},
    {"prims::asin", elementwise_rule},
    {"prims::asinh", elementwise_rule},
    {"prims::atan", elementwise_rule},
    {"prims::atan2", elementwise_rule},
    {"prims::atanh", elementwise_rule},
    {"prims::bessel_i0", elementwise_rule},
    {"prims::bessel_i0e", elementwise_rule},
    {"prims::bessel_i1", elementwise_rule},
    {"prims::bessel_i1e", elementwise_rule},
    {"prims::bessel_j0", elementwise_rule},
    {"prims::bessel_j1", elementwise_rule},
    {"prims::bitwise_and", elementwise_rule},
    {"prims::bitwise_not", elementwise_rule},
    {"prims::bitwise_or", elementwise_rule},
    {"prims::bitwise_xor", elementwise_rule},
    {"prims::broadcast_in_dim", broadcast_in_dim},
    {"prims::cat", cat_prim},
    {"prims::cbrt", elementwise_rule},
    {"prims::ceil", elementwise_rule},
    {"prims::clone", clone_prim},
    {"prims::collapse", collapse},
    {"prims::collapse_view", collapse_view_prim},
    {"prims::conj", conj_prim},
    {"prims::conj_physical", conj_physical},
    {"prims::convert_element_type", convert_element_type},
    {"prims::copy_strided", copy_strided},
    {"prims::copy_to", copy_to},
    {"prims::cos", elementwise_rule},
    {"prims::cosh", elementwise_rule},
    {"prims::device_put", device_put},
    {"prims::digamma", elementwise_rule},
    {"prims::div", elementwise_rule},
    {"prims::empty", empty_prim},
    {"prims::empty_permuted", empty_permuted_prim},
    {"prims::empty_strided", empty_strided_prim},
    {"prims::eq", comparison},
    {"prims::erf", elementwise_rule},
    {"prims::erf_inv", elementwise_rule},
    {"prims::erfc", elementwise_rule},
    {"prims::erfcx", elementwise_rule},
    {"prims::exp", elementwise_rule},
    {"prims::exp2", elementwise_rule},
    {"prims::expm1", elementwise_rule},
    {"prims::fft_c2c", fft_c2c},
    {"prims::fft_c2r", fft_c2r},
    {"prims::fft_r2c", fft_r2c},
    {"prims::fill", fill},
    {"prims::floor", elementwise_rule},
    {"prims::fmax", elementwise_rule},
    {"prims::fmin", elementwise_rule},
    {"prims::fmod", elementwise_rule},
    {"prims::frexp", frexp},
    {"prims::full", full_prim},
    {"prims::full_like", full_like_prim},
    {"prims::gcd", elementwise_rule},
    {"prims::ge", comparison},
    {"prims::gt", comparison},
    {"prims::hypot", elementwise_rule},
    {"prims::igamma", elementwise_rule},
    {"prims::igammac", elementwise_rule},
    {"prims::imag", part_of_complex},
    {"prims::iota", iota},
    {"prims::isfinite", comparison},
    {"prims::item", item_prim},
    {"prims::le", comparison},
    {"prims::lgamma", elementwise_rule},
    {"prims::log", elementwise_rule},
    {"prims::log10", elementwise_rule},
    {"prims::log1p", elementwise_rule},
    {"prims::log2", elementwise_rule},
    {"prims::lt", comparison},
    {"prims::maximum", elementwise_rule},
    {"prims::minimum", elementwise_rule},
    {"prims::mul", elementwise_rule},
    {"prims::ndtri", elementwise_rule},
    {"prims::ne", comparison},
    {"prims::neg", elementwise_rule},
    {"prims::nextafter", elementwise_rule},
    {"prims::normal", normal_prim},
    {"prims::pow", elementwise_rule},
    {"prims::prod", reduction<2>},
    {"prims::real", part_of_complex},
    {"prims::reciprocal", elementwise_rule},
    {"prims::remainder", elementwise_rule},
    {"prims::reshape", reshape_prim},
    {"prims::rev", rev},
    {"prims::round", elementwise_rule},
    {"prims::rsqrt", elementwise_rule},
    {"prims::scalar_tensor", scalar_tensor_prim},
    {"prims::shift_left", elementwise_rule},
    {"prims::shift_right_arithmetic", elementwise_rule},
    {"prims::sign", elementwise_rule},
    {"prims::signbit", elementwise_rule},
    {"prims::sin", elementwise_rule},
    {"prims::sinh", elementwise_rule},
    {"prims::spherical_bessel_j0", elementwise_rule},
    {"prims::split_dim", split_dim},
    {"prims::sqrt", elementwise_rule},
    {"prims::squeeze", squeeze_prim},
    {"prims::sub", elementwise_rule},
    {"prims::sum", reduction<2>},
    {"prims::svd", svd},
    {"prims::tan", elementwise_rule},
    {"prims::tanh", elementwise_rule},
    {"prims::transpose", transpose_prim},
    {"prims::trunc", elementwise_rule},
    {"prims::uniform", uniform_prim},
    {"prims::var", variance},
    {"prims::view_of", view_of},
    {"prims::view_of_dtype", view_of_dtype},
    {"prims::where", where},
    {"prims::xor_sum", reduction<2>},
    {"prims::zeta", elementwise_rule},
};

/// Elementwise prims whose result has the operands' dtype.

}  // namespace

std::span<const OpRow> prims_ops() { return kRows; }

}  // namespace retrace::ops
