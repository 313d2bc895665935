// SPDX-License-Identifier: Apache-2.0
// Counts of a run, and its failures clustered by finding and operator: bounded by the number of clusters.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/batch/row_sink.h"

namespace retrace::batch {

struct Cluster {
  std::uint64_t count = 0;
  std::string example;  // label of the first row, with its mode
};

class Tally : public RowSink {
 public:
  void take(const Row& row) override;

  /// As grep and diff: 0 all well, 1 some row fails the run, 2 trouble that nobody expects.
  [[nodiscard]] int status() const { return status_; }
  void raise_status(int status) { status_ = status > status_ ? status : status_; }
  /// "412 results: 400 same, 7 differ, 3 fail, 2 trouble", then a line a cluster, most frequent first.
  [[nodiscard]] std::string summary() const;

 private:
  std::uint64_t verdicts_[4] = {};
  std::uint64_t expected_ = 0;
  std::uint64_t unexpected_passes_ = 0;
  std::uint64_t unlocked_ = 0;
  std::map<std::pair<std::string, std::string>, Cluster> clusters_;  // by rule and operator
  int status_ = 0;
};

std::string_view mode_name(exporter::Mode mode);

}  // namespace retrace::batch
