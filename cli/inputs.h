// SPDX-License-Identifier: Apache-2.0
// Files that the command line names; "-" is standard input.
#pragma once
#include <string>

#include "cli/commands.h"
#include "serializers/load.h"

namespace retrace::cli {

/// A small text file.
serializers::Result<std::string> read_text(const std::string& name, Environment& environment);
/// The programs of a file, with --model only the one of that name.
serializers::Result<std::vector<serializers::NamedProgram>> load(const std::string& name, Context& context);
serializers::Result<serializers::NamedProgram> load_one(const std::string& name, Context& context);

}  // namespace retrace::cli
