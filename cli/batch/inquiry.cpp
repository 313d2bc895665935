// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/inquiry.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/batch/row_of.h"
#include "serializers/store/row_json.h"

namespace retrace::cli {

using batch::Row;
using batch::Trouble;
using Event = WorkerProcess::Event;

namespace {

constexpr std::chrono::milliseconds kGlance{250};

WorkerProcess::Clock::duration seconds(double number) {
  return std::chrono::duration_cast<WorkerProcess::Clock::duration>(std::chrono::duration<double>(number));
}

}  // namespace

std::vector<std::optional<std::vector<Row>>> Inquiry::ask(WorkerProcess& worker,
                                                          const std::vector<std::string>& files) {
  for (const std::string& path : files) files_.push_back({path, {}, std::nullopt, false});
  bool stopped = false;
  while (!stopped && open_file(0) < files_.size()) {
    send(worker);
    const End end = listen(worker);
    stopped = end == End::kStopped;
    const WorkerProcess::Status status = worker.status();
    if (stopped || end == End::kTimeout) worker.kill();
    if (end == End::kTimeout) blame(status, Trouble::kTimeLimit, fmt::format("no answer in {} s", timeout_));
    if (end == End::kDied) blame(status, Trouble::kCrash, worker.reap());
  }
  std::vector<std::optional<std::vector<Row>>> out;
  for (File& file : files_) out.push_back(file.done ? std::optional(std::move(file.rows)) : std::nullopt);
  return out;
}

std::size_t Inquiry::open_file(std::size_t from) const {
  while (from < files_.size() && files_[from].done) ++from;
  return from;
}

void Inquiry::send(WorkerProcess& worker) {
  std::string text;
  for (std::size_t at = open_file(0); at < files_.size();) {
    const File& file = files_[at];
    const std::size_t next = open_file(at + 1);
    const std::uint32_t until = file.trouble ? file.trouble->part : WorkerRequest::kAll;
    text +=
        WorkerRequest{at, static_cast<std::uint32_t>(file.rows.size()), until, next < files_.size(), file.path}.text();
    at = next;
  }
  worker.send(text);
}

/// Until all that was asked is answered or there will be no answer.
Inquiry::End Inquiry::listen(WorkerProcess& worker) {
  Clock::duration wait = timeout_ == 0 ? kGlance : std::min<Clock::duration>(kGlance, seconds(timeout_));
  for (std::size_t at = open_file(0); at < files_.size();) {
    std::string line;
    const Event event = worker.receive(line, wait);
    if (event == Event::kDied) return End::kDied;
    if (event == Event::kStopped) return End::kStopped;
    if (event == Event::kNothing) {
      if (is_late(worker, wait)) return End::kTimeout;
    } else if (line == "D") {
      end_answer(files_[at]);
      at = open_file(at + 1);
    } else {
      auto row = serializers::row_from_json(std::string_view(line).substr(1));
      if (!row) throw std::runtime_error(files_[at].path + ": a bug of retrace: its worker's answer cannot be read");
      files_[at].rows.push_back(std::move(*row));
    }
  }
  return End::kAnswered;
}

/// Looks at what the worker is at; `wait`: until it is worth another look.
bool Inquiry::is_late(const WorkerProcess& worker, Clock::duration& wait) {
  const WorkerProcess::Status status = worker.status();
  turn_to_(files_[file_of(status)].path, status.since);
  wait = kGlance;
  if (timeout_ == 0) return false;
  const auto left = status.since + seconds(timeout_) - Clock::now();
  wait = std::min<Clock::duration>(kGlance, left);
  return left <= Clock::duration::zero();
}

std::size_t Inquiry::file_of(const WorkerProcess::Status& status) const {
  const bool there = !status.row.empty() && status.request < files_.size() && !files_[status.request].done;
  return there ? status.request : open_file(0);
}

/// What was asked of this file is there; a part that was known to be trouble follows.
void Inquiry::end_answer(File& file) const {
  if (file.trouble) file.rows.push_back(*file.trouble);
  file.trouble.reset();
  file.done = !file.rows.empty() && file.rows.size() >= file.rows.front().parts;
}

/// Where the worker was; if it did not get to say so, at the beginning of a file.
Row Inquiry::place(const WorkerProcess::Status& status) const {
  if (!status.row.empty())
    if (auto row = serializers::row_from_json(status.row)) return std::move(*row);
  Row row;
  row.parts = static_cast<std::uint32_t>(base_.modes.size());
  row.shapes = base_.shapes;
  row.mode = base_.modes.front();
  return row;
}

/// The result that the worker was at becomes a row of trouble; all results of the file, if it was being loaded.
void Inquiry::blame(const WorkerProcess::Status& status, Trouble trouble, const std::string& why) {
  File& file = files_[file_of(status)];
  Row now = place(status);
  batch::fill_trouble(now, trouble, why);
  if (!status.row.empty() && !status.loading) {
    file.trouble = now;
    if (now.part <= file.rows.size()) end_answer(file);
    return;
  }
  const bool both = now.parts > 1;  // modes, as long as the file is being read
  if (!file.rows.empty()) now.parts = file.rows.front().parts;
  for (now.part = static_cast<std::uint32_t>(file.rows.size()); now.part < now.parts; ++now.part) {
    if (both) now.mode = now.part % 2 == 0 ? exporter::Mode::kNonStrict : exporter::Mode::kStrict;
    file.rows.push_back(now);
  }
  file.trouble.reset();
  file.done = true;
}

}  // namespace retrace::cli
