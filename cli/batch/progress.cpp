// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>

#include "serializers/reports/clean_text.h"

namespace retrace::cli {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);

bool wanted(const Environment& environment) {
  return environment.err_is_terminal && !environment.variable("CI") && environment.variable("TERM") != "dumb";
}

}  // namespace

Progress::Progress(Environment& environment, std::uint64_t total, UnderWay under_way)
    : environment_(environment), total_(total), under_way_(std::move(under_way)) {
  if (wanted(environment_)) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  thread_.join();
  environment_.err << "\r\x1b[K" << std::flush;
}

void Progress::run() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kInterval, [this] { return over_; }))
    draw(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

void Progress::draw(double seconds) {
  const auto done = done_.load();
  const double rate = static_cast<double>(done) / std::max(seconds, 1e-3);
  std::string line = fmt::format("{}/{} files, {:.0f}/s", done, total_, rate);
  if (rate > 0) line += fmt::format(", {:.0f} s left", static_cast<double>(total_ - std::min(done, total_)) / rate);
  const auto under_way = under_way_();
  const auto slowest = std::max_element(under_way.begin(), under_way.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  if (slowest != under_way.end() && slowest->second > 1)
    line += fmt::format(", {:.0f} s in {}", slowest->second, slowest->first);
  environment_.err << "\r\x1b[K" << serializers::cut_text(serializers::terminal_line(line), 120) << std::flush;
}

}  // namespace retrace::cli
