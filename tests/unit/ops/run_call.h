// SPDX-License-Identifier: Apache-2.0
// Runs one call as the trace of an exported program runs it, and shows what came of it.
#pragma once
#include <string>

#include "tests/unit/ops/call_text.h"

namespace retrace::ops {

/// The right side of a case: results, guards, assertions and fresh symbols, or the error (its first line).
std::string answer(const CallText& call);

}  // namespace retrace::ops
