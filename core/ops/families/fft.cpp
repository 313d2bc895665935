// SPDX-License-Identifier: Apache-2.0
// Fourier transforms: the kernels' metas (strides as oneMKL leaves them) and ATen's SpectralOps.cpp above them.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/ops/families/stft.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/strides.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

using Dims = std::vector<std::int64_t>;

std::size_t at(std::int64_t dim) { return static_cast<std::size_t>(dim); }
Value dims_value(const Dims& dims) { return SymInts(dims.begin(), dims.end()); }

// ---- Kernels.

/// Dimensions by descending stride; equal ones keep their order.
void sort_by_stride(Call& call, const FakeTensor& t, std::span<std::int64_t> dims) {
  std::stable_sort(dims.begin(), dims.end(), [&](std::int64_t a, std::int64_t b) {
    return truth(call, sym_lt(t.strides[at(b)], t.strides[at(a)]));
  });
}

/// Tensor.resize_: what has the sizes already is left alone, else it asks how much storage is needed.
void resize(Call& call, const SymInts& from, const SymInts& to) {
  if (!same_sizes(call, from, to)) truth(call, sym_eq(product(to), 0));
}

// torch/_meta_registrations.py _exec_fft: batch dimensions first, in stride order, then the transformed ones
FakeTensor& exec_fft(Call& call, FakeTensor& self, ScalarType dtype, const SymInts& sizes, const Dims& dims) {
  Dims order;
  for (std::int64_t d = 0; d < self.dim(); ++d) {
    if (std::ranges::find(dims, d) == dims.end()) order.push_back(d);
  }
  const std::size_t batch_rank = order.size();
  sort_by_stride(call, self, order);
  order.insert(order.end(), dims.begin(), dims.end());
  SymInts batched{-1};
  for (const std::int64_t d : dims) batched.push_back(self.sizes[at(d)]);
  batched[0] = reshape(call, permute(call, self, order), batched).sizes[0];
  for (std::size_t i = 0; i < dims.size(); ++i) batched[i + 1] = sizes[at(dims[i])];
  resize(call, sizes, batched);
  const SymInts inner = contiguous_strides(batched);
  SymInts strides(sizes.size());
  SymInt count = 1;
  for (std::size_t i = batch_rank; i-- > 0;) {
    strides[at(order[i])] = count * inner[0];
    count *= sizes[at(order[i])];
  }
  for (std::size_t i = batch_rank; i < order.size(); ++i) strides[at(order[i])] = inner[1 + i - batch_rank];
  return call.strided(dtype, sizes, strides, self.device);
}

void check_dtype(bool condition) {
  check(condition, ErrorType::kRuntimeError, [] {
    return "Expected cond to be True, but got False. (Could this error message be improved? If so, please report an "
           "enhancement request to PyTorch.)";
  });
}

// torch/_meta_registrations.py meta_fft_c2c
FakeTensor& c2c(Call& call, FakeTensor& self, Dims dims) {
  check_dtype(is_complex(self.dtype));
  if (dims.empty()) return clone(call, self);
  sort_by_stride(call, self, dims);
  return exec_fft(call, self, self.dtype, self.sizes, dims);
}
// meta_fft_r2c
FakeTensor& r2c(Call& call, FakeTensor& self, Dims dims, bool onesided) {
  check_dtype(is_floating(self.dtype));
  SymInts sizes = self.sizes;
  SymInt& last = sizes[at(dims.back())];
  if (onesided) last = floordiv(last, 2) + SymInt(1);
  sort_by_stride(call, self, std::span(dims).first(dims.size() - 1));
  return exec_fft(call, self, to_complex(self.dtype), sizes, dims);
}
// meta_fft_c2r
FakeTensor& c2r(Call& call, FakeTensor& self, const Dims& dims, const SymInt& last_size) {
  check_dtype(is_complex(self.dtype));
  FakeTensor& input = dims.size() > 1 ? c2c(call, self, Dims(dims.begin(), dims.end() - 1)) : self;
  SymInts sizes = input.sizes;
  sizes[at(dims.back())] = last_size;
  return exec_fft(call, input, to_real(self.dtype), sizes, {dims.back()});
}

