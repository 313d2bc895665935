// SPDX-License-Identifier: Apache-2.0
// Scans along a dimension, differences and integrals.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

std::size_t wrapped(std::int64_t dim, const FakeTensor& self) {
  return static_cast<std::size_t>(wrap_dim(dim, self.dim()));
}

FakeTensor& row_major(Call& call, const FakeTensor& self, ScalarType dtype) {
  return call.contiguous(dtype, self.sizes, self.device);
}

/// torch._refs._cumsumprod_common: cumsum, cumprod(self, dim, *, dtype).
Results cumulative(Call& call) {
  const FakeTensor& self = call.tensor(0);
  wrapped(call.integer(1), self);
  const ScalarType fallback = is_integral(self.dtype, true) ? ScalarType::kLong : self.dtype;
  return {&row_major(call, self, call.dtype(2).value_or(fallback))};
}

Results cumulative_inplace(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  wrapped(call.integer(1), call.tensor(0));
  check(call.dtype(2).value_or(dtype) == dtype, ErrorType::kRuntimeError,
        [] { return "dtype argument and out dtype must match in reduction"; });
  return inplace_copied(call);
}

/// _meta_registrations.cummaxmin.
Results cumulative_extreme(Call& call) {
  const FakeTensor& self = call.tensor(0);
  if (call.env().guard(sym_ne(self.numel(), 0)) && self.dim() != 0) wrapped(call.integer(1), self);
  return {&row_major(call, self, self.dtype), &row_major(call, self, ScalarType::kLong)};
}

/// The kernels behind cummax and cummin run on zeros: into values and indices, along a dimension.
Results cumulative_extreme_into(Call& call) {
  check_fallback(call);
  const FakeTensor& self = call.tensor(0);
  if (is_complex(self.dtype))
    raise_not_implemented(call.schema().name == "aten::_cummax_helper" ? "cummax_cpu" : "cummin_cpu", self.dtype);
  check_scalar_type(call.tensor(1), self.dtype);
  check_scalar_type(call.tensor(2), ScalarType::kLong);
  check(self.dim() > 0, ErrorType::kIndexError,
        [&] { return fmt::format("Dimension specified as {} but tensor has no dimensions", call.integer(3)); });
  wrapped(call.integer(3), self);
  return {};
}

/// _meta_registrations.logcumsumexp.
Results logcumsumexp(Call& call) {
  const FakeTensor& self = call.tensor(0);
  wrapped(call.integer(1), self);
  return {&row_major(call, self, self.dtype)};
}

/// The kernel behind it.
Results logcumsumexp_kernel(Call& call) {
  check_fallback(call);
  const ScalarType dtype = call.tensor(0).dtype;
  if (!is_floating(dtype) && !is_complex(dtype)) raise_not_implemented("logcumsumexp_out_cpu", dtype);
  return logcumsumexp(call);
}

// ---- Differences and integrals (ATen/native/ReduceOps.cpp diff, gradient; Integration.cpp).

FakeTensor& minus(Call& call, FakeTensor& a, FakeTensor& b) { return call.op1("aten::sub.Tensor", {&a, &b}); }
FakeTensor& plus(Call& call, FakeTensor& a, FakeTensor& b) { return call.op1("aten::add.Tensor", {&a, &b}); }

void check_joined(Call& call, const FakeTensor& self, const FakeTensor& joined, std::int64_t dim) {
  check(joined.dim() == self.dim(), ErrorType::kRuntimeError,
        [] { return "diff expects prepend or append to be the same dimension as input"; });
  for (std::int64_t i = 0; i < self.dim(); ++i) {
    if (i == dim) continue;
    check(call, sym_eq(size_at(joined, i), size_at(self, i)), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "diff expects the shape of tensor to prepend or append to match that of input except along the differencing "
          "dimension; input.size({0}) = {1}, but got tensor.size({0}) = {2}",
          i, to_string(size_at(self, i)), to_string(size_at(joined, i)));
    });
  }
}

