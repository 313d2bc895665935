// SPDX-License-Identifier: Apache-2.0
// JUnit XML as Jenkins and GitLab read it: a row is a test case named as in PyTorch's suite. A failure is an answer
// that is not as it should be, an error is no answer, an expected failure is skipped with its reason.
#pragma once
#include <cstdint>
#include <string>

#include "core/batch/row_sink.h"

namespace retrace::serializers {

class JunitReport : public batch::RowSink {
 public:
  /// More than 20,000 cases go on in "report.2.xml", "report.3.xml", ... beside "report.xml".
  explicit JunitReport(std::string path) : path_(std::move(path)) {}
  void take(const batch::Row& row) override;
  void end() override;

 private:
  [[nodiscard]] std::string part_path(std::uint64_t part) const;
  void write_part();

  std::string path_;
  std::string cases_;
  std::uint64_t part_ = 1;
  std::uint64_t tests_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace retrace::serializers
