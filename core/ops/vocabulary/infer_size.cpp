// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/infer_size.h"

#include <fmt/format.h>

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