FakeTensor& differences(Call& call, FakeTensor& self, std::int64_t n, std::int64_t dim) {
  if (n == 0) return like(call, self);
  const SymInt& size = size_at(self, dim);
  if (truth(call, sym_gt(n, size))) n = call.env().guard_int(size);
  FakeTensor* result = &self;
  SymInt length = size - SymInt(1);
  for (std::int64_t i = 0; i < n; ++i, length = length - SymInt(1)) {
    FakeTensor& right = narrow(call, *result, dim, 1, length);
    FakeTensor& left = narrow(call, *result, dim, 0, length);
    result = is_bool(self.dtype) ? &call.op1("aten::logical_xor", {&right, &left}) : &minus(call, right, left);
  }
  return *result;
}

Results diff(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(self.dim() >= 1, ErrorType::kRuntimeError, [] { return "diff expects input to be at least one-dimensional"; });
  const std::int64_t n = call.integer(1);
  check(n >= 0, ErrorType::kRuntimeError, [&] { return fmt::format("order must be non-negative but got {}", n); });
  const std::int64_t dim = wrap_dim(call.integer(2), self.dim());
  std::vector<FakeTensor*> parts;
  for (FakeTensor* part : {call.optional_tensor(3), &self, call.optional_tensor(4)}) {
    if (part == nullptr) continue;
    if (part != &self) check_joined(call, self, *part, dim);
    parts.push_back(part);
  }
  const bool joins = n != 0 && parts.size() > 1;
  return {&differences(call, joins ? cat(call, parts, dim) : self, n, dim)};
}

/// The steps between sample points: `x` seen with y's dimensions.
FakeTensor& sample_steps(Call& call, const FakeTensor& y, FakeTensor& x, std::int64_t dim, std::string_view name) {
  SymInts sizes(y.sizes.size(), SymInt(1));
  FakeTensor* viewed = &x;
  if (x.dim() == 1) {
    check(truth(call, sym_eq(x.sizes[0], size_at(y, dim))), ErrorType::kRuntimeError,
          [&] { return fmt::format("{}: There must be one `x` value for each sample point", name); });
    sizes[static_cast<std::size_t>(dim)] = x.sizes[0];
    viewed = &view_shape(call, x, sizes);
  } else if (x.dim() < y.dim()) {
    std::copy(x.sizes.begin(), x.sizes.end(), sizes.end() - x.dim());
    viewed = &view_shape(call, x, sizes);
  }
  FakeTensor& left = slice(call, *viewed, dim, SymInt(0), SymInt(-1));
  return minus(call, slice(call, *viewed, dim, SymInt(1), {}), left);
}

void check_no_bool(Call& call, std::string_view name) {
  const bool over_x = call.arg(1).holds<FakeTensor*>();
  check(!is_bool(call.tensor(0).dtype) && !(over_x && is_bool(call.tensor(1).dtype)), ErrorType::kRuntimeError, [&] {
    return fmt::format("{}: received a bool input for {}`y`, but bool is not supported", name, over_x ? "`x` or " : "");
  });
  check(over_x || (!call.scalar(1).is_complex() && !call.scalar(1).is_bool()), ErrorType::kRuntimeError,
        [&] { return fmt::format("{}: Currently, we only support dx as a real number.", name); });
}

FakeTensor& neighbours(Call& call, FakeTensor& y, std::int64_t dim) {
  FakeTensor& left = slice(call, y, dim, SymInt(0), SymInt(-1));
  return plus(call, left, slice(call, y, dim, SymInt(1), {}));
}

