// SPDX-License-Identifier: Apache-2.0
#include "serializers/store/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "core/batch/row_of.h"
#include "core/batch/tally.h"
#include "serializers/reports/report.h"
#include "serializers/store/row_json.h"

namespace retrace::serializers {
namespace {

constexpr const char* kSchema = R"(
PRAGMA journal_mode = TRUNCATE;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -1000;
CREATE TABLE IF NOT EXISTS run(
  id INTEGER PRIMARY KEY, tool TEXT, options TEXT, header TEXT, files INTEGER, complete INTEGER);
CREATE TABLE IF NOT EXISTS result(
  run INTEGER, position INTEGER, part INTEGER, path TEXT, program TEXT, mode TEXT, verdict TEXT, rule TEXT,
  operator TEXT, hash TEXT, content TEXT, shapes TEXT, body TEXT, PRIMARY KEY(run, position, part)) WITHOUT ROWID;
)";

std::string last_hash(const batch::Row& row) {
  return row.exports.empty() || !row.exports.back().hashes ? "" : hash::to_hex(row.exports.back().hashes->symbolic);
}

}  // namespace

class Store::Statement {
 public:
  Statement(Store& store, const char* sql) : store_(store) {
    if (sqlite3_prepare_v2(store.db_.get(), sql, -1, &statement_, nullptr) != SQLITE_OK) store.raise();
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& reset() {
    sqlite3_reset(statement_);
    next_ = 1;
    return *this;
  }
  Statement& bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, next_++, value);
    return *this;
  }
  Statement& bind(std::string_view value) {
    sqlite3_bind_text(statement_, next_++, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    return *this;
  }
  /// True: a result row is there.
  bool step() {
    const int status = sqlite3_step(statement_);
    if (status != SQLITE_ROW && status != SQLITE_DONE) store_.raise();
    return status == SQLITE_ROW;
  }
  std::int64_t integer(int column) { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr ? ""
                            : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }

 private:
  Store& store_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

void Store::Close::operator()(sqlite3* db) const { sqlite3_close(db); }

Store::Store(const std::string& path, Access access) : name_(path.empty() ? "the private results store" : path) {
  sqlite3* db = nullptr;
  const bool reads = access == Access::kRead;
  const int flags = SQLITE_OPEN_READWRITE | (reads ? 0 : SQLITE_OPEN_CREATE);  // a killed writer's journal is undone
  const int status = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  db_.reset(db);
  if (status != SQLITE_OK) raise();
  constexpr int kPatienceMs = 10'000;  // with a writer
  sqlite3_busy_timeout(db, kPatienceMs);
  if (!reads) execute(kSchema);
}

Store::~Store() {
  put_.reset();
  find_.reset();
  rows_.reset();
}

void Store::raise() { throw std::runtime_error(fmt::format("{}: {}", name_, sqlite3_errmsg(db_.get()))); }

void Store::execute(const char* sql) {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) raise();
}

