// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/batch/row_of.h"
#include "serializers/files/content.h"
#include "serializers/files/listing.h"
#include "serializers/store/row_json.h"

namespace retrace::cli {
namespace {

using batch::Row;
using batch::Trouble;

/// The worker's command line: the question and the limits again.
std::vector<std::string> worker_arguments(const Options& options) {
  std::vector<std::string> out{"worker", "--shapes", options.shapes};
  const auto add = [&](std::initializer_list<std::string> more) { out.insert(out.end(), more); };
  if (options.modes.size() > 1)
    add({"--mode", "both"});
  else
    add({options.modes.front() == exporter::Mode::kStrict ? "--strict" : "--non-strict"});
  if (options.shape_order == ShapeOrder::kSignature) add({"--shape-order", "signature"});
  if (!options.compare_recorded) add({"--recorded", "ignore"});
  if (options.level == identity::Level::kExact) add({"--level", "exact"});
  if (options.level == identity::Level::kDataflow) add({"--level", "dataflow"});
  if (options.timing) add({"--timing"});
  if (!options.model.empty()) add({"--model", options.model});
  add({"--max-memory", std::to_string(options.batch.max_memory)});
  add({"--max-bytes", std::to_string(options.batch.max_bytes)});
  return out;
}

/// Answers of each mode become rows of the file: programs in order, then modes.
std::vector<Row> woven(std::vector<std::vector<Row>> by_mode) {
  std::vector<Row> out;
  for (std::size_t program = 0; program < by_mode.front().size(); ++program)
    for (auto& rows : by_mode) out.push_back(std::move(rows[program]));
  for (std::size_t part = 0; part < out.size(); ++part) {
    out[part].part = static_cast<std::uint32_t>(part);
    out[part].parts = static_cast<std::uint32_t>(out.size());
  }
  return out;
}

}  // namespace

Checker::Checker(const Options& options, Question base, std::vector<Memory> memories, int stop_fd)
    : options_(options), base_(std::move(base)), memories_(std::move(memories)), stop_fd_(stop_fd) {}

batch::Done Checker::check(batch::Job job) {
  {
    const std::scoped_lock lock(mutex_);
    started_[job.path] = WorkerProcess::Clock::now();
  }
  const std::string real = serializers::below(options_.batch.root, job.path);
  auto rows = recall(real);
  if (!rows) rows = ask(real);
  {
    const std::scoped_lock lock(mutex_);
    started_.erase(job.path);
  }
  if (rows)
    for (Row& row : *rows) {
      row.index = job.index;
      row.path = job.path;
    }
  return {std::move(job), std::move(rows)};
}

std::map<std::string, double> Checker::under_way() {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, double> out;
  const auto now = WorkerProcess::Clock::now();
  for (const auto& [path, start] : started_) out[path] = std::chrono::duration<double>(now - start).count();
  return out;
}

std::optional<std::vector<Row>> Checker::recall(const std::string& real) {
  std::error_code error;  // a pipe may block for ever: that is a worker's to suffer
  if (memories_.empty() || !std::filesystem::is_regular_file(real, error)) return std::nullopt;
  const auto question = question_for(base_, real);
  if (!question) return std::nullopt;
  const auto content = serializers::read_content(real, options_.batch.max_bytes);
  if (!content) return std::nullopt;
  for (const Memory& memory : memories_) {
    std::vector<std::vector<Row>> by_mode;
    for (const exporter::Mode mode : question->modes) {
      by_mode.push_back(memory.recall(content->digest, question->shapes, mode, question->modes.size()));
      if (by_mode.back().empty() || by_mode.back().size() != by_mode.front().size()) break;
      if (by_mode.size() == question->modes.size()) return woven(std::move(by_mode));
    }
  }
  return std::nullopt;
}

std::unique_ptr<WorkerProcess> Checker::take_worker() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return std::make_unique<WorkerProcess>(worker_arguments(options_), stop_fd_);
  auto worker = std::move(idle_.back());
  idle_.pop_back();
  return worker;
}

std::optional<std::vector<Row>> Checker::ask(const std::string& real) {
  auto worker = take_worker();
  std::vector<Row> rows;
  bool stopped = false;
  while (!stopped && !ask_once(*worker, real, rows, stopped)) continue;
  {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(worker));
  }
  if (stopped) return std::nullopt;
  const bool lasting = std::all_of(rows.begin(), rows.end(), batch::is_lasting);
  if (lasting)
    for (const Memory& memory : memories_)
      if (memory.keep) memory.keep(rows);
  return rows;
}

/// True: all rows are there. Else the worker ended within one, which now is a row of trouble, and the rest is to be
/// asked of a new worker.
bool Checker::ask_once(WorkerProcess& worker, const std::string& real, std::vector<Row>& rows, bool& stopped) {
  worker.send(fmt::format("{}\t{}", rows.size(), real) + '\0');
  std::string line;
  auto event = WorkerProcess::Event::kLine;
  while ((event = worker.receive(line, options_.batch.timeout)) == WorkerProcess::Event::kLine) {
    if (line == "D") return true;
    if (auto row = serializers::row_from_json(std::string_view(line).substr(1))) rows.push_back(std::move(*row));
  }
  stopped = event == WorkerProcess::Event::kStopped;
  const bool timeout = event == WorkerProcess::Event::kTimeout;
  const std::string at = worker.at();
  if (stopped || timeout) worker.kill();
  if (stopped) return false;
  const std::string why = timeout ? fmt::format("no answer in {} s", options_.batch.timeout) : worker.reap();
  return add_trouble(at, timeout ? Trouble::kTimeLimit : Trouble::kCrash, why, rows);
}

/// The row that the worker was at, or all rows of the file if it was being loaded. True: none are left.
bool Checker::add_trouble(const std::string& at, Trouble trouble, const std::string& why,
                          std::vector<Row>& rows) const {
  Row now;
  now.parts = static_cast<std::uint32_t>(base_.modes.size());
  now.shapes = base_.shapes;
  now.mode = base_.modes.front();
  if (!at.empty())
    if (auto row = serializers::row_from_json(std::string_view(at).substr(1))) now = std::move(*row);
  batch::fill_trouble(now, trouble, why);
  if (at.starts_with('A')) {
    rows.push_back(now);
    return rows.size() >= now.parts;
  }
  const bool both = now.parts > 1;  // modes, as long as the file is being read
  if (!rows.empty()) now.parts = rows.front().parts;
  for (now.part = static_cast<std::uint32_t>(rows.size()); now.part < now.parts; ++now.part) {
    if (both) now.mode = now.part % 2 == 0 ? exporter::Mode::kNonStrict : exporter::Mode::kStrict;
    rows.push_back(now);
  }
  return true;
}

}  // namespace retrace::cli