/// The kernels' metas index Python's sequences with their dimensions.
Dims indexed_dims(Call& call, std::string_view sequence, bool reads_last = true) {
  Dims dims = call.integers(1);
  check(!dims.empty() || !reads_last, ErrorType::kIndexError, [] { return "list index out of range"; });
  const std::int64_t rank = call.tensor(0).dim();
  for (std::int64_t& d : dims) {
    check(d >= -rank && d < rank, ErrorType::kIndexError,
          [&] { return fmt::format("{} index out of range", sequence); });
    if (d < 0) d += rank;
  }
  return dims;
}

Results c2c_kernel(Call& call) {
  check_dtype(is_complex(call.tensor(0).dtype));
  return one(c2c(call, call.tensor(0), indexed_dims(call, "tuple", false)));
}
Results r2c_kernel(Call& call) {
  check_dtype(is_floating(call.tensor(0).dtype));
  return one(r2c(call, call.tensor(0), indexed_dims(call, "list"), call.boolean(3)));
}
Results c2r_kernel(Call& call) {
  check_dtype(is_complex(call.tensor(0).dtype));
  return one(c2r(call, call.tensor(0), indexed_dims(call, "tuple"), call.sym_int(3)));
}

// ---- ATen's functions (aten/src/ATen/native/SpectralOps.cpp).

[[noreturn]] void bad_length(const SymInt& n) {
  raise(ErrorType::kRuntimeError, fmt::format("Invalid number of data points ({}) specified", to_string(n)));
}
void check_length(Call& call, const SymInt& n) {
  if (!truth(call, sym_ge(n, 1))) bad_length(n);
}
void check_real(const FakeTensor& t, std::string_view name, std::string_view what = "real") {
  check(!is_complex(t.dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} expects a {} input tensor, but got {}", name, what, aten_name(t.dtype)); });
}

// promote_tensor_fft: integers become floats, and floats complex where that is needed
FakeTensor& promote(Call& call, FakeTensor& t, bool require_complex) {
  ScalarType dtype = is_integral(t.dtype, true) ? ScalarType::kFloat : t.dtype;
  const ScalarType real = to_real(dtype);
  check(real == ScalarType::kFloat || real == ScalarType::kDouble, ErrorType::kRuntimeError,
        [&] { return fmt::format("Unsupported dtype {}", aten_name(dtype)); });
  if (require_complex) dtype = to_complex(dtype);
  return to_dtype(call, t, dtype);
}

// norm_from_string: in all forms argument 3, and looked at when the input is ready
void check_norm(const Call& call) {
  const auto norm = call.optional_string(3);
  check(!norm || *norm == "forward" || *norm == "backward" || *norm == "ortho", ErrorType::kRuntimeError,
        [&] { return fmt::format("Invalid normalization mode: \"{}\"", *norm); });
}

// resize_fft_input: cut or padded with zeros at the end
FakeTensor& resized(Call& call, FakeTensor& input, const Dims& dims, const SymInts& sizes) {
  FakeTensor* x = &input;
  SymInts padding(input.sizes.size() * 2, 0);
  bool must_copy = false;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (sizes[i].is(-1)) continue;
    const SymInt& size = input.sizes[at(dims[i])];
    if (truth(call, sym_lt(size, sizes[i]))) {
      must_copy = true;
      padding[padding.size() - 2 * at(dims[i]) - 1] = sizes[i] - size;
    }
    if (truth(call, sym_gt(size, sizes[i]))) x = &slice(call, *x, dims[i], SymInt(0), sizes[i]);
  }
  return must_copy ? call.op1("aten::constant_pad_nd", {x, padding}) : *x;
}

/// Tensor.conj, resolved: a copy that keeps the layout.
FakeTensor& conjugated(Call& call, FakeTensor& t) { return clone(call, t); }

/// One transformed dimension: which, and its length.
struct Line {
  std::int64_t dim;
  SymInt size;
};
Line line_of(Call& call, const FakeTensor& input, const SymInt& default_size) {
  const Line line{wrap_dim(call.integer(2), input.dim(), false), call.optional_sym_int(1).value_or(default_size)};
  check_length(call, line.size);
  return line;
}
const SymInt& size_along(Call& call, const FakeTensor& t) {
  return t.sizes[at(wrap_dim(call.integer(2), t.dim(), false))];
}
FakeTensor& fitted(Call& call, FakeTensor& input, const Line& line, const SymInt& size) {
  FakeTensor& result = call.is_none(1) ? input : resized(call, input, {line.dim}, {size});
  check_norm(call);
  return result;
}
/// The same over several dimensions.
FakeTensor& fitted(Call& call, FakeTensor& input, const Dims& dims, const SymInts& sizes) {
  FakeTensor& result = resized(call, input, dims, sizes);
  check_norm(call);
  return result;
}

