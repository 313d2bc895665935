// SPDX-License-Identifier: Apache-2.0
// Interpolation: upsample_* with sizes or scale factors, grid_sampler, affine_grid_generator
// (torch/_decomp/decompositions.py, torch/_meta_registrations.py).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

constexpr auto kLong = ScalarType::kLong;

/// A float[]? argument.
std::optional<std::vector<double>> numbers(const Call& call, std::size_t i) {
  if (call.is_none(i)) return std::nullopt;
  std::vector<double> result;
  for (const Value& v : call.arg(i).get<ValueList>()) {
    if (v.holds<SymFloat>() && v.get<SymFloat>().is_float()) {
      result.push_back(v.get<SymFloat>().as_float());
    } else if (v.holds<SymInt>() && v.get<SymInt>().is_int()) {
      result.push_back(static_cast<double>(v.get<SymInt>().as_int()));
    } else {
      call.wrong_type(i);
    }
  }
  return result;
}

SymInt scaled(const SymInt& size, double scale) {
  if (size.is_int()) return static_cast<std::int64_t>(std::trunc(static_cast<double>(size.as_int()) * scale));
  return trunc_to_int(sym_float(size) * SymFloat(scale));
}

/// upsample_compute_output_size; `exactly`: bicubic, which never multiplies integers.
SymInts output_size(const Call& call, const FakeTensor& input, std::size_t size_arg, std::size_t scale_arg,
                    bool exactly) {
  const auto size = call.optional_sym_ints(size_arg);
  const auto scales = numbers(call, scale_arg);
  check(size.has_value() != scales.has_value(), ErrorType::kRuntimeError,
        [] { return "Must specify exactly one of output_size and scale_factors"; });
  const std::size_t spatial = input.sizes.size() - 2;
  check((size ? size->size() : scales->size()) == spatial, ErrorType::kRuntimeError, [] { return ""; });
  if (size) return *size;
  SymInts result;
  for (std::size_t d = 0; d < spatial; ++d) {
    const double scale = (*scales)[d];
    const bool whole = !exactly && std::trunc(scale) == scale;
    result.push_back(whole ? input.sizes[d + 2] * SymInt(static_cast<std::int64_t>(scale))
                           : scaled(input.sizes[d + 2], scale));
  }
  return result;
}

/// One index tensor a spatial dimension, shaped to broadcast into a grid.
std::vector<FakeTensor*> grid_indices(Call& call, const FakeTensor& input, const SymInts& size) {
  std::vector<FakeTensor*> indices = {nullptr, nullptr};
  for (std::size_t d = 0; d < size.size(); ++d) {
    check(call, sym_ge(size[d], 0), ErrorType::kRuntimeError,
          [] { return "upper bound and lower bound inconsistent with step sign"; });
    SymInts shape(size.size() - d, SymInt(1));
    shape[0] = size[d];
    indices.push_back(&new_empty(call, input, std::move(shape), kLong));
  }
  return indices;
}

MemoryFormat format_of(Call& call, const FakeTensor& input) {
  return suggest_memory_format(call.env(), geometry(input));
}

/// A scale that is not given is isize / osize; one that is given, isize / (isize * scale).
void check_divisors(const FakeTensor& input, const SymInts& size, bool scaled) {
  const std::size_t first = input.sizes.size() - size.size();  // check_indices: there are so many
  for (std::size_t d = 0; d < size.size(); ++d) {
    const SymInt& divisor = scaled ? input.sizes[first + d] : size[d];
    check(!divisor.is(0), ErrorType::kZeroDivisionError,
          [&] { return scaled ? "float division by zero" : "division by zero"; });
  }
}

/// Sizes that Python's tuple and lists hold: the input's last ones, and a scale for each spatial dimension.
void check_indices(const FakeTensor& input, const SymInts& size, std::size_t spatial) {
  for (std::size_t d = 0; d < size.size(); ++d) {
    shape_at(input, static_cast<std::int64_t>(d) - static_cast<std::int64_t>(size.size()));
    check(d < spatial, ErrorType::kIndexError, [] { return "list index out of range"; });
  }
}

