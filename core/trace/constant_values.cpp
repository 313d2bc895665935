// SPDX-License-Identifier: Apache-2.0
#include "core/trace/constant_values.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/failure.h"

namespace retrace::trace {

namespace {

constexpr std::array<std::string_view, 11> kHandsOn{"aten::_to_copy",        "aten::alias",     "aten::clone",
                                                    "aten::detach",          "aten::detach_",   "aten::lift_fresh",
                                                    "aten::lift_fresh_copy", "aten::to.device", "aten::to.dtype",
                                                    "aten::to.dtype_layout", "aten::to.other"};

double converted(double value, ScalarType dtype) {
  if (is_bool(dtype)) return value != 0 ? 1 : 0;
  return is_integral(dtype, false) ? std::trunc(value) : value;
}

}  // namespace

bool lifts_constant(std::string_view schema_name) {
  return schema_name == "aten::lift_fresh" || schema_name == "aten::lift_fresh_copy";
}

void hand_on_constant(std::string_view schema_name, const FakeTensor& source, const Value& result) {
  if (!result.holds<FakeTensor*>() || source.constant->size() != 1) return;
  if (std::find(kHandsOn.begin(), kHandsOn.end(), schema_name) == kHandsOn.end()) return;
  FakeTensor& out = *result.get<FakeTensor*>();
  out.constant = {converted(source.constant->front(), out.dtype)};
}

void check_constant(const FakeTensor& condition, std::string_view message) {
  if (condition.constant->size() != 1 || condition.constant->front() != 0) return;
  raise(ErrorType::kRuntimeError,
        message.empty() ? "Expected Tensor with single nonzero value, but got zero" : std::string(message));
}

}  // namespace retrace::trace
