// SPDX-License-Identifier: Apache-2.0
// Compares two programs by their canonical forms and names what differs.
#pragma once
#include <cstdint>

#include "core/diff/difference.h"
#include "core/ir/program.h"

namespace retrace::diff {

/// What the first program is to the second.
enum class Origin : std::uint8_t {
  kAny,       // two programs
  kRecorded,  // the second is the first one's export: what its metadata says can be held against it
};

Comparison compare(const ir::Program& a, const ir::Program& b, Origin origin = Origin::kAny);

}  // namespace retrace::diff
