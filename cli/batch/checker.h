// SPDX-License-Identifier: Apache-2.0
// Rows of files: recalled from the store or the cache, else of a worker process. Used by several threads.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/batch/question.h"
#include "cli/batch/worker_process.h"
#include "core/batch/ordered.h"

namespace retrace::cli {

/// Answers given before: by content, spec and mode. All programs of the file in order; none: not answered.
struct Memory {
  std::function<std::vector<batch::Row>(const std::string& content, const std::string& shapes, exporter::Mode mode,
                                        std::size_t modes)>
      recall;
  std::function<void(const std::vector<batch::Row>& rows)> keep;
};

class Checker {
 public:
  Checker(const Options& options, Question base, std::vector<Memory> memories, int stop_fd);

  std::vector<batch::Done> check(std::vector<batch::Job> jobs);
  /// Files under way, with the seconds they have taken.
  std::map<std::string, double> under_way();

 private:
  std::optional<std::vector<batch::Row>> recall(const std::string& real);
  std::vector<std::optional<std::vector<batch::Row>>> ask(const std::vector<std::string>& files);
  std::unique_ptr<WorkerProcess> take_worker();

  const Options& options_;
  Question base_;
  std::vector<Memory> memories_;
  int stop_fd_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<WorkerProcess>> idle_;
  std::map<const WorkerProcess*, std::pair<std::string, WorkerProcess::Clock::time_point>> under_way_;
};

}  // namespace retrace::cli
