// SPDX-License-Identifier: Apache-2.0
// A run over many files: lists them, checks those of this shard, keeps the rows in the journal and the store, hands
// them on in input order.
#pragma once
#include "cli/batch/checker.h"
#include "cli/batch/stop.h"
#include "core/batch/row_sink.h"
#include "core/batch/shard.h"
#include "serializers/files/listing.h"
#include "serializers/store/store.h"

namespace retrace::cli {

class ZooRun {
 public:
  explicit ZooRun(Context& context) : context_(context) {}

  /// 0, kTrouble where there was nothing to run, or 128 and the signal that stopped it.
  int run(batch::RowSink& sink);

 private:
  void prepare();
  [[nodiscard]] unsigned job_count() const;
  void read_list(const std::string& path);
  void plan();
  void open_stores();
  void replay_journal();
  std::vector<Memory> memories();
  std::vector<batch::Job> next();
  std::optional<batch::Job> next_file();
  void take(batch::Done done, batch::RowSink& sink);
  void sync();

  Context& context_;
  Question question_;
  serializers::ListOptions list_options_;
  batch::Shard shard_;
  serializers::JournalHeader header_;
  std::uint64_t own_files_ = 0;
  std::uint64_t drawn_ = 0;
  unsigned jobs_ = 1;
  std::unique_ptr<serializers::Listing> listing_;
  std::uint64_t next_index_ = 0;
  std::optional<serializers::JournalWriter> journal_;
  std::unique_ptr<serializers::Store> store_;
  std::mutex store_mutex_;
  std::size_t unsynced_ = 0;
  WorkerProcess::Clock::time_point synced_ = WorkerProcess::Clock::now();
  StopSignals stop_;
  bool cut_ = false;  // a file has no rows, so later rows are not handed on
};

}  // namespace retrace::cli
