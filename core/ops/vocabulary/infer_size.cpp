// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/infer_size.h"

#include <fmt/format.h>

#include <algorithm>

namespace retrace::ops {
namespace {

/// The place of -1, after checking that the others are lengths; their product in `rest`.
std::optional<std::size_t> find_inferred(Call& call, std::span<const SymInt> shape, SymInt& rest) {
  std::optional<std::size_t> inferred;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (call.env().guard_or_false(sym_eq(shape[i], -1))) {
      check(!inferred, ErrorType::kRuntimeError, [] { return "only one dimension can be inferred"; });
      inferred = i;
      continue;
    }
    check(call, sym_ge(shape[i], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "invalid shape dimension {}. If this was symbolic, it was assumed to not be -1."
          "If this was meant to be inferred, please explicitly pass in -1.",
          to_string(shape[i]));
    });
    rest *= shape[i];
  }
  return inferred;
}

}  // namespace

SymInts infer_size_symint(Call& call, std::span<const SymInt> a, std::span<const SymInt> b) {
  shapes::ShapeEnv& env = call.env();
  const std::size_t rank = std::max(a.size(), b.size());
  const auto size_of = [&](std::span<const SymInt> sizes, std::size_t i) {
    return i + sizes.size() < rank ? SymInt(1) : sizes[i + sizes.size() - rank];
  };
  SymInts result(rank);
  for (std::size_t i = rank; i-- > 0;) {
    const SymInt size_a = size_of(a, i);
    const SymInt size_b = size_of(b, i);
    const bool fits = env.guard_or_false(sym_eq(size_a, 1)) || env.guard_or_false(sym_eq(size_b, 1));
    check(call, fits ? SymBool(true) : sym_eq(size_a, size_b), ErrorType::kRuntimeError, [&] {
      return fmt::format("The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {}",
                         to_string(env.replace(size_a)), to_string(env.replace(size_b)), i);
    });
    result[i] = env.guard_or_false(sym_eq(size_a, 1)) ? size_b : size_a;
  }
  return result;
}

SymInts infer_size(Call& call, std::span<const SymInt> shape, const SymInt& numel) {
  SymInts result(shape.begin(), shape.end());
  SymInt rest = 1;
  const auto inferred = find_inferred(call, shape, rest);
  const auto invalid = [&] {
    return fmt::format("shape '{}' is invalid for input of size {}", to_string(shape), to_string(numel));
  };
  if (!inferred) {
    check(call, sym_eq(numel, rest), ErrorType::kRuntimeError, invalid);
    return result;
  }
  check(call, sym_ne(rest, 0), ErrorType::kRuntimeError, [&] {
    if (!call.env().guard_or_false(sym_eq(numel, 0))) return invalid();
    return fmt::format(
        "cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size -1 can be any value "
        "and is ambiguous",
        to_string(shape));
  });
  check(call, sym_eq(python_mod(numel, rest), 0), ErrorType::kRuntimeError, invalid);
  result[*inferred] = floordiv(numel, rest);
  check(call, sym_ge(result[*inferred], 0), ErrorType::kRuntimeError, invalid);
  return result;
}

}  // namespace retrace::ops
