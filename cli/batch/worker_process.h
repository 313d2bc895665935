// SPDX-License-Identifier: Apache-2.0
// A child process that checks programs for us: what crashes or hangs there stops nothing here.
//
// The answer to a request is lines: R and a row as JSON, for each result; D, done. What the child is at stands in a
// file in memory that both have open, so that nobody is woken to hear of it: "TIME REQUEST KIND<row>", KIND L while it
// loads the file, or A, at the result whose place the row says.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retrace::cli {

/// Where the child finds the file that says what it is at.
inline constexpr int kStatusFd = 3;

/// What is asked of one file: its results from number `skip` on and before number `until`.
struct WorkerRequest {
  static constexpr std::uint32_t kAll = 0xFFFFFFFF;
  std::size_t number = 0;
  std::uint32_t skip = 0;
  std::uint32_t until = kAll;
  bool more = false;  // requests follow: the answer may wait for theirs
  std::string path;

  /// With a NUL at the end, which `parse` does not want.
  [[nodiscard]] std::string text() const;
  static std::optional<WorkerRequest> parse(const std::string& text);
};

class WorkerProcess {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Event { kLine, kDied, kStopped, kNothing };

  struct Status {
    Clock::time_point since;
    std::size_t request = 0;
    bool loading = true;
    std::string row;  // empty: not yet at what was sent
  };

  /// `arguments`: of the command line, without the program's name. `stop_fd` turns readable when the run is stopped.
  WorkerProcess(std::vector<std::string> arguments, int stop_fd)
      : arguments_(std::move(arguments)), stop_fd_(stop_fd) {}
  ~WorkerProcess() { kill(); }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// Starts the child where there is none. Raises std::runtime_error where that cannot be.
  void send(const std::string& requests);
  /// One line, if it comes in this time.
  Event receive(std::string& line, Clock::duration wait);
  /// What the child is at.
  [[nodiscard]] Status status() const;
  /// How it ended, after kDied: "killed by signal 11 (Segmentation fault)".
  std::string reap();
  void kill();

 private:
  void start();
  std::vector<std::string> arguments_;
  int stop_fd_;
  pid_t pid_ = -1;
  int fd_ = -1;
  int status_fd_ = -1;
  Clock::time_point sent_;
  std::string buffer_;
};

}  // namespace retrace::cli
