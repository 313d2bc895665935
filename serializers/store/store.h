// SPDX-License-Identifier: Apache-2.0
// Results of runs in SQLite: what was answered for which bytes, and what each run said. SQLite is known only in
// store.cpp. One writer; safe against being killed, because only whole transactions count.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/batch/row.h"
#include "serializers/store/journal.h"

struct sqlite3;

namespace retrace::serializers {

/// How a program and mode went in two runs; the empty string: it was not in that run.
struct Change {
  std::string label;
  std::string mode;
  std::string verdict_a, verdict_b;
  std::string rule_a, rule_b;
  std::string hash_a, hash_b;  // of the last export, level symbolic
};

struct RunSummary {
  std::int64_t id = 0;
  std::string tool;
  std::string options;
  std::uint64_t files = 0;
  std::uint64_t rows = 0;
  bool complete = false;
};

class Store {
 public:
  enum class Access : std::uint8_t { kWrite, kRead };
  /// An empty path is a private store that vanishes. What is only read is left as it is, whatever file it is. Raises
  /// std::runtime_error, as all of the class do.
  explicit Store(const std::string& path, Access access = Access::kWrite);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// A new run, or with `resume` the last one of this header.
  void begin_run(const JournalHeader& header, bool resume);
  /// `body`: the row as a line.
  void put(const batch::Row& row, const std::string& body);
  void commit();
  void finish_run();

  /// Rows of one file as this tool answered them before with the same options for the same bytes and spec, in this
  /// mode, all programs in order; none: not answered.
  std::vector<batch::Row> recall(const std::string& content, const std::string& shapes, exporter::Mode mode,
                                 std::uint32_t modes);

  std::vector<RunSummary> runs();
  /// Programs that did not go the same in the two runs, sorted by name.
  void changes(std::int64_t run_a, std::int64_t run_b, const std::function<void(const Change&)>& take);

 private:
  class Statement;
  void execute(const char* sql);
  [[noreturn]] void raise();

  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::string name_;
  std::unique_ptr<sqlite3, Close> db_;
  std::unique_ptr<Statement> put_, find_, rows_;
  std::int64_t run_ = 0;
  JournalHeader header_;
  bool in_transaction_ = false;
};

}  // namespace retrace::serializers
