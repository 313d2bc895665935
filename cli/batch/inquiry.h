// SPDX-License-Identifier: Apache-2.0
// Some files asked of one worker at once, so that neither waits for the other at each of them. A worker that ends or
// hangs is started anew and asked for what is still open: only the result it was at becomes a row of trouble.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/batch/question.h"
#include "cli/batch/worker_process.h"
#include "core/batch/row.h"

namespace retrace::cli {

class Inquiry {
 public:
  using Clock = WorkerProcess::Clock;
  /// Called with the file that the worker is at, and since when.
  using TurnTo = std::function<void(const std::string& file, Clock::time_point since)>;

  /// `timeout`: seconds for a result; 0: no limit.
  Inquiry(const Question& base, double timeout, TurnTo turn_to)
      : base_(base), timeout_(timeout), turn_to_(std::move(turn_to)) {}

  /// Rows of each file; absent: the run was stopped before.
  std::vector<std::optional<std::vector<batch::Row>>> ask(WorkerProcess& worker, const std::vector<std::string>& files);

 private:
  struct File {
    std::string path;
    std::vector<batch::Row> rows;
    std::optional<batch::Row> trouble;  // known already, of a later part than `rows` has
    bool done = false;
  };

  void send(WorkerProcess& worker);
  enum class End { kAnswered, kDied, kTimeout, kStopped };
  End listen(WorkerProcess& worker);
  bool is_late(const WorkerProcess& worker, Clock::duration& wait);
  void end_answer(File& file) const;
  void blame(const WorkerProcess::Status& status, batch::Trouble trouble, const std::string& why);
  [[nodiscard]] batch::Row place(const WorkerProcess::Status& status) const;
  [[nodiscard]] std::size_t open_file(std::size_t from) const;
  [[nodiscard]] std::size_t file_of(const WorkerProcess::Status& status) const;

  const Question& base_;
  double timeout_;
  TurnTo turn_to_;
  std::vector<File> files_;
};

}  // namespace retrace::cli
