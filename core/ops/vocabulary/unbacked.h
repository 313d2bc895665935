// SPDX-License-Identifier: Apache-2.0
// Results that depend on data: sizes and numbers known only by a fresh unbacked symbol
// (torch/_subclasses/fake_impls.py).
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// aten.item: the constant the tensor is known to hold, the symbol an earlier item gave, or a fresh one.
Value item(Call& call, FakeTensor& t);
/// sym_constrain_range(_for_size) on a number: checks a plain one, narrows the range of a symbolic one.
void constrain(Call& call, const SymInt& value, std::optional<std::int64_t> min, std::optional<std::int64_t> max,
               bool for_size);

}  // namespace retrace::ops
