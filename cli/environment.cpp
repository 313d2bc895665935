// SPDX-License-Identifier: Apache-2.0
#include "cli/environment.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace retrace::cli {

Environment real_environment() {
  std::ios::sync_with_stdio(false);
  const auto variable = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  return {std::cin, std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1, variable, now, ::isatty(STDERR_FILENO) == 1};
}

}  // namespace retrace::cli