FakeTensor& nearest(Call& call, FakeTensor& input, const SymInts& size) {
  // _upsample_nearest; the scales, one or many, are argument 2 in all forms
  check_divisors(input, size, !call.is_none(2));
  FakeTensor& result = index(call, input, grid_indices(call, input, size));
  return result.dim() == 3 ? result : contiguous(call, result, format_of(call, input));
}

FakeTensor& linear(Call& call, FakeTensor& input, const SymInts& size, bool align_corners, bool scaled) {
  // _upsample_linear, _compute_scale
  for (const SymInt& length : size) {
    if (align_corners) {
      truth(call, sym_gt(length, 1));
    } else {
      check(scaled || !length.is(0), ErrorType::kZeroDivisionError, [] { return "division by zero"; });
    }
  }
  const std::vector<FakeTensor*> indices = grid_indices(call, input, size);
  check(input.sizes.size() <= size.size() + 2, ErrorType::kIndexError, [] { return "tuple index out of range"; });
  FakeTensor& found = index(call, input, indices);
  FakeTensor& mixed = fast_binary(call, &found, &found, Promotion::kDefault);
  FakeTensor& result = contiguous(call, mixed, format_of(call, input));
  return to_dtype(call, result, input.dtype);
}

/// upsample_common_check
SymInts full_size(Call& call, const FakeTensor& input, const SymInts& size) {
  constexpr std::size_t spatial = 2;
  check(size.size() == spatial, ErrorType::kRuntimeError,
        [&] { return fmt::format("It is expected output_size equals to {}, but got size {}", spatial, size.size()); });
  check(input.sizes.size() == spatial + 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("It is expected input_size equals to {}, but got size {}", spatial + 2, input.sizes.size());
  });
  bool positive = true;
  for (std::size_t d = 0; d < spatial; ++d) positive = positive && truth(call, sym_gt(input.sizes[d + 2], 0));
  for (std::size_t d = 0; d < spatial; ++d) positive = positive && truth(call, sym_gt(size[d], 0));
  check(positive, ErrorType::kRuntimeError, [&] {
    return fmt::format("Input and output sizes should be greater than 0, but got input size {} and output size {}",
                       size_text(input.sizes), to_string(size));
  });
  SymInts full = {input.sizes[0], input.sizes[1]};
  full.insert(full.end(), size.begin(), size.end());
  return full;
}

FakeTensor& antialiased(Call& call, const FakeTensor& input, const SymInts& size) {
  // torch._meta_registrations.meta_upsample_bimode2d_aa
  SymInts full = full_size(call, input, size);
  truth(call, sym_ne(input.numel(), 0));
  return empty_in(call, input, std::move(full), format_of(call, input));
}

Results nearest_vec(Call& call) {
  FakeTensor& input = call.tensor(0);
  return one(nearest(call, input, output_size(call, input, 1, 2, false)));
}

Results linear_vec(Call& call) {
  FakeTensor& input = call.tensor(0);
  return one(linear(call, input, output_size(call, input, 1, 3, false), call.boolean(2), !call.is_none(3)));
}

Results bicubic_vec(Call& call) {
  FakeTensor& input = call.tensor(0);
  return one(linear(call, input, output_size(call, input, 1, 3, true), call.boolean(2), !call.is_none(3)));
}

Results antialiased_vec(Call& call) {
  const FakeTensor& input = call.tensor(0);
  const SymInts size = output_size(call, input, 1, 3, false);
  const auto scales = numbers(call, 3);
  check(!scales || scales->size() >= 2, ErrorType::kIndexError, [] { return "list index out of range"; });
  return one(antialiased(call, input, size));
}

