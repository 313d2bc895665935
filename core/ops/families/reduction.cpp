// SPDX-License-Identifier: Apache-2.0
// Reductions: sums, means, extremes, norms, quantiles.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/families/linalg_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/storage.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

using Dims = std::vector<std::int64_t>;
using OptionalDims = std::optional<Dims>;

Dims all_dims(const FakeTensor& self) { return reduction_dims(self.dim(), std::nullopt); }
Dims one_dim(const FakeTensor& self, std::int64_t dim) { return {wrap_dim(dim, self.dim())}; }

/// Integers and booleans sum in int64.
ScalarType sum_dtype(ScalarType dtype) { return is_integral(dtype, true) ? ScalarType::kLong : dtype; }

// sum(self, *, dtype), prod: over everything.
Results sum_all(Call& call) {
  FakeTensor& self = call.tensor(0);
  return {&reduced_by_prim(call, self, all_dims(self), false, call.dtype(1).value_or(sum_dtype(self.dtype)))};
}

// sum.dim_IntList(self, dim, keepdim, *, dtype)
Results sum_dims(Call& call) {
  FakeTensor& self = call.tensor(0);
  const Dims dims = reduction_dims(self.dim(), call.optional_integers(1));
  return {&reduced_by_prim(call, self, dims, call.boolean(2), call.dtype(3).value_or(sum_dtype(self.dtype)))};
}

Results nansum(Call& call) {
  FakeTensor& self = call.tensor(0);
  const Dims dims = reduction_dims(self.dim(), call.optional_integers(1), false);
  return {&reduced(call, self, dims, call.boolean(2), call.dtype(3).value_or(sum_dtype(self.dtype)))};
}

/// torch._refs.mean.
ScalarType mean_dtype(const FakeTensor& self, std::optional<ScalarType> asked) {
  const ScalarType dtype = asked.value_or(self.dtype);
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError, [&] {
    return asked
               ? fmt::format(
                     "mean(): could not infer output dtype. Optional dtype must be either a floating point or complex "
                     "dtype. Got: {}",
                     torch_name(dtype))
               : fmt::format(
                     "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
                     "dtype. Got: {}",
                     torch_name(dtype));
  });
  return dtype;
}

/// torch._refs.mean divides by the number of elements, which complex() makes a plain one.
void specialise_complex_count(Call& call, const FakeTensor& self, const Dims& dims, ScalarType dtype) {
  if (!is_complex(dtype) || self.dim() == 0) return;
  SymInt count = 1;
  for (const std::int64_t d : dims) count = count * self.sizes[static_cast<std::size_t>(d)];
  call.env().guard_int(count);
}

FakeTensor& mean_of(Call& call, const OptionalDims& asked, bool keepdim, std::optional<ScalarType> asked_dtype) {
  FakeTensor& self = call.tensor(0);
  const Dims dims = reduction_dims(self.dim(), asked);
  const ScalarType dtype = mean_dtype(self, asked_dtype);
  specialise_complex_count(call, self, dims, dtype);
  return reduced(call, self, dims, keepdim, dtype);
}
Results mean_all(Call& call) { return {&mean_of(call, {}, false, call.dtype(1))}; }
Results mean_dims(Call& call) { return {&mean_of(call, call.optional_integers(1), call.boolean(2), call.dtype(3))}; }

// all, any: uint8 stays, all else is bool.
ScalarType truth_dtype(const FakeTensor& self) {
  return self.dtype == ScalarType::kByte ? self.dtype : ScalarType::kBool;
}

Results truth_all(Call& call) {
  FakeTensor& self = call.tensor(0);
  return {&reduced(call, self, all_dims(self), false, truth_dtype(self))};
}

Results truth_dim(Call& call) {
  FakeTensor& self = call.tensor(0);
  return {&reduced(call, self, one_dim(self, call.integer(1)), call.boolean(2), truth_dtype(self))};
}

