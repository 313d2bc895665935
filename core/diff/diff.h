// SPDX-License-Identifier: Apache-2.0
// Compares two programs by their canonical forms and names what differs.
#pragma once
#include <array>
#include <cstdint>

#include "core/diff/difference.h"
#include "core/ir/program.h"

namespace retrace::diff {

/// What the first program is to the second.
enum class Origin : std::uint8_t {
  kAny,       // two programs
  kRecorded,  // the second is the first one's export: what its metadata says can be held against it
};

/// A program with its canonical forms, by level.
struct Side {
  const ir::Program& program;
  const std::array<identity::Canonical, 3>& forms;
};

Comparison compare(const Side& a, const Side& b, Origin origin = Origin::kAny);
/// The same of programs whose forms nobody has yet.
Comparison compare(const ir::Program& a, const ir::Program& b, Origin origin = Origin::kAny);

}  // namespace retrace::diff
