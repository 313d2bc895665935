// SPDX-License-Identifier: Apache-2.0
#include "cli/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace retrace::cli {
namespace {

/// A closed standard descriptor would go to the next file or pipe that is opened, and results into that. /dev/null
/// takes its place, opened the wrong way round: reading input and writing results fail as they do on a closed one.
void fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace

Environment real_environment() {
  fill_standard_descriptors();
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
