// SPDX-License-Identifier: Apache-2.0
// What becomes of a run's rows: held against expected failures and the lock, counted, printed, reported.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "cli/commands.h"
#include "core/batch/row_sink.h"
#include "core/batch/tally.h"
#include "core/verdict/expected_failures.h"
#include "core/verdict/lock.h"

namespace retrace::cli {

/// The lock file's entry of a row.
verdict::Locked locked(const batch::Row& row);
verdict::Lock read_lock(const std::string& path);

class RunOutput : public batch::RowSink {
 public:
  /// Reads the manifest and the lock. Raises std::runtime_error. `whole_zoo`: what the lock or the manifest names
  /// and the run does not see is a finding.
  RunOutput(Context& context, bool whole_zoo);

  /// Takes the rows too, annotated.
  void add(std::unique_ptr<batch::RowSink> sink) { sinks_.push_back(std::move(sink)); }

  void begin(const batch::RunInfo& info) override;
  void take(const batch::Row& row) override;
  void end() override;

  /// After a run that got to its end: entries without use, updates of manifest and lock, the summary; the exit status.
  int finish(bool complete);

 private:
  void expect(batch::Row& row);
  void compare_lock(batch::Row& row);
  void print(const batch::Row& row);
  void update_files();
  void report_unused();

  Context& context_;
  bool whole_zoo_;
  std::optional<verdict::ExpectedFailures> expected_;
  std::optional<verdict::Lock> lock_;
  batch::Tally tally_;
  std::vector<std::unique_ptr<batch::RowSink>> sinks_;
  bool first_ = true;
};

}  // namespace retrace::cli