Results truth_dims(Call& call) {
  FakeTensor& self = call.tensor(0);
  const OptionalDims dims = call.optional_integers(1);
  if (dims && dims->empty()) return {&like(call, self, truth_dtype(self))};
  return {&reduced(call, self, reduction_dims(self.dim(), dims), call.boolean(2), truth_dtype(self))};
}

// amax, amin(self, dim, keepdim)
Results extreme_dims(Call& call) {
  FakeTensor& self = call.tensor(0);
  const Dims dims = reduction_dims(self.dim(), call.optional_integers(1));
  check_not_empty(call, self, dims);
  return {&reduced_by_prim(call, self, dims, call.boolean(2), self.dtype)};
}

// max(self), median(self), ...
Results one_of_all(Call& call) {
  FakeTensor& self = call.tensor(0);
  return {&reduced(call, self, all_dims(self), false, self.dtype)};
}

Results values_and_indices(Call& call, std::int64_t dim, bool keepdim) {
  FakeTensor& self = call.tensor(0);
  const Dims dims = one_dim(self, dim);
  return {&reduced(call, self, dims, keepdim, self.dtype), &reduced(call, self, dims, keepdim, ScalarType::kLong)};
}

// max.dim, min.dim, median.dim, mode(self, dim, keepdim)
Results indexed_extreme(Call& call) { return values_and_indices(call, call.integer(1), call.boolean(2)); }

Results kthvalue(Call& call) {
  FakeTensor& self = call.tensor(0);
  const std::int64_t dim = wrap_dim(call.integer(2), self.dim());
  const SymInt length = self.dim() > 0 ? self.sizes[static_cast<std::size_t>(dim)] : SymInt(1);
  const SymInt k = call.sym_int(1);
  check(call, sym_and(sym_ge(k, 1), sym_le(k, length)), ErrorType::kRuntimeError,
        [&] { return fmt::format("kthvalue(): selected number k out of range for dimension {}", dim); });
  return values_and_indices(call, dim, call.boolean(3));
}

// argmax, argmin(self, dim, keepdim)
Results index_of_extreme(Call& call) {
  FakeTensor& self = call.tensor(0);
  const auto dim = call.optional_integer(1);
  const Dims dims = dim ? one_dim(self, *dim) : all_dims(self);  // argmin's texts are argmax's, too
  if (!dim) {
    check(call, sym_ne(self.numel(), 0), ErrorType::kRuntimeError,
          [] { return "argmax: Expected reduction dim to be specified for input.numel() == 0."; });
  } else if (self.dim() > 0) {
    check(call, sym_ne(self.sizes[static_cast<std::size_t>(dims.front())], 0), ErrorType::kIndexError,
          [&] { return fmt::format("argmax: Expected reduction dim {} to have non-zero size.", dims.front()); });
  }
  return {&reduced(call, self, dims, call.boolean(2), ScalarType::kLong)};
}

Results aminmax(Call& call) {
  FakeTensor& self = call.tensor(0);
  const auto dim = call.optional_integer(1);
  const Dims dims = dim ? one_dim(self, *dim) : all_dims(self);
  check_not_empty(call, self, dims);
  const auto extreme = [&]() -> Value { return &reduced_by_prim(call, self, dims, call.boolean(2), self.dtype); };
  return {extreme(), extreme()};
}

/// _aminmax has no meta kernel.
void check_aminmax(Call& call) {
  check_fallback(call);
  const FakeTensor& self = call.tensor(0);
  check(!self.numel().is(0), ErrorType::kRuntimeError,
        [] { return "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."; });
  check(!is_complex(self.dtype), ErrorType::kNotImplementedError,
        [&] { return fmt::format("\"aminmax_cpu\" not implemented for '{}'", aten_name(self.dtype)); });
}

Results aminmax_all(Call& call) {
  check_aminmax(call);
  Results one = one_of_all(call);
  return {one[0], one_of_all(call)[0]};
}

Results aminmax_dim(Call& call) {
  check_aminmax(call);
  FakeTensor& self = call.tensor(0);
  const Dims dims = one_dim(self, call.integer(1));
  return {&reduced(call, self, dims, call.boolean(2), self.dtype),
          &reduced(call, self, dims, call.boolean(2), self.dtype)};
}

