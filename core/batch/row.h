// SPDX-License-Identifier: Apache-2.0
// One result of a run: what `check` says of one program in one mode, without the programs themselves.
//
// A row is what workers send, journals and stores keep, and reports read. It is small and bounded (excerpts and
// lists are cut), holds no time unless asked for, and is the same on every machine.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/retrace.h"

namespace retrace::batch {

/// Why there is no answer (Verdict::kTrouble).
enum class Trouble : std::uint8_t { kNone, kUnreadable, kBug, kCrash, kTimeLimit, kMemoryLimit };

/// Against the manifest of expected failures.
enum class Expected : std::uint8_t {
  kPlain,           // no entry names it
  kFailure,         // it fails, as an entry says
  kUnexpectedPass,  // an entry says that it fails, and it does not
};

struct ExportRow {
  bool ok = false;
  std::optional<Hashes> hashes;
  std::string stage;    // of a failure: load | spec | module | export
  std::string rule;     // stable name of the finding
  std::string node;     // fx name
  std::string type;     // Python's class: "RuntimeError"
  std::string message;  // PyTorch's text
};

/// Equal at which levels.
struct Levels {
  bool exact = false;
  bool dataflow = false;
  bool symbolic = false;
};

/// Both graphs around the first node that differs, printed, one line a node.
struct Excerpt {
  std::string title_a;    // "recorded", "export 1"
  std::string title_b;    // "export 1", "export 2"
  std::size_t first = 0;  // index of the first node shown
  std::size_t at = 0;     // index of the first node that differs
  std::vector<std::string> a;
  std::vector<std::string> b;
};

/// The row in a few words: what a table, an annotation or a summary says. Empty where the verdict is same.
struct Finding {
  std::string rule;           // "operator-failed", "order-changed", "unreadable", "time-limit"
  std::string node;           // fx name, or the place in the program
  std::string operator_name;  // "aten.add.Tensor"; empty: none is to blame
  std::string message;
};

/// Nanoseconds; present with --timing only.
struct RowTiming {
  std::int64_t read_ns = 0;
  std::int64_t total_ns = 0;
  Timing phases;
};

struct Row {
  std::uint64_t index = 0;  // of the file among all inputs of the run, from 0; the same in every shard
  std::uint32_t part = 0;   // of this row among the file's `parts` rows: programs in order, then modes
  std::uint32_t parts = 1;
  std::string path;     // of the file, as named in the run
  std::string program;  // name in its archive; empty: a bare file
  std::string content;  // XXH3-128 of the file's bytes, hexadecimal; empty: could not be read
  std::string shapes;   // infer | named | static | given
  exporter::Mode mode = exporter::Mode::kNonStrict;

  Verdict verdict = Verdict::kTrouble;
  Trouble trouble = Trouble::kNone;
  Finding finding;
  std::vector<ExportRow> exports;  // one, or two where the first succeeds
  std::optional<Hashes> recorded_hashes;
  std::optional<Levels> recorded_equal;  // the recorded program against export 1
  std::vector<diff::Difference> recorded_differences;
  std::optional<Levels> equal;  // export 1 against export 2
  std::vector<diff::Difference> differences;
  std::optional<Excerpt> excerpt;
  std::map<std::string, std::int64_t> assumed_ops;
  std::optional<RowTiming> timing;

  Expected expected = Expected::kPlain;
  std::string expected_reason;  // of the manifest's entry
  std::string lock_message;     // how it departs from the lock file; empty: it does not, or there is none
};

/// "zoo/a.pt2#decoder", "zoo/model.json".
inline std::string label(const Row& row) { return row.program.empty() ? row.path : row.path + "#" + row.program; }

/// It fails the run: not the same and not expected to fail, or an unexpected pass, or not what the lock says.
inline bool fails_run(const Row& row) {
  if (!row.lock_message.empty() || row.expected == Expected::kUnexpectedPass) return true;
  return row.verdict != Verdict::kSame && row.expected == Expected::kPlain;
}

}  // namespace retrace::batch
