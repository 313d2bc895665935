// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/checker.h"

#include <algorithm>
#include <filesystem>

#include "cli/batch/inquiry.h"
#include "core/batch/row_of.h"
#include "serializers/files/content.h"
#include "serializers/files/listing.h"

namespace retrace::cli {
namespace {

using batch::Row;

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

std::vector<batch::Done> Checker::check(std::vector<batch::Job> jobs) {
  std::vector<batch::Done> out;
  std::vector<std::string> asked;
  for (batch::Job& job : jobs) {
    std::string real = serializers::below(options_.batch.root, job.path);
    out.push_back({std::move(job), recall(real)});
    if (!out.back().rows) asked.push_back(std::move(real));
  }
  auto answers = ask(asked);
  for (auto answer = answers.begin(); batch::Done & done : out) {
    if (!done.rows) done.rows = std::move(*answer++);
    if (!done.rows) continue;
    for (Row& row : *done.rows) {
      row.index = done.job.index;
      row.path = done.job.path;
    }
  }
  return out;
}

std::map<std::string, double> Checker::under_way() {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, double> out;
  const auto now = WorkerProcess::Clock::now();
  for (const auto& [worker, at] : under_way_) out[at.first] = std::chrono::duration<double>(now - at.second).count();
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

std::vector<std::optional<std::vector<Row>>> Checker::ask(const std::vector<std::string>& files) {
  if (files.empty()) return {};
  auto worker = take_worker();
  Inquiry inquiry(base_, options_.batch.timeout, [&](const std::string& file, WorkerProcess::Clock::time_point since) {
    const std::scoped_lock lock(mutex_);
    under_way_[worker.get()] = {file, since};
  });
  auto answers = inquiry.ask(*worker, files);
  {
    const std::scoped_lock lock(mutex_);
    under_way_.erase(worker.get());
    idle_.push_back(std::move(worker));
  }
  for (const auto& rows : answers)
    if (rows && std::all_of(rows->begin(), rows->end(), batch::is_lasting))
      for (const Memory& memory : memories_)
        if (memory.keep) memory.keep(*rows);
  return answers;
}

}  // namespace retrace::cli
