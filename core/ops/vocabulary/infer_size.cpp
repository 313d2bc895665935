// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/infer_size.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/asked_left.h"

namespace retrace::ops {
namespace {

/// The place of -1, after checking by `is_length(i)` that the others are lengths; their product in `rest`.
template <typename IsLength>
std::optional<std::size_t> find_inferred(Call& call, std::span<const SymInt> shape, SymInt& rest,
                                         IsLength&& is_length) {
  std::optional<std::size_t> inferred;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (call.env().guard_or_false(sym_eq(shape[i], -1))) {
      check(!inferred, ErrorType::kRuntimeError, [] { return "only one dimension can be inferred"; });
      inferred = i;
      continue;
    }
    is_length(i);
    rest *= shape[i];
  }
  return inferred;
}

std::string invalid_shape(std::span<const SymInt> shape, const SymInt& numel) {
  return fmt::format("shape '{}' is invalid for input of size {}", to_string(shape), to_string(numel));
}

std::string ambiguous_shape(std::span<const SymInt> shape) {
  return fmt::format(
      "cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size -1 can be any value "
      "and is ambiguous",
      to_string(shape));
}

}  // namespace

SymInts infer_size(Call& call, std::span<const SymInt> shape, const SymInt& numel) {
  SymInts result(shape.begin(), shape.end());
  SymInt rest = 1;
  const auto inferred = find_inferred(call, shape, rest, [&](std::size_t i) {
    check(call, sym_ge(shape[i], 0), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "invalid shape dimension {}. If this was symbolic, it was assumed to not be -1."
          "If this was meant to be inferred, please explicitly pass in -1.",
          to_string(shape[i]));
    });
  });
  const auto invalid = [&] { return invalid_shape(shape, numel); };
  if (!inferred) {
    check(call, sym_eq(numel, rest), ErrorType::kRuntimeError, invalid);
    return result;
  }
  check(call, sym_ne(rest, 0), ErrorType::kRuntimeError,
        [&] { return call.env().guard_or_false(sym_eq(numel, 0)) ? ambiguous_shape(shape) : invalid(); });
  check(call, sym_eq(python_mod(numel, rest), 0), ErrorType::kRuntimeError, invalid);
  result[*inferred] = floordiv(numel, rest);
  check(call, sym_ge(result[*inferred], 0), ErrorType::kRuntimeError, invalid);
  return result;
}

SymInts infer_size_dv(Call& call, std::span<const SymInt> shape, const SymInt& numel) {
  SymInts result(shape.begin(), shape.end());
  SymInt rest = 1;
  const auto inferred = find_inferred(call, shape, rest, [&](std::size_t i) {
    check(call, sym_gt(shape[i], -1), ErrorType::kRuntimeError, [&] {
      return fmt::format("invalid shape dimension {} at index {} of shape {}", to_string(shape[i]), i,
                         to_string(shape));
    });
  });
  const auto invalid = [&] { return invalid_shape(shape, numel); };
  if (!inferred) {
    check(call, sym_eq_asked_left(numel, rest), ErrorType::kRuntimeError, invalid);
    return result;
  }
  if (rest.is_int() && rest.as_int() == 0) {
    check(call.env().guard(sym_eq_asked_left(numel, rest)), ErrorType::kRuntimeError, invalid);
  } else {
    const SymBool divides = sym_and(sym_gt(rest, 0), sym_eq(python_mod(numel, rest), 0));
    check(call, sym_or(divides, sym_eq_asked_left(numel, rest)), ErrorType::kRuntimeError, invalid);
  }
  check(call.env().guard(sym_ne(rest, 0)), ErrorType::kRuntimeError, [&] { return ambiguous_shape(shape); });
  result[*inferred] = floordiv(numel, rest);
  return result;
}

}  // namespace retrace::ops