Results count_nonzero(Call& call) {
  FakeTensor& self = call.tensor(0);
  const auto dim = call.optional_integer(1);
  return {&reduced(call, self, dim ? one_dim(self, *dim) : all_dims(self), false, ScalarType::kLong)};
}

Results count_nonzero_dims(Call& call) {
  FakeTensor& self = call.tensor(0);
  return {&reduced(call, self, reduction_dims(self.dim(), call.integers(1)), false, ScalarType::kLong)};
}

/// torch._refs.logsumexp asks first whether there is anything. Of no dimensions named, none is squeezed away.
Results logsumexp(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool nothing = call.env().guard(sym_eq(self.numel(), 0));
  const std::vector<std::int64_t> named = call.integers(1);
  const bool keeps = call.boolean(2) || (named.empty() && !nothing);
  return {&reduced(call, self, reduction_dims(self.dim(), named), keeps,
                   apply_promotion(self.dtype, Promotion::kIntToFloat))};
}

Results trace(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(self.dim() == 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected a matrix, but got tensor with dim {}", self.dim()); });
  return {&call.contiguous(sum_dtype(self.dtype), {}, self.device)};
}

// ---- Variance: var(self, unbiased), var.dim(self, dim, unbiased, keepdim), var.correction(self, dim, *, correction,
// keepdim).

struct VarianceForm {
  OptionalDims dims;
  bool keepdim = false;
};
VarianceForm over_all(Call&) { return {}; }
VarianceForm over_dims(Call& call) { return {call.optional_integers(1), call.boolean(3)}; }

/// The variance; of std and std_mean its root, which lies as an elementwise result.
FakeTensor& variance_of(Call& call, const VarianceForm& form) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& variance =
      reduced_by_prim(call, self, reduction_dims(self.dim(), form.dims), form.keepdim, to_real(self.dtype));
  const bool root = call.schema().name.starts_with("aten::std");
  return root ? elementwise_of(call, {&variance}, variance.dtype) : variance;
}

template <VarianceForm (*form)(Call&)>
Results variance(Call& call) {
  return {&variance_of(call, form(call))};
}

template <VarianceForm (*form)(Call&)>
Results variance_and_mean(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const VarianceForm asked = form(call);
  specialise_complex_count(call, self, reduction_dims(self.dim(), asked.dims), self.dtype);
  Value var = &variance_of(call, asked);
  return {var, &mean_of(call, asked.dims, asked.keepdim, std::nullopt)};
}

// ---- Norms.

/// torch._refs.norm of numbers.
Results vector_norm(Call& call, const Value& order, const Value& dims, const Value& keepdim, const Value& dtype) {
  return call.op("aten::linalg_vector_norm",
                 {&call.tensor(0), order.is_none() ? Value(2) : order, dims, keepdim, dtype});
}

Results norm_all(Call& call) { return vector_norm(call, call.arg(1), {}, false, {}); }
Results norm_all_dtype(Call& call) { return vector_norm(call, call.arg(1), {}, false, call.arg(2)); }
Results norm_dims(Call& call) { return vector_norm(call, call.arg(1), call.arg(2), call.arg(3), {}); }
Results norm_dims_dtype(Call& call) { return vector_norm(call, call.arg(1), call.arg(2), call.arg(3), call.arg(4)); }

// aten/src/ATen/native/LinearAlgebra.cpp frobenius_norm
Results frobenius_norm(Call& call) {
  const std::size_t count = call.integers(1).size();
  check(count <= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("Expected at most 2 dimensions, but got {} dimensions instead.", count); });
  return vector_norm(call, 2, call.arg(1), call.arg(2), {});
}

/// Of sparse tensors alone.
Results native_norm(Call& call) {
  check_fallback(call);
  std::string name(call.schema().name.substr(std::string_view("aten::").size()));
  if (name.find('.') == std::string::npos) name += ".default";
  raise(ErrorType::kNotImplementedError,
        fmt::format("could not find kernel for aten.{} at dispatch key DispatchKey.CPU", name));
}

