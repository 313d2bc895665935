// SPDX-License-Identifier: Apache-2.0
// A child process that checks programs for us: what crashes or hangs there stops nothing here.
//
// A request is "SKIP<tab>PATH<nul>", SKIP the number of results already had. The answer is lines: L, loading; A, the
// place of the result that comes next; R, a result; D, done. A and R are followed by a row as JSON.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace retrace::cli {

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
  /// Waits for one line, up to `seconds` (0: for ever).
  Event receive(std::string& line, double seconds);
  /// How it ended, after kDied: "killed by signal 11 (Segmentation fault)".
  std::string reap();
  void kill();

 private:
  void start();
  std::vector<std::string> arguments_;
  int stop_fd_;
  pid_t pid_ = -1;
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace retrace::cli
