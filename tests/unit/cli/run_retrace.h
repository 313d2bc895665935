// SPDX-License-Identifier: Apache-2.0
// Runs the command line in process, on strings.
#pragma once
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace retrace::cli::test {

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

inline Ran run_retrace(const std::vector<std::string>& arguments, const std::string& standard_input = {}) {
  std::istringstream in(standard_input);
  std::ostringstream out;
  std::ostringstream err;
  std::int64_t clock = 0;
  Environment environment{in, out, err, false, [](const char*) { return std::nullopt; }, [&clock] { return ++clock; }};
  std::vector<const char*> argv{"retrace"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const int status = run(static_cast<int>(argv.size()), argv.data(), environment);
  return {status, out.str(), err.str()};
}

}  // namespace retrace::cli::test