/// torch/_decomp/decompositions.py dist: the norm of a difference.
Results dist(Call& call) {
  return call.op("aten::norm.Scalar", {&call.op1("aten::sub.Tensor", {call.arg(0), call.arg(1)}), call.arg(2)});
}

// ---- Quantiles.

/// ATen/native/Sorting.cpp quantile_compute: quantiles lie innermost in memory and are moved to the front.
Results quantile_over(Call& call, const SymInts& q_shape) {
  FakeTensor& self = call.tensor(0);
  const auto dim = call.optional_integer(2);
  const bool keepdim = call.boolean(3);
  const Dims dims = dim ? one_dim(self, *dim) : all_dims(self);
  SymInt length = 1;
  for (const std::int64_t d : dims) length *= self.sizes.empty() ? SymInt(1) : self.sizes[static_cast<std::size_t>(d)];
  check(call, sym_le(length, std::int64_t{1} << 24), ErrorType::kRuntimeError,
        [] { return "quantile() input tensor is too large"; });
  SymInts sizes = reduced_shape(self.sizes, dims, keepdim);
  sizes.insert(sizes.end(), q_shape.begin(), q_shape.end());
  FakeTensor& result = call.contiguous(self.dtype, std::move(sizes), self.device);
  if (!q_shape.empty()) {  // computed with q innermost, then moved to the front
    for (SharedInts* list : {&result.sizes, &result.strides}) {
      SymInts& values = list->edit();
      std::rotate(values.begin(), values.end() - 1, values.end());
    }
    check_in_storage(call, result, result.sizes, result.strides, 0);
  }
  return {&result};
}

/// ATen/native/Sorting.cpp quantile_checks.
void check_quantile(Call& call, const FakeTensor& self, std::int64_t q_dim, ScalarType q_dtype) {
  check(call, sym_gt(self.numel(), 0), ErrorType::kRuntimeError,
        [] { return "quantile() input tensor must be non-empty"; });
  check(q_dim <= 1, ErrorType::kRuntimeError, [] { return "quantile() q must be a scalar or 1D tensor"; });
  check(self.dtype == ScalarType::kFloat || self.dtype == ScalarType::kDouble, ErrorType::kRuntimeError,
        [] { return "quantile() input tensor must be either float or double dtype"; });
  check(q_dtype == self.dtype, ErrorType::kRuntimeError,
        [] { return "quantile() q tensor must be same dtype as the input tensor"; });
}

Results quantile(Call& call) {
  const FakeTensor& q = call.tensor(1);
  check_quantile(call, call.tensor(0), q.dim(), q.dtype);
  return quantile_over(call, q.sizes);
}

Results quantile_scalar(Call& call) {
  const double q = call.number(1);
  check(q >= 0 && q <= 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("quantile() q must be in the range [0, 1] but got {}", q); });
  check_quantile(call, call.tensor(0), 0, call.tensor(0).dtype);
  return quantile_over(call, {});
}

/// ATen/ExpandUtils.h sum_to.
Results sum_to_size(Call& call) {
  FakeTensor& self = call.tensor(0);
  SymInts sizes = call.sym_ints(1);
  check(sizes.size() <= self.sizes.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format("size {{{}}} is not expandable to size {{{}}}.", to_string(sizes), to_string(self.sizes));
  });
  const std::size_t leading = self.sizes.size() - sizes.size();
  bool sums = leading > 0;
  for (std::size_t i = leading; i < self.sizes.size(); ++i) {
    const SymInt& wanted = sizes[i - leading];
    const bool one = call.env().guard_or_false(sym_eq(wanted, 1));
    if (one && call.env().guard(sym_ne(self.sizes[i], 1))) {
      sums = true;
      continue;
    }
    check(call, sym_eq(wanted, self.sizes[i]), ErrorType::kRuntimeError, [&] {
      return fmt::format("size {{{}}} is not expandable to size {{{}}}.", to_string(sizes), to_string(self.sizes));
    });
  }
  if (!sums) return {&self};
  return {&call.contiguous(sum_dtype(self.dtype), std::move(sizes), self.device)};
}

