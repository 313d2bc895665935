// SPDX-License-Identifier: Apache-2.0
// Messages for people on standard error. spdlog is known only here.
#pragma once
#include <iosfwd>
#include <memory>
#include <string_view>

namespace retrace::cli {

class Log {
 public:
  explicit Log(std::ostream& err);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void error(std::string_view text);
  void warn(std::string_view text);
  void info(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retrace::cli
