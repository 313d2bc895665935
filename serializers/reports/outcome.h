// SPDX-License-Identifier: Apache-2.0
// What a row means to those who read reports: how bad it is, which finding, in which words. And the few worst rows
// and the clusters of a run, in bounded memory.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/batch/row.h"

namespace retrace::serializers {

/// From the worst on.
enum class Outcome : std::uint8_t { kTrouble, kFails, kDiffers, kUnexpectedPass, kNotAsLocked, kExpected, kSame };
inline constexpr std::size_t kOutcomes = 7;

Outcome outcome(const batch::Row& row);
/// "trouble", "fails", "differs", "unexpected pass", "not as locked", "expected failure", "same".
const char* outcome_name(Outcome outcome);

/// The finding's name and its words; those of the manifest or the lock where they are what is wrong. Empty: same.
std::string rule_of(const batch::Row& row);
std::string message_of(const batch::Row& row);
/// "zoo/a.json (strict)".
std::string title_of(const batch::Row& row);

/// What stands in docs/findings.md.
struct FindingHelp {
  const char* rule;
  const char* help;
};
const std::vector<FindingHelp>& finding_helps();

/// The worst `limit` rows of a run, of equally bad ones the first; none that is the same, and without
/// their excerpts, exports and differences.
class WorstRows {
 public:
  explicit WorstRows(std::size_t limit) : limit_(limit) {}
  void take(const batch::Row& row);
  /// Worst first, then in the run's order.
  [[nodiscard]] std::vector<const batch::Row*> rows() const;
  /// How many rows had this outcome, kept or not.
  [[nodiscard]] std::uint64_t count(Outcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }
  [[nodiscard]] std::uint64_t total() const;

 private:
  std::size_t limit_;
  std::size_t kept_count_ = 0;
  std::array<std::vector<batch::Row>, kOutcomes> kept_;
  std::array<std::uint64_t, kOutcomes> counts_{};
};

struct FindingCluster {
  std::string rule;
  std::string operator_name;  // empty: none is to blame
  std::uint64_t count = 0;
  std::string example;  // title of the first row
};

class FindingClusters {
 public:
  void take(const batch::Row& row);
  /// Most frequent first.
  [[nodiscard]] std::vector<FindingCluster> sorted() const;

 private:
  std::map<std::pair<std::string, std::string>, FindingCluster> clusters_;
};

}  // namespace retrace::serializers
