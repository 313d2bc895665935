// SPDX-License-Identifier: Apache-2.0
// The tensors in a value: itself, or those in its lists.
#pragma once
#include "core/ops/fake_tensor.h"
#include "core/ops/value.h"

namespace retrace::ops {

/// Calls visit(FakeTensor&) for each, in order. Lists nest no deeper than schemas do.
template <typename Visit>
void for_each_tensor(const Value& value, Visit&& visit) {
  if (value.holds<FakeTensor*>()) {
    visit(*value.get<FakeTensor*>());
  } else if (value.holds<ValueList>()) {
    for (const Value& element : value.get<ValueList>()) for_each_tensor(element, visit);
  }
}

}  // namespace retrace::ops