template <std::size_t spatial>
Results nearest_rule(Call& call) {
  check_indices(call.tensor(0), call.sym_ints(1), spatial);
  return one(nearest(call, call.tensor(0), call.sym_ints(1)));
}
/// Input's and output's spatial sizes are zipped, up to the shorter one's end.
Results linear_rule(Call& call) {
  FakeTensor& input = call.tensor(0);
  SymInts size = call.sym_ints(1);
  shape_at(input, 1);
  size.resize(std::min(size.size(), input.sizes.size() - 2));
  if (size.empty()) check_unpacked(0, 3);
  return one(linear(call, input, size, call.boolean(2), !call.is_none(3)));
}
Results bicubic_rule(Call& call) {
  const SymInts size = call.sym_ints(1);
  check_unpacked(call.tensor(0).sizes.size(), 4);
  check(size.size() >= 2, ErrorType::kIndexError, [] { return "list index out of range"; });
  return one(linear(call, call.tensor(0), size, call.boolean(2), !call.is_none(3)));
}
Results antialiased_rule(Call& call) { return one(antialiased(call, call.tensor(0), call.sym_ints(1))); }

FakeTensor& grid_sampler_2d(Call& call, FakeTensor& a, FakeTensor& grid) {
  // torch._decomp.decompositions._grid_sampler_2d
  const std::int64_t mode = call.integer(2);
  check(mode >= 0 && mode <= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("Invalid interpolation mode {}", mode); });
  const std::int64_t padding = call.integer(3);
  check(padding >= 0 && padding <= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("Invalid padding mode {}", padding); });
  check_unpacked(a.sizes.size(), 4);
  check_unpacked(grid.sizes.size(), 4);
  const SymInt two = grid.sizes[3];
  if (truth(call, sym_ne(two, 2))) {
    raise(ErrorType::kAssertionError,
          fmt::format("grid last dimension must be 2 (for x,y coords), got {}", to_string(two)));
  }
  const SymInt& batch = a.sizes[0];
  const SymInt& channels = a.sizes[1];
  const SymInt height = grid.sizes[1];
  const SymInt width = grid.sizes[2];
  FakeTensor& spread = view_shape(call, grid, {batch, SymInt(1), height, width, two});
  FakeTensor& wide = expand(call, spread, {batch, channels, height, width, SymInt(2)});
  FakeTensor& weight = select(call, wide, -1, 0);
  FakeTensor& rows = new_empty(call, a, {batch, SymInt(1), SymInt(1), SymInt(1)}, kLong);
  FakeTensor& planes = new_empty(call, a, {SymInt(1), channels, SymInt(1), SymInt(1)}, kLong);
  FakeTensor& places = new_empty(call, a, {batch, channels, height, width}, kLong);
  FakeTensor& found = index(call, a, {&rows, &planes, &places, &places});
  FakeTensor& factor = new_empty(call, weight, places.sizes, weight.dtype);
  return fast_binary(call, &found, &factor, Promotion::kDefault);
}

FakeTensor& grid_sampler_3d(Call& call, FakeTensor& a, FakeTensor& grid, std::int64_t mode) {
  // torch._meta_registrations.grid_sampler_3d
  const auto sizes = [&] { return std::pair(size_text(a.sizes), size_text(grid.sizes)); };
  check(a.device == grid.device, ErrorType::kRuntimeError,
        [] { return "grid_sampler(): expected input and grid to be on same device"; });
  check(call, sym_eq(shape_at(a, 0), shape_at(grid, 0)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "grid_sampler(): expected grid and input to have same batch size, but got input with sizes {} and "
        "grid with sizes {}",
        sizes().first, sizes().second);
  });
  check(call, sym_eq(shape_at(grid, -1), SymInt(a.dim() - 2)), ErrorType::kRuntimeError, [&] {
    return fmt::format("grid_sampler(): expected grid to have size {} in last dimension, but got grid with sizes {}",
                       a.dim() - 2, sizes().second);
  });
  for (std::size_t d = 2; d < a.sizes.size(); ++d) {
    check(call, sym_gt(a.sizes[d], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {} "
          "with dimension {} being empty",
          sizes().first, d);
    });
  }
  check(a.dim() == 5 && grid.dim() == 5, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "grid_sampler(): expected 5D input and grid with same number of dimensions, but got input with "
        "sizes {} and grid with sizes {}",
        sizes().first, sizes().second);
  });
  check(mode != 2, ErrorType::kRuntimeError,
        [] { return "grid_sampler(): bicubic interpolation only supports 4D input"; });
  return new_empty(call, a, {a.sizes[0], a.sizes[1], grid.sizes[1], grid.sizes[2], grid.sizes[3]});
}

