// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/outcome.h"

#include <algorithm>

#include "core/batch/tally.h"

namespace retrace::serializers {

using batch::Expected;
using batch::Row;

Outcome outcome(const Row& row) {
  if (row.expected == Expected::kUnexpectedPass) return Outcome::kUnexpectedPass;
  if (row.expected == Expected::kPlain) {
    if (row.verdict == Verdict::kTrouble) return Outcome::kTrouble;
    if (row.verdict == Verdict::kFails) return Outcome::kFails;
    if (row.verdict == Verdict::kDiffers) return Outcome::kDiffers;
  }
  if (!row.lock_message.empty()) return Outcome::kNotAsLocked;
  return row.verdict == Verdict::kSame ? Outcome::kSame : Outcome::kExpected;
}

const char* outcome_name(Outcome outcome) {
  constexpr const char* kNames[kOutcomes] = {"trouble",          "fails", "differs", "unexpected pass", "not as locked",
                                             "expected failure", "same"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string rule_of(const Row& row) {
  if (outcome(row) == Outcome::kUnexpectedPass) return "unexpected-pass";
  if (outcome(row) == Outcome::kNotAsLocked) return "lock-changed";
  if (!row.finding.rule.empty()) return row.finding.rule;
  return row.verdict == Verdict::kFails ? "export-failed" : "";
}

std::string message_of(const Row& row) {
  if (outcome(row) == Outcome::kUnexpectedPass)
    return "is the same, but was expected to fail" + (row.expected_reason.empty() ? "" : ": " + row.expected_reason);
  if (outcome(row) == Outcome::kNotAsLocked) return row.lock_message;
  std::string out = row.finding.message;
  if (!row.lock_message.empty()) out += "\nlock: " + row.lock_message;
  return out;
}

std::string title_of(const Row& row) { return label(row) + " (" + std::string(batch::mode_name(row.mode)) + ")"; }

namespace {

/// What lists of findings show; the rest of a row may be long.
Row without_details(Row row) {
  row.excerpt.reset();
  row.exports.clear();
  row.differences.clear();
  row.recorded_differences.clear();
  return row;
}

}  // namespace

void WorstRows::take(const Row& row) {
  const Outcome o = outcome(row);
  ++counts_[static_cast<std::size_t>(o)];
  if (o == Outcome::kSame) return;
  if (kept_count_ == limit_) {  // the mildest gives way, or the row is left out
    std::size_t mildest = kOutcomes - 1;
    while (mildest > 0 && kept_[mildest].empty()) --mildest;
    if (static_cast<std::size_t>(o) >= mildest) return;
    kept_[mildest].pop_back();
    --kept_count_;
  }
  kept_[static_cast<std::size_t>(o)].push_back(without_details(row));
  ++kept_count_;
}

std::vector<const Row*> WorstRows::rows() const {
  std::vector<const Row*> out;
  for (const auto& rows : kept_)
    for (const Row& row : rows) out.push_back(&row);
  return out;
}

std::uint64_t WorstRows::total() const {
  std::uint64_t out = 0;
  for (const std::uint64_t count : counts_) out += count;
  return out;
}

void FindingClusters::take(const Row& row) {
  if (const Outcome o = outcome(row); o == Outcome::kSame || o == Outcome::kExpected) return;
  FindingCluster& cluster = clusters_[{rule_of(row), row.finding.operator_name}];
  if (cluster.count++ > 0) return;
  cluster.rule = rule_of(row);
  cluster.operator_name = row.finding.operator_name;
  cluster.example = title_of(row);
}

std::vector<FindingCluster> FindingClusters::sorted() const {
  std::vector<FindingCluster> out;
  for (const auto& [key, cluster] : clusters_) out.push_back(cluster);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  return out;
}

}  // namespace retrace::serializers
