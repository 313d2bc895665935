// SPDX-License-Identifier: Apache-2.0
#include "core/ops/value.h"

namespace retrace {

Value::Value(const Scalar& s)
    : variant(std::visit([](const auto& plain) { return static_cast<variant>(Value(plain)); }, s.value)) {}

}  // namespace retrace
