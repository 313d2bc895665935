// SPDX-License-Identifier: Apache-2.0
#include "core/batch/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace retrace::batch {
namespace {

constexpr std::size_t kShownClusters = 20;

std::string plural(std::uint64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

}  // namespace

std::string_view mode_name(exporter::Mode mode) { return mode == exporter::Mode::kStrict ? "strict" : "non-strict"; }

void Tally::take(const Row& row) {
  ++verdicts_[static_cast<std::size_t>(row.verdict)];
  if (row.expected == Expected::kFailure) ++expected_;
  if (row.expected == Expected::kUnexpectedPass) ++unexpected_passes_;
  if (!row.lock_message.empty()) ++unlocked_;
  if (fails_run(row)) raise_status(row.verdict == Verdict::kTrouble && row.expected == Expected::kPlain ? 2 : 1);
  if (row.verdict == Verdict::kSame || row.expected == Expected::kFailure) return;
  Cluster& cluster = clusters_[{row.finding.rule, row.finding.operator_name}];
  if (cluster.count++ == 0) cluster.example = fmt::format("{} ({})", label(row), mode_name(row.mode));
}

std::string Tally::summary() const {
  const std::uint64_t total = verdicts_[0] + verdicts_[1] + verdicts_[2] + verdicts_[3];
  std::string out = fmt::format("{}: {} same, {} differ, {} fail, {} trouble", plural(total, "result", "results"),
                                verdicts_[0], verdicts_[1], verdicts_[2], verdicts_[3]);
  if (expected_ > 0) out += fmt::format("; {}", plural(expected_, "expected failure", "expected failures"));
  if (unexpected_passes_ > 0)
    out += fmt::format("; {}", plural(unexpected_passes_, "unexpected pass", "unexpected passes"));
  if (unlocked_ > 0) out += fmt::format("; {} not as locked", unlocked_);
  out += '\n';
  std::vector<std::pair<std::pair<std::string, std::string>, Cluster>> all(clusters_.begin(), clusters_.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  for (std::size_t i = 0; i < std::min(all.size(), kShownClusters); ++i) {
    const auto& [key, cluster] = all[i];
    std::string line = fmt::format("{:>8}  {}{}, first {}", cluster.count, key.first,
                                   key.second.empty() ? "" : " at " + key.second, cluster.example);
    std::replace(line.begin(), line.end(), '\n', ' ');  // of names
    out += line + "\n";
  }
  if (all.size() > kShownClusters) out += fmt::format("          and {} more clusters\n", all.size() - kShownClusters);
  return out;
}

}  // namespace retrace::batch
