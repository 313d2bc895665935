// SPDX-License-Identifier: Apache-2.0
// Files that the command line names; "-" is standard input.
#pragma once
#include <string>

#include "cli/environment.h"
#include "serializers/load.h"

namespace retrace::cli {

serializers::Input input(const std::string& name, Environment& environment);
/// A small text file.
serializers::Result<std::string> read_text(const std::string& name, Environment& environment);

}  // namespace retrace::cli