Results complex_1d(Call& call) {
  FakeTensor& input = call.tensor(0);
  const Line line = line_of(call, input, size_along(call, input));
  return one(c2c(call, fitted(call, input, line, line.size), {line.dim}));
}
/// The way back conjugates, which is a view of the same strides.
Results real_1d(Call& call, std::string_view name, bool onesided) {
  check_real(call.tensor(0), name);
  FakeTensor& input = promote(call, call.tensor(0), false);
  const Line line = line_of(call, input, size_along(call, input));
  FakeTensor& out = r2c(call, fitted(call, input, line, line.size), {line.dim}, onesided);
  return one(out);
}
Results half_complex_1d(Call& call, bool forward) {
  FakeTensor& input = promote(call, call.tensor(0), true);
  const Line line = line_of(call, input, (size_along(call, input) - SymInt(1)) * SymInt(2));
  FakeTensor& fit = fitted(call, input, line, floordiv(line.size, 2) + SymInt(1));
  return one(c2r(call, forward ? conjugated(call, fit) : fit, {line.dim}, line.size));
}

Results fft(Call& call) { return is_complex(call.tensor(0).dtype) ? complex_1d(call) : real_1d(call, "fft", false); }
Results ifft(Call& call) { return is_complex(call.tensor(0).dtype) ? complex_1d(call) : real_1d(call, "ifft", false); }
Results rfft(Call& call) { return real_1d(call, "rfft", true); }
Results ihfft(Call& call) { return real_1d(call, "ihfft", true); }
Results irfft(Call& call) { return half_complex_1d(call, false); }
Results hfft(Call& call) { return half_complex_1d(call, true); }

/// The transformed dimensions of an n-dimensional transform, and their lengths.
struct Region {
  Dims dims;
  SymInts sizes;
};

Dims unique_dims(const Dims& dims, std::int64_t rank) {
  Dims wrapped = wrap_dims(dims, rank, false);
  Dims sorted = wrapped;
  std::ranges::sort(sorted);
  check(std::ranges::adjacent_find(sorted) == sorted.end(), ErrorType::kRuntimeError,
        [] { return "FFT dims must be unique"; });
  return wrapped;
}

// canonicalize_fft_shape_and_dim_args
Region region_of(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const auto sizes = call.optional_sym_ints(1);
  const auto dims = call.optional_integers(2);
  Region r;
  if (dims) r.dims = unique_dims(*dims, self.dim());
  if (sizes) {
    check(!dims || dims->size() == sizes->size(), ErrorType::kRuntimeError,
          [] { return "When given, dim and shape arguments must have the same length"; });
    const auto count = static_cast<std::int64_t>(sizes->size());
    check(count <= self.dim(), ErrorType::kRuntimeError, [&] {
      return fmt::format("Got shape with {} values but input tensor only has {} dimensions.", count, self.dim());
    });
    if (!dims) {
      r.dims.resize(sizes->size());
      std::iota(r.dims.begin(), r.dims.end(), self.dim() - count);
    }
    for (std::size_t i = 0; i < r.dims.size(); ++i) {
      r.sizes.push_back((*sizes)[i].is(-1) ? self.sizes[at(r.dims[i])] : (*sizes)[i]);
    }
  } else {
    if (!dims) {
      r.dims.resize(self.sizes.size());
      std::iota(r.dims.begin(), r.dims.end(), 0);
    }
    for (const std::int64_t d : r.dims) r.sizes.push_back(self.sizes[at(d)]);
  }
  for (const SymInt& n : r.sizes) {
    if (!truth(call, sym_gt(n, 0))) bad_length(n);
  }
  return r;
}

void check_any_axis(const Region& r, std::string_view name) {
  check(!r.dims.empty(), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} must transform at least one axis", name); });
}

Results complex_nd(Call& call) {
  const Region r = region_of(call);
  FakeTensor& input = promote(call, call.tensor(0), true);
  return one(c2c(call, fitted(call, input, r.dims, r.sizes), r.dims));
}
Results rfftn(Call& call, std::string_view name) {
  check_real(call.tensor(0), name, "real-valued");
  const Region r = region_of(call);
  check_any_axis(r, name);
  FakeTensor& input = promote(call, call.tensor(0), false);
  return one(r2c(call, fitted(call, input, r.dims, r.sizes), r.dims, true));
}
Results rfftn_rule(Call& call) { return rfftn(call, "rfftn"); }

