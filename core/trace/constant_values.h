// SPDX-License-Identifier: Apache-2.0
// What stays known of a small constant's value (FakeTensorMode's constant propagation, for one element).
//
// torch.tensor(...) in a program is a constant that lift_fresh_copy reads; the copy's value is known while it is
// only handed on. Operators that compute with it are not evaluated here: their results are data-dependent.
#pragma once
#include <string_view>

#include "core/ops/fake_tensor.h"
#include "core/ops/value.h"

namespace retrace::trace {

/// Does lifting a constant start a known value?
bool lifts_constant(std::string_view schema_name);

/// The result of `schema_name` on `source`, whose value is known, has that value too, if the operator only hands on.
void hand_on_constant(std::string_view schema_name, const FakeTensor& source, const Value& result);

/// aten::_assert_async of a known value: PyTorch runs it, so that it may fail.
void check_constant(const FakeTensor& condition, std::string_view message);

}  // namespace retrace::trace