Results grid_sampler(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& grid = call.tensor(1);
  return one(a.dim() == 4 ? grid_sampler_2d(call, a, grid) : grid_sampler_3d(call, a, grid, call.integer(2)));
}

Results affine_grid(Call& call) {
  // torch._decomp.decompositions.affine_grid_generator
  FakeTensor& theta = call.tensor(0);
  const SymInts size = call.sym_ints(1);
  check(size.size() == 4 || size.size() == 5, ErrorType::kRuntimeError,
        [] { return "affine_grid_generator needs 4d (spatial) or 5d (volumetric) inputs."; });
  const SymInts spatial(size.begin() + 2, size.end());
  const std::size_t axes = spatial.size();
  FakeTensor& points = new_empty(call, theta, {product(spatial), SymInt(axes + 1), SymInt(1)});
  FakeTensor& matrices = unsqueeze(call, transpose(call, theta, -2, -1), 1);
  FakeTensor& moved = fast_binary(call, &points, &matrices, Promotion::kDefault);
  FakeTensor& grid = call.op1("aten::sum.dim_IntList", {&moved, SymInts{SymInt(-2)}});
  SymInts shape = {size[0]};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  shape.emplace_back(axes);
  FakeTensor& result = view_shape(call, grid, shape);
  result.dtype = theta.dtype;  // its sum makes int64 of integers and is cast back
  return one(result);
}

constexpr OpRow kRows[] = {
    {"_upsample_bicubic2d_aa", antialiased_rule},
    {"_upsample_bicubic2d_aa.vec", antialiased_vec},
    {"_upsample_bilinear2d_aa", antialiased_rule},
    {"_upsample_bilinear2d_aa.vec", antialiased_vec},
    {"_upsample_lanczos2d_aa", antialiased_rule},
    {"_upsample_lanczos2d_aa.vec", antialiased_vec},
    {"_upsample_nearest_exact1d", nearest_rule<1>},
    {"_upsample_nearest_exact1d.vec", nearest_vec},
    {"_upsample_nearest_exact2d", nearest_rule<2>},
    {"_upsample_nearest_exact2d.vec", nearest_vec},
    {"_upsample_nearest_exact3d", nearest_rule<3>},
    {"_upsample_nearest_exact3d.vec", nearest_vec},
    {"affine_grid_generator", affine_grid},
    {"grid_sampler", grid_sampler},
    {"grid_sampler_2d", [](Call& c) { return one(grid_sampler_2d(c, c.tensor(0), c.tensor(1))); }},
    {"grid_sampler_3d", [](Call& c) { return one(grid_sampler_3d(c, c.tensor(0), c.tensor(1), c.integer(2))); }},
    {"upsample_bicubic2d", bicubic_rule},
    {"upsample_bicubic2d.vec", bicubic_vec},
    {"upsample_bilinear2d", linear_rule},
    {"upsample_bilinear2d.vec", linear_vec},
    {"upsample_linear1d", linear_rule},
    {"upsample_linear1d.vec", linear_vec},
    {"upsample_nearest1d", nearest_rule<1>},
    {"upsample_nearest1d.vec", nearest_vec},
    {"upsample_nearest2d", nearest_rule<2>},
    {"upsample_nearest2d.vec", nearest_vec},
    {"upsample_nearest3d", nearest_rule<3>},
    {"upsample_nearest3d.vec", nearest_vec},
    {"upsample_trilinear3d", linear_rule},
    {"upsample_trilinear3d.vec", linear_vec},
};

}  // namespace

std::span<const OpRow> upsample_ops() { return kRows; }

}  // namespace retrace::ops
