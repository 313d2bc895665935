// SPDX-License-Identifier: Apache-2.0
// The process around the commands, passed in, so that tests and fuzzers run them without one.
#pragma once
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace retrace::cli {

struct Environment {
  std::istream& in;
  std::ostream& out;  // the result, nothing else
  std::ostream& err;  // log, hints, usage
  bool out_is_terminal = false;
  std::function<std::optional<std::string>(const char*)> variable;  // of the process environment
  std::function<std::int64_t()> now_ns;                             // a steady clock
  bool err_is_terminal = false;
};

/// Of this process, whose standard descriptors are open from here on.
Environment real_environment();

}  // namespace retrace::cli
