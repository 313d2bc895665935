// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/zoo_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "cli/batch/progress.h"
#include "cli/inputs.h"
#include "serializers/store/cache.h"
#include "serializers/store/row_json.h"

namespace retrace::cli {
namespace {

using batch::Row;
using serializers::Found;

constexpr std::size_t kRowsASync = 256;
constexpr std::chrono::seconds kSyncInterval{1};
constexpr int kSignalStatus = 128;

template <typename T>
T value(serializers::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

}  // namespace

int ZooRun::run(batch::RowSink& sink) {
  prepare();
  plan();
  open_stores();
  listing_ = std::make_unique<serializers::Listing>(list_options_);
  Checker checker(context_.options, question_, memories(), stop_.fd());
  jobs_ = job_count();
  sink.begin({header_.tool, header_.options, header_.files});
  {
    Progress progress(context_.environment, own_files_, [&] { return checker.under_way(); });
    batch::run_ordered(
        jobs_, {[&] { return next(); }, [&](std::vector<batch::Job> jobs) { return checker.check(std::move(jobs)); },
                [&](batch::Done done) {
                  progress.advance();
                  take(std::move(done), sink);
                }});
  }
  sync();
  const int signal = stop_.signal();
  if (signal == 0) {
    if (journal_) journal_->end();
    if (store_) store_->finish_run();
  }
  sink.end();
  return signal == 0 ? kSame : kSignalStatus + signal;
}

void ZooRun::prepare() {
  const Options& options = context_.options;
  question_ = value(question(context_));
  list_options_ = {options.batch.root,
                   options.files,
                   options.batch.include,
                   options.batch.exclude,
                   options.batch.nul_lists ? '\0' : '\n',
                   options.batch.files_from,
                   {}};
  for (const std::string& file : options.files) {
    if (file == "-") read_list(file);
    if (file.starts_with('@')) read_list(file.substr(1));
  }
  read_list(options.batch.files_from);
  std::string error;
  if (options.batch.shard.empty()) return;
  const auto shard = batch::parse_shard(options.batch.shard, context_.environment.variable, error);
  if (!shard) throw std::runtime_error(error);
  shard_ = *shard;
}

/// No more than have something to do.
unsigned ZooRun::job_count() const {
  const unsigned asked = context_.options.batch.jobs;
  const std::uint64_t most = std::clamp<std::uint64_t>(own_files_, 1, kMaxJobs);
  return static_cast<unsigned>(std::min<std::uint64_t>(asked == 0 ? batch::core_count() : asked, most));
}

/// A run draws its list several times: one that is no file on disk is kept.
void ZooRun::read_list(const std::string& path) {
  std::error_code error;
  const bool once = !path.empty() && !std::filesystem::is_regular_file(path, error);
  if (once && !list_options_.read_lists.contains(path))
    list_options_.read_lists[path] = value(read_text(path, context_.environment));
}

/// The first pass over the zoo: how many files, how many of them ours, and a digest of all names.
void ZooRun::plan() {
  serializers::Listing listing(list_options_);
  hash::Digest names;
  while (const auto found = value(listing.next())) {
    names = hash::digest(hash::to_hex(names) + found->path);
    ++header_.files;
    if (shard_.has(found->relative)) ++own_files_;
  }
  if (header_.files == 0) throw std::runtime_error("no programs found");
  header_.tool = RETRACE_VERSION;
  header_.options = answer_options(context_.options);
  header_.shard = shard_;
  header_.zoo = hash::to_hex(names);
}

void ZooRun::open_stores() {
  const BatchOptions& batch = context_.options.batch;
  const std::string journal = batch.journal.empty() && !batch.db.empty() ? batch.db + ".jsonl" : batch.journal;
  if (journal.empty() && batch.resume) throw std::runtime_error("--resume needs --db or --journal");
  if (journal.empty()) return;
  store_ = std::make_unique<serializers::Store>(batch.db);
  store_->begin_run(header_, batch.resume);
  if (batch.resume) replay_journal();
  journal_.emplace(value(serializers::JournalWriter::open(journal, header_, batch.resume)));
  if (!journal_->planned()) {
    serializers::Listing listing(list_options_);
    for (std::uint64_t index = 0; const auto found = value(listing.next()); ++index)
      if (shard_.has(found->relative)) journal_->plan({index, found->path});
  }
  journal_->begin_run();
}

/// The journal may know rows that the store does not: it is written first.
void ZooRun::replay_journal() {
  const BatchOptions& batch = context_.options.batch;
  const std::string path = batch.journal.empty() ? batch.db + ".jsonl" : batch.journal;
  const auto map = value(serializers::map_journal(path));
  if (!map || map->header.tool != header_.tool || map->header.options != header_.options) return;
  serializers::LineReader lines(path, map->plan_offset);
  for (std::string_view line; lines.next(line);)
    if (serializers::is_row(line))
      if (const auto row = serializers::row_from_json(line)) store_->put(*row, std::string(line));
  store_->commit();
}

std::vector<Memory> ZooRun::memories() {
  std::vector<Memory> out;
  const BatchOptions& batch = context_.options.batch;
  if (batch.resume)
    out.push_back({[this](const std::string& content, const std::string& shapes, exporter::Mode mode, std::size_t n) {
                     const std::scoped_lock lock(store_mutex_);
                     return store_->recall(content, shapes, mode, static_cast<std::uint32_t>(n));
                   },
                   nullptr});
  if (!batch.cache.empty()) {
    const auto cache = std::make_shared<serializers::Cache>(batch.cache, header_.tool, header_.options);
    out.push_back({[cache](const std::string& content, const std::string& shapes, exporter::Mode mode, std::size_t) {
                     return cache->recall(content, shapes, mode);
                   },
                   [cache](const std::vector<Row>& rows) { cache->keep(rows); }});
  }
  return out;
}

/// Several small steps at a time, single ones at the end, so that all workers end together.
std::vector<batch::Job> ZooRun::next() {
  constexpr std::uint64_t kTurns = 16;
  const std::uint64_t left = own_files_ - std::min(drawn_, own_files_);
  const std::size_t size = std::clamp<std::uint64_t>(left / (jobs_ * kTurns), 1, batch::kMaxJobsAtATime);
  std::vector<batch::Job> out;
  while (out.size() < size) {
    auto job = next_file();
    if (!job) break;
    out.push_back(std::move(*job));
  }
  drawn_ += out.size();
  return out;
}

std::optional<batch::Job> ZooRun::next_file() {
  while (stop_.signal() == 0) {
    auto found = value(listing_->next());
    if (!found) return std::nullopt;
    const std::uint64_t index = next_index_++;
    if (shard_.has(found->relative)) return batch::Job{index, std::move(found->path)};
  }
  return std::nullopt;
}

void ZooRun::take(batch::Done done, batch::RowSink& sink) {
  cut_ = cut_ || !done.rows;
  if (cut_) return;
  if (journal_) {
    const std::scoped_lock lock(store_mutex_);
    for (const Row& row : *done.rows) {
      const std::string line = serializers::row_to_json(row, false);
      journal_->append(line);
      store_->put(row, line);
    }
    unsynced_ += done.rows->size();
    if (unsynced_ >= kRowsASync || WorkerProcess::Clock::now() - synced_ > kSyncInterval) sync();
  }
  for (const Row& row : *done.rows) sink.take(row);
}

void ZooRun::sync() {
  if (!journal_) return;
  journal_->sync();
  store_->commit();
  unsynced_ = 0;
  synced_ = WorkerProcess::Clock::now();
}

}  // namespace retrace::cli
