// SPDX-License-Identifier: Apache-2.0
// The one door in: a file, or bytes, to programs. Sniffs the kind: a bare program JSON, or a .pt2 archive of
// today's layout or of the older one. Weights are never read, nothing is ever unpickled.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ir/program.h"
#include "serializers/load_error.h"

namespace retrace::serializers {

/// What to read: a path, or bytes that came another way (standard input is named "-").
struct Input {
  std::string name;
  std::optional<std::string> bytes;
};

struct NamedProgram {
  std::string name;  // of the program in its archive; empty for a bare JSON file
  ir::Program program;
};

/// All programs of the input in the order of their names, or only the one called `model`.
Result<std::vector<NamedProgram>> load(Input input, const std::string& model = {});
/// The only program, or the one called `model`.
Result<NamedProgram> load_one(Input input, const std::string& model = {});

}  // namespace retrace::serializers
