// SPDX-License-Identifier: Apache-2.0
// The journal of one shard: JSON Lines, appended whole and synced, so that a killed run loses what was in flight.
//
//   {"journal":1,"tool":...,"options":...,"shard":[K,N],"zoo":...,"files":...}   opens a segment
//   {"plan":INDEX,"file":...}     every file of this shard, then {"planned":COUNT}
//   {"run":true}                  opens a run: its rows come by rising index
//   a row ...                     (row_json.h)
//   {"end":true}                  every planned file has its rows
//
// A resumed run of the same header adds a run to the segment; rows of later runs replace earlier ones. Another
// header opens a new segment, and only the last one counts.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch/shard.h"
#include "serializers/load_error.h"

namespace retrace::serializers {

struct JournalHeader {
  std::string tool;
  std::string options;
  batch::Shard shard;
  std::string zoo;  // digest of all names of the run, all shards together
  std::uint64_t files = 0;

  [[nodiscard]] std::string line() const;
};

/// Where the last segment of a journal lies, read once from end to end.
struct JournalMap {
  JournalHeader header;
  std::uint64_t plan_offset = 0;
  std::uint64_t planned = 0;
  bool plan_complete = false;
  bool ended = false;
  std::vector<std::uint64_t> runs;  // offsets of their first rows
  std::uint64_t whole_lines = 0;    // bytes up to the end of the last whole line
};
/// Absent: there is no journal, or none that got as far as a header.
Result<std::optional<JournalMap>> map_journal(const std::string& path);

/// Reads whole lines from an offset on.
class LineReader {
 public:
  LineReader(const std::string& path, std::uint64_t offset);
  ~LineReader();
  LineReader(LineReader&& other) noexcept;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  [[nodiscard]] bool good() const { return fd_ >= 0; }
  /// The next line without its newline; false: no whole line is left.
  bool next(std::string_view& line);

 private:
  bool refill();
  int fd_;
  std::uint64_t offset_;
  std::string buffer_;
  std::size_t at_ = 0;
};

/// {"plan":INDEX,"file":...}.
struct Planned {
  std::uint64_t index = 0;
  std::string path;
};
std::optional<Planned> planned_of(std::string_view line);
bool is_row(std::string_view line);

class JournalWriter {
 public:
  /// `resume`: goes on where the journal ends, if its last segment has this header; else starts a segment.
  static Result<JournalWriter> open(const std::string& path, const JournalHeader& header, bool resume);
  ~JournalWriter();
  JournalWriter(JournalWriter&& other) noexcept;
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  /// The plan is already there: of the run that this one resumes.
  [[nodiscard]] bool planned() const { return planned_; }
  void plan(const Planned& file);
  void begin_run();
  void append(std::string_view line);
  void end();
  /// Writes and syncs; raises std::runtime_error.
  void sync();

 private:
  JournalWriter(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  void write_out();
  int fd_;
  std::string path_;
  std::string buffer_;
  std::uint64_t plan_count_ = 0;
  bool planned_ = false;
};

}  // namespace retrace::serializers
