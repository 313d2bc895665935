// SPDX-License-Identifier: Apache-2.0
// A child process that checks programs for us: what crashes or hangs there stops nothing here.
//
// A request is "SKIP<tab>PATH<nul>", SKIP the number of results already had. The answer is lines: R and a row as JSON,
// for each result; D, done. What the child is at stands in a file in memory that both have open, so that nobody is
// woken to hear of it: "TIME<tab>L<row>", loading, or "TIME<tab>A<row>", at the result whose place the row says.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace retrace::cli {

/// Where the child finds the file that says what it is at.
inline constexpr int kStatusFd = 3;

class WorkerProcess {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Event { kLine, kDied, kTimeout, kStopped };

  /// `arguments`: of the command line, without the program's name. `stop_fd` turns readable when the run is stopped.
  WorkerProcess(std::vector<std::string> arguments, int stop_fd)
      : arguments_(std::move(arguments)), stop_fd_(stop_fd) {}
  ~WorkerProcess() { kill(); }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// Starts the child where there is none. Raises std::runtime_error where that cannot be.
  void send(const std::string& request);
  /// Waits for one line; gives up when the child is at one thing for `seconds` (0: never).
  Event receive(std::string& line, double seconds);
  /// What the child is at, "L<row>" or "A<row>"; empty: not yet at the request.
  [[nodiscard]] std::string at() const { return status().at; }
  /// How it ended, after kDied: "killed by signal 11 (Segmentation fault)".
  std::string reap();
  void kill();

 private:
  struct Status {
    Clock::time_point since;
    std::string at;
  };
  void start();
  [[nodiscard]] Status status() const;
  std::vector<std::string> arguments_;
  int stop_fd_;
  pid_t pid_ = -1;
  int fd_ = -1;
  int status_fd_ = -1;
  Clock::time_point sent_;
  std::string buffer_;
};

}  // namespace retrace::cli