Results cumulative_trapezoid(Call& call) {
  FakeTensor& y = call.tensor(0);
  const std::int64_t dim = wrap_dim(call.integer(2), y.dim());
  check_no_bool(call, "cumulative_trapezoid");
  if (!call.arg(1).holds<FakeTensor*>()) {
    return call.op("aten::cumsum", {&call.op1("aten::mul.Scalar", {&neighbours(call, y, dim), SymFloat(0.5)}), dim});
  }
  FakeTensor& steps = sample_steps(call, y, call.tensor(1), dim, "cumulative_trapezoid");
  FakeTensor& areas = call.op1("aten::mul.Tensor", {&neighbours(call, y, dim), &steps});
  return call.op("aten::div.Scalar", {&call.op1("aten::cumsum", {&areas, dim}), SymFloat(2.0)});
}

Results trapezoid(Call& call) {
  FakeTensor& y = call.tensor(0);
  if (!call.arg(1).holds<FakeTensor*>()) size_at(y, call.integer(2));
  const std::int64_t dim = wrap_dim(call.integer(2), y.dim());
  if (truth(call, sym_eq(size_at(y, dim), 0))) {
    SymInts sizes = y.sizes;
    sizes.erase(sizes.begin() + dim);
    return {&call.contiguous(y.dtype, std::move(sizes), y.device)};
  }
  check_no_bool(call, "trapezoid");
  if (!call.arg(1).holds<FakeTensor*>()) {
    FakeTensor& total = call.op1("aten::sum.dim_IntList", {&y, SymInts{dim}});
    FakeTensor& first = select(call, y, dim, 0);
    FakeTensor& ends = plus(call, first, select(call, y, dim, -1));
    FakeTensor& inner = minus(call, total, call.op1("aten::mul.Scalar", {&ends, SymFloat(0.5)}));
    return call.op("aten::mul.Scalar", {&inner, SymFloat(1.0)});
  }
  FakeTensor& steps = sample_steps(call, y, call.tensor(1), dim, "trapezoid");
  FakeTensor& areas = call.op1("aten::mul.Tensor", {&neighbours(call, y, dim), &steps});
  return call.op("aten::div.Scalar", {&call.op1("aten::sum.dim_IntList", {&areas, SymInts{dim}}), SymFloat(2.0)});
}

/// gradient's arguments: spacing stands for one number or one a dimension.
struct Gradient {
  std::vector<std::int64_t> dims;
  std::int64_t edge_order = 1;
  std::optional<std::size_t> spacings;
  std::vector<FakeTensor*> coordinates;
  bool dims_given = false;
};

std::optional<std::size_t> spacing_count(Call& call, std::size_t i) {
  const Value& value = call.arg(i);
  if (value.holds<ValueList>()) return value.get<ValueList>().size();
  return std::nullopt;
}

Gradient gradient_arguments(Call& call) {
  const FakeTensor& self = call.tensor(0);
  Gradient g;
  for (std::size_t i = 1; i < call.size(); ++i) {
    const std::string_view name = call.schema().args[i].name;
    if (name == "dim" && !call.is_none(i)) {
      g.dims = call.integers(i);
      g.dims_given = true;
    } else if (name == "edge_order") {
      g.edge_order = call.integer(i);
    } else if (name == "spacing") {
      g.spacings = spacing_count(call, i);
      if (call.schema().args[i].type == "Tensor[]") g.coordinates = call.tensors(i);
    }
  }
  for (std::int64_t d = 0; !g.dims_given && d < self.dim(); ++d) g.dims.push_back(d);
  return g;
}

void check_gradient(Call& call, const Gradient& g) {
  // pre_check_gradient
  const FakeTensor& self = call.tensor(0);
  check(self.dtype != ScalarType::kByte, ErrorType::kRuntimeError,
        [] { return "torch.gradient does not support uint8 input."; });
  check(!g.spacings || *g.spacings == g.dims.size(), ErrorType::kRuntimeError, [&] {
    if (!g.dims_given) {
      return fmt::format(
          "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
          "{}', "
          "since dim argument was not given, but got a list of length {}",
          self.dim(), *g.spacings);
    }
    return fmt::format(
        "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
        "same length, but got a spacing argument of length {} and a dim argument of length {}.",
        *g.spacings, g.dims.size());
  });
  check(g.edge_order == 1 || g.edge_order == 2, ErrorType::kRuntimeError,
        [] { return "torch.gradient only supports edge_order=1 and edge_order=2."; });
  distinct_dims(g.dims, self.dim());
  for (const std::int64_t dim : g.dims) {
    check(self.dim() > 0, ErrorType::kIndexError,
          [&] { return fmt::format("Dimension specified as {} but tensor has no dimensions", dim); });
    const std::vector<std::int64_t> sizes = specialized_sizes(call, self);
    check(sizes.at(static_cast<std::size_t>(wrap_dim(dim, self.dim()))) > g.edge_order, ErrorType::kRuntimeError,
          [] { return "torch.gradient expected each dimension size to be at least edge_order+1"; });
  }
}