void Store::begin_run(const JournalHeader& header, bool resume) {
  header_ = header;
  const std::string line = header.line();
  if (resume) {
    execute("CREATE INDEX IF NOT EXISTS result_content ON result(content, mode, shapes)");
    Statement last(*this, "SELECT max(id) FROM run WHERE header = ?");
    if (last.bind(line).step()) run_ = last.integer(0);
  }
  if (run_ == 0) {
    Statement insert(*this, "INSERT INTO run(tool, options, header, files, complete) VALUES(?, ?, ?, ?, 0)");
    insert.bind(header.tool).bind(header.options).bind(line).bind(static_cast<std::int64_t>(header.files)).step();
    run_ = sqlite3_last_insert_rowid(db_.get());
  }
  put_ =
      std::make_unique<Statement>(*this, "INSERT OR REPLACE INTO result VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
}

void Store::put(const batch::Row& row, const std::string& body) {
  if (!in_transaction_) execute("BEGIN");
  in_transaction_ = true;
  put_->reset().bind(run_).bind(static_cast<std::int64_t>(row.index)).bind(std::int64_t{row.part});
  put_->bind(row.path).bind(row.program).bind(batch::mode_name(row.mode)).bind(verdict_name(row.verdict));
  put_->bind(row.finding.rule).bind(row.finding.operator_name).bind(last_hash(row));
  put_->bind(row.content).bind(row.shapes).bind(body);
  put_->step();
  put_->reset();
}

void Store::commit() {
  if (in_transaction_) execute("COMMIT");
  in_transaction_ = false;
}

void Store::finish_run() {
  commit();
  Statement(*this, "UPDATE run SET complete = 1 WHERE id = ?").bind(run_).step();
}

std::vector<batch::Row> Store::recall(const std::string& content, const std::string& shapes, exporter::Mode mode,
                                      std::uint32_t modes) {
  if (!find_) {
    find_ = std::make_unique<Statement>(*this,
                                        "SELECT run, position FROM result JOIN run ON run.id = result.run "
                                        "WHERE content = ? AND mode = ? AND shapes = ? AND tool = ? AND options = ? "
                                        "ORDER BY run DESC, position LIMIT 1");
    rows_ = std::make_unique<Statement>(
        *this, "SELECT body FROM result WHERE run = ? AND position = ? AND mode = ? ORDER BY part");
  }
  find_->reset().bind(content).bind(batch::mode_name(mode)).bind(shapes).bind(header_.tool).bind(header_.options);
  if (!find_->step()) return {};
  rows_->reset().bind(find_->integer(0)).bind(find_->integer(1)).bind(batch::mode_name(mode));
  std::vector<batch::Row> out;
  while (rows_->step()) {
    auto row = row_from_json(rows_->text(0));
    if (!row || !batch::is_lasting(*row)) return {};
    out.push_back(std::move(*row));
  }
  // Another run may have asked for other modes: then its parts are numbered otherwise, but are as many a mode.
  const bool whole = !out.empty() && out.front().parts % out.size() == 0 && modes > 0;
  return whole ? out : std::vector<batch::Row>{};
}

std::vector<RunSummary> Store::runs() {
  std::vector<RunSummary> out;
  Statement all(*this,
                "SELECT id, tool, options, files, complete, (SELECT count(*) FROM result WHERE run = id) FROM run "
                "ORDER BY id");
  while (all.step())
    out.push_back({all.integer(0), all.text(1), all.text(2), static_cast<std::uint64_t>(all.integer(3)),
                   static_cast<std::uint64_t>(all.integer(5)), all.integer(4) != 0});
  return out;
}

void Store::changes(std::int64_t run_a, std::int64_t run_b, const std::function<void(const Change&)>& take) {
  Statement both(*this,
                 "SELECT path, program, mode, max(CASE run WHEN ?1 THEN verdict END), "
                 "max(CASE run WHEN ?2 THEN verdict END), max(CASE run WHEN ?1 THEN rule END), "
                 "max(CASE run WHEN ?2 THEN rule END), max(CASE run WHEN ?1 THEN hash END), "
                 "max(CASE run WHEN ?2 THEN hash END) FROM result WHERE run IN (?1, ?2) "
                 "GROUP BY path, program, mode ORDER BY path, program, mode");
  both.bind(run_a).bind(run_b);
  while (both.step()) {
    const std::string program = both.text(1);
    const Change change{both.text(0) + (program.empty() ? "" : "#" + program),
                        both.text(2),
                        both.text(3),
                        both.text(4),
                        both.text(5),
                        both.text(6),
                        both.text(7),
                        both.text(8)};
    const bool same =
        change.verdict_a == change.verdict_b && change.rule_a == change.rule_b && change.hash_a == change.hash_b;
    if (!same) take(change);
  }
}

}  // namespace retrace::serializers