Results nanmean(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("nanmean(): expected input to have floating point or complex dtype but got {}",
                       aten_name(dtype));
  });
  FakeTensor& self = call.tensor(0);
  const Dims dims = reduction_dims(self.dim(), call.optional_integers(1));
  return {&reduced(call, self, dims, call.boolean(2), mean_dtype(self, call.dtype(3)))};
}

/// hash_tensor(self, dim, *, keepdim, mode)
Results hash_tensor(Call& call) {
  FakeTensor& self = call.tensor(0);
  for (const SymInt& size : self.sizes) call.env().guard_int(size);  // its meta kernel knows plain sizes alone
  distinct_dims(call.integers(1), self.dim());
  return {&reduced(call, self, reduction_dims(self.dim(), call.integers(1)), call.boolean(2), ScalarType::kUInt64)};
}

constexpr OpRow kRows[] = {
    {"_aminmax", aminmax_all},
    {"_aminmax.dim", aminmax_dim},
    {"all", truth_all},
    {"all.dim", truth_dim},
    {"all.dims", truth_dims},
    {"amax", extreme_dims},
    {"amin", extreme_dims},
    {"aminmax", aminmax},
    {"any", truth_all},
    {"any.dim", truth_dim},
    {"any.dims", truth_dims},
    {"argmax", index_of_extreme},
    {"argmin", index_of_extreme},
    {"count_nonzero", count_nonzero},
    {"count_nonzero.dim_IntList", count_nonzero_dims},
    {"dist", dist},
    {"frobenius_norm.dim", frobenius_norm},
    {"hash_tensor", hash_tensor},
    {"kthvalue", kthvalue},
    {"logsumexp", logsumexp},
    {"max", one_of_all},
    {"max.dim", indexed_extreme},
    {"mean", mean_all},
    {"mean.dim", mean_dims},
    {"median", one_of_all},
    {"median.dim", indexed_extreme},
    {"min", one_of_all},
    {"min.dim", indexed_extreme},
    {"mode", indexed_extreme},
    {"nanmean", nanmean},
    {"nanmedian", one_of_all},
    {"nanmedian.dim", indexed_extreme},
    {"nanquantile", quantile},
    {"nanquantile.scalar", quantile_scalar},
    {"nansum", nansum},
    {"native_norm", native_norm},
    {"native_norm.ScalarOpt_dim_dtype", native_norm},
    {"norm.Scalar", norm_all},
    {"norm.ScalarOpt_dim", norm_dims},
    {"norm.ScalarOpt_dim_dtype", norm_dims_dtype},
    {"norm.ScalarOpt_dtype", norm_all_dtype},
    {"prod", sum_all},
    {"prod.dim_int", sum_dims},
    {"quantile", quantile},
    {"quantile.scalar", quantile_scalar},
    {"special_logsumexp", logsumexp},
    {"std", variance<over_all>},
    {"std.correction", variance<over_dims>},
    {"std.dim", variance<over_dims>},
    {"std_mean", variance_and_mean<over_all>},
    {"std_mean.correction", variance_and_mean<over_dims>},
    {"std_mean.dim", variance_and_mean<over_dims>},
    {"sum", sum_all},
    {"sum.dim_IntList", sum_dims},
    {"sum_to_size", sum_to_size},
    {"trace", trace},
    {"var", variance<over_all>},
    {"var.correction", variance<over_dims>},
    {"var.dim", variance<over_dims>},
    {"var_mean", variance_and_mean<over_all>},
    {"var_mean.correction", variance_and_mean<over_dims>},
    {"var_mean.dim", variance_and_mean<over_dims>},
};

}  // namespace

std::span<const OpRow> reduction_ops() { return kRows; }

}  // namespace retrace::ops
