// SPDX-License-Identifier: Apache-2.0
#include "core/ops/families/linalg_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/storage.h"
#include "core/ops/vocabulary/strides.h"

namespace retrace::ops::linalg {
namespace {

std::string text(const SymInt& a) { return to_string(a); }

}  // namespace

void ask_square(Call& call, const FakeTensor& t) {
  if (t.dim() >= 2) truth(call, sym_eq(size_from_end(t, 1), size_from_end(t, 2)));
}

void check_square(Call& call, const FakeTensor& t, std::string_view function) {
  check(t.dim() >= 2, ErrorType::kAssertionError,
        [&] { return fmt::format("{}: The input tensor must have at least 2 dimensions, got {}", function, t.dim()); });
  const SymInt& rows = size_from_end(t, 2);
  const SymInt& columns = size_from_end(t, 1);
  check(call, sym_eq(columns, rows), ErrorType::kRuntimeError, [&] {
    return fmt::format("{}: A must be batches of square matrices, but they are {} by {} matrices", function, text(rows),
                       text(columns));
  });
}

void check_floating(const FakeTensor& t, std::string_view function, bool allow_low_precision) {
  check(is_floating(t.dtype) || is_complex(t.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("{}: Expected a floating point or complex tensor as input. Got {}", function,
                       torch_name(t.dtype));
  });
  const bool low = item_size(to_real(t.dtype)) < 4;
  check(allow_low_precision || !low, ErrorType::kRuntimeError,
        [&] { return fmt::format("{}: Low precision dtypes not supported. Got {}", function, torch_name(t.dtype)); });
}

void check_matrix(const FakeTensor& t, std::string_view function, std::string_view argument) {
  check(t.dim() >= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("{}: The input tensor {} must have at least 2 dimensions.", function, argument); });
}

void check_solver(Call& call, const FakeTensor& a, const FakeTensor& b, bool left, std::string_view function) {
  check_square(call, a, function);
  check_matrix(b, function);
  const std::size_t shared = left ? 2 : 1;
  check(call, sym_eq(size_from_end(a, shared), size_from_end(b, shared)), ErrorType::kRuntimeError, [&] {
    return fmt::format("{}: Incompatible shapes of A and B for the equation {} ({}x{} and {}x{})", function,
                       left ? "AX = B" : "XA = B", text(size_from_end(a, 2)), text(size_from_end(a, 1)),
                       text(size_from_end(b, 2)), text(size_from_end(b, 1)));
  });
}

void check_linear_solve(Call& call, const FakeTensor& self, const FakeTensor& a, std::string_view name) {
  check(self.dtype == a.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected b and A to have the same dtype, but found b of type {} and A of type {} instead.",
                       torch_name(self.dtype), torch_name(a.dtype));
  });
  check(call, sym_eq(size_from_end(a, 1), size_from_end(a, 2)), ErrorType::kRuntimeError, [&] {
    return fmt::format("A must be batches of square matrices, but they are {} by {} matrices",
                       text(size_from_end(a, 2)), text(size_from_end(a, 1)));
  });
  check(call, sym_eq(size_from_end(a, 1), size_from_end(self, 2)), ErrorType::kRuntimeError, [&] {
    return fmt::format("Incompatible matrix sizes for {0}: each A matrix is {1} by {1} but each b matrix is {2} by {3}",
                       name, text(size_from_end(a, 1)), text(size_from_end(self, 2)), text(size_from_end(self, 1)));
  });
}

std::pair<SymInts, SymInts> broadcast_batches(Call& call, const FakeTensor& a, const FakeTensor& b) {
  const SymInts batch = broadcast_shapes(call, leading(a, 2), leading(b, 2));
  const auto sizes_of = [&](const FakeTensor& t) {
    SymInts sizes = batch;
    sizes.insert(sizes.end(), {size_from_end(t, 2), size_from_end(t, 1)});
    return sizes;
  };
  return {sizes_of(a), sizes_of(b)};
}

SymInts leading(const FakeTensor& t, std::size_t count) {
  return {t.sizes.begin(), t.sizes.end() - static_cast<std::ptrdiff_t>(std::min(count, t.sizes.size()))};
}

FakeTensor& dense(Call& call, const FakeTensor& t, SymInts sizes, ScalarType dtype) {
  return call.contiguous(dtype, std::move(sizes), t.device);
}

FakeTensor& column_major(Call& call, const FakeTensor& t, SymInts sizes) {
  SymInts strides = column_major_strides(sizes);
  return call.strided(t.dtype, std::move(sizes), std::move(strides), t.device);
}

FakeTensor& restrided(Call& call, const FakeTensor& t, SymInts sizes) {
  FakeTensor& result = dense(call, t, std::move(sizes));
  SymInts strides = column_major_strides(result.sizes);
  check_in_storage(call, result, result.sizes, strides, 0);
  result.strides = std::move(strides);
  return result;
}

}  // namespace retrace::ops::linalg