// canonicalize_fft_c2r_shape_and_dim_args
Results half_complex_nd(Call& call, std::string_view name, bool forward) {
  Region r = region_of(call);
  check_any_axis(r, name);
  const FakeTensor& self = call.tensor(0);
  const auto given = call.optional_sym_ints(1);
  const bool default_last = !given || given->back().is(-1);
  const SymInt last_size = default_last ? SymInt(2) * (self.sizes[at(r.dims.back())] - SymInt(1)) : r.sizes.back();
  check_length(call, last_size);
  r.sizes.back() = floordiv(last_size, 2) + SymInt(1);
  FakeTensor& x = fitted(call, promote(call, call.tensor(0), true), r.dims, r.sizes);
  if (!forward) return one(c2r(call, x, r.dims, last_size));
  FakeTensor& partial = r.dims.size() > 1 ? c2c(call, x, Dims(r.dims.begin(), r.dims.end() - 1)) : x;
  return one(c2r(call, conjugated(call, partial), {r.dims.back()}, last_size));
}
Results irfftn(Call& call) { return half_complex_nd(call, "irfftn", false); }
Results hfftn(Call& call) { return half_complex_nd(call, "hfftn", true); }

Results ihfftn(Call& call) {
  check_real(call.tensor(0), "ihfftn", "real-valued");
  const Region r = region_of(call);
  check_any_axis(r, "ihfftn");
  FakeTensor& x = fitted(call, promote(call, call.tensor(0), false), r.dims, r.sizes);
  FakeTensor& half = like(call, r2c(call, x, {r.dims.back()}, true));
  if (r.dims.size() == 1) return one(half);
  return one(c2c(call, half, Dims(r.dims.begin(), r.dims.end() - 1)));
}

// fft_fftshift, fft_ifftshift: a roll by half of each size
Results shift(Call& call, bool inverse) {
  FakeTensor& x = call.tensor(0);
  Dims dims;
  if (const auto given = call.optional_integers(1)) {
    dims = wrap_dims(*given, x.dim(), false);
  } else {
    dims.resize(x.sizes.size());
    std::iota(dims.begin(), dims.end(), 0);
  }
  SymInts shifts;
  for (const std::int64_t d : dims) {
    const SymInt& size = x.sizes[at(d)];
    shifts.push_back(floordiv(inverse ? size + SymInt(1) : size, 2));
  }
  return call.op("aten::roll", {&x, shifts, dims_value(dims)});
}
Results fftshift(Call& call) { return shift(call, false); }
Results ifftshift(Call& call) { return shift(call, true); }

Results frequencies(Call& call, bool half) {
  const std::int64_t n = call.integer(0);
  const ScalarType dtype = call.dtype(2).value_or(kDefaultDtype);
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} requires a floating point or complex dtype", half ? "rfftfreq" : "fftfreq"); });
  return one(call.contiguous(dtype, {half ? n / 2 + 1 : n}, call.device(4).value_or(Device{})));
}
Results fftfreq(Call& call) { return frequencies(call, false); }
Results rfftfreq(Call& call) { return frequencies(call, true); }

constexpr OpRow kRows[] = {
    {"_fft_c2c", c2c_kernel},  {"_fft_c2r", c2r_kernel},  {"_fft_r2c", r2c_kernel},     {"fft_fft", fft},
    {"fft_fft2", complex_nd},  {"fft_fftfreq", fftfreq},  {"fft_fftn", complex_nd},     {"fft_fftshift", fftshift},
    {"fft_hfft", hfft},        {"fft_hfft2", hfftn},      {"fft_hfftn", hfftn},         {"fft_ifft", ifft},
    {"fft_ifft2", complex_nd}, {"fft_ifftn", complex_nd}, {"fft_ifftshift", ifftshift}, {"fft_ihfft", ihfft},
    {"fft_ihfft2", ihfftn},    {"fft_ihfftn", ihfftn},    {"fft_irfft", irfft},         {"fft_irfft2", irfftn},
    {"fft_irfftn", irfftn},    {"fft_rfft", rfft},        {"fft_rfft2", rfftn_rule},    {"fft_rfftfreq", rfftfreq},
    {"fft_rfftn", rfftn_rule}, {"istft", istft},          {"stft", stft_uncentered},    {"stft.center", stft},
};

}  // namespace

std::span<const OpRow> fft_ops() { return kRows; }

}  // namespace retrace::ops
