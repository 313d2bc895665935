// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/unbacked.h"

#include <fmt/format.h>

#include <limits>

namespace retrace::ops {
namespace {

Value number_of(ScalarType dtype, double value) {
  if (is_bool(dtype)) return value != 0;
  if (is_floating(dtype)) return value;
  return static_cast<std::int64_t>(value);
}

Value memo_value(const FakeTensor::ItemMemo& memo) {
  if (const auto* flag = std::get_if<SymBool>(&memo.value)) return *flag;
  if (const auto* integer = std::get_if<SymInt>(&memo.value)) return *integer;
  return std::get<SymFloat>(memo.value);
}

}  // namespace

// torch/_subclasses/fake_impls.py local_scalar_dense
Value item(Call& call, FakeTensor& t) {
  if (t.constant && t.constant->size() == 1 && !is_complex(t.dtype)) return number_of(t.dtype, t.constant->front());
  FakeTensor::ItemMemo& memo = t.memos.get().item;
  if (memo.value.index() != 0 && memo.version == t.storage->version) return memo_value(memo);
  auto& env = call.env();
  if (is_floating(t.dtype)) {
    memo.value = env.new_unbacked_float();
  } else if (is_bool(t.dtype)) {
    memo.value = env.new_unbacked_bool();
  } else if (is_integral(t.dtype, false)) {
    memo.value = env.new_unbacked_int();
  } else {
    raise(ErrorType::kNotImplementedError, fmt::format("local_scalar_dense/item NYI for {}", torch_name(t.dtype)));
  }
  memo.version = t.storage->version;
  return memo_value(memo);
}

// torch/_meta_registrations.py sym_constrain_range, sym_constrain_range_for_size
void constrain(Call& call, const SymInt& value, std::optional<std::int64_t> min, std::optional<std::int64_t> max,
               bool for_size) {
  auto& env = call.env();
  const std::int64_t lower = min.value_or(for_size ? 0 : shapes::kNegOo);
  const std::int64_t upper = max.value_or(shapes::kOo);
  if (for_size && !min && !max) {
    check(call, sym_ge(value, 0), ErrorType::kRuntimeError, [] { return "Expected cond to be True, but got False"; });
    return;
  }
  const auto bound_text = [](std::int64_t v) {
    return v == shapes::kOo ? std::string("int_oo") : v == shapes::kNegOo ? std::string("-int_oo") : std::to_string(v);
  };
  check(lower <= upper, ErrorType::kValueError, [&] {
    return fmt::format(
        "Maximum value to constrain_as_size can't be less than the specified min value, received min={} and max={}",
        bound_text(lower), bound_text(upper));
  });
  if (value.is_int()) {
    const std::int64_t v = value.as_int();
    const bool inside = (!min || v >= *min) && (!max || v <= *max);
    check(inside, for_size ? ErrorType::kRuntimeError : ErrorType::kValueError, [&] {
      return for_size ? std::string("Expected cond to be True, but got False")
                      : fmt::format("Invalid value {} for range [{}:{}]", v, bound_text(lower), bound_text(upper));
    });
    return;
  }
  for_size ? env.constrain_range_for_size(value, min, max) : env.constrain_range(value, min, max);
}

}  // namespace retrace::ops