/// A difference over a spacing: what the middle and, for edge_order 1, both ends are. Over coordinates and for
/// edge_order 2, all are weighted sums instead.
FakeTensor& quotient(Call& call, std::int64_t dim, const Value& spacing, bool weighted) {
  FakeTensor& self = call.tensor(0);
  if (weighted) return elementwise(call, {&self, spacing}, Promotion::kIntToFloat);
  FakeTensor& step =
      minus(call, slice(call, self, dim, SymInt(1), SymInt(2)), slice(call, self, dim, SymInt(0), SymInt(1)));
  return elementwise(call, {&step, spacing}, Promotion::kIntToFloat);
}

Results gradient(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const Gradient g = gradient_arguments(call);
  check_gradient(call, g);
  std::vector<FakeTensor*> parts;
  for (std::size_t i = 0; i < g.dims.size(); ++i) {
    Value spacing = SymFloat(1.0);
    if (!g.coordinates.empty()) {
      check(g.coordinates[i]->dim() == 1, ErrorType::kRuntimeError, [&] {
        return fmt::format(
            "torch.gradient expected each element of spacing to have one dimension, but got an element with {} "
            "dimensions!",
            g.coordinates[i]->dim());
      });
      FakeTensor& steps = differences(call, *g.coordinates[i], 1, 0);
      const SymInts inner = {size_at(self, g.dims[i]) - SymInt(2)};
      broadcast_shapes(call, SymInts{steps.sizes[0] - SymInt(1)}, inner);
      spacing = &select(call, steps, 0, 0);
    }
    FakeTensor& part =
        quotient(call, wrap_dim(g.dims[i], self.dim()), spacing, !g.coordinates.empty() && g.edge_order == 2);
    SymInts strides = strides_for(self.sizes, suggest_memory_format(call.env(), geometry(self)));
    parts.push_back(&call.strided(part.dtype, self.sizes, std::move(strides), self.device));
  }
  return list_of(parts);
}

constexpr OpRow kRows[] = {
    {"_cummax_helper", cumulative_extreme_into},
    {"_cummin_helper", cumulative_extreme_into},
    {"_logcumsumexp", logcumsumexp_kernel},
    {"cummax", cumulative_extreme},
    {"cummin", cumulative_extreme},
    {"cumprod", cumulative},
    {"cumprod_", cumulative_inplace},
    {"cumsum", cumulative},
    {"cumsum_", cumulative_inplace},
    {"cumulative_trapezoid.dx", cumulative_trapezoid},
    {"cumulative_trapezoid.x", cumulative_trapezoid},
    {"diff", diff},
    {"gradient.array", gradient},
    {"gradient.scalararray", gradient},
    {"gradient.scalarint", gradient},
    {"gradient.scalarrayarray", gradient},
    {"gradient.scalarrayint", gradient},
    {"gradient.tensorarray", gradient},
    {"gradient.tensorarrayint", gradient},
    {"logcumsumexp", logcumsumexp},
    {"trapezoid.dx", trapezoid},
    {"trapezoid.x", trapezoid},
    {"trapz.dx", trapezoid},
    {"trapz.x", trapezoid},
};

}  // namespace

std::span<const OpRow> scan_ops() { return kRows; }

}  // namespace retrace::ops
