// SPDX-License-Identifier: Apache-2.0
// Python's names of the exception classes.
#pragma once
#include <string_view>

#include "core/base/failure.h"

namespace retrace {

/// "RuntimeError".
std::string_view error_name(ErrorType type);

}  // namespace retrace
