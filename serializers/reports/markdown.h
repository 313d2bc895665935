// SPDX-License-Identifier: Apache-2.0
// A run on one page of Markdown, as a job summary shows it: counts, clusters by finding and operator, the worst rows.
#pragma once
#include "core/batch/row_sink.h"
#include "serializers/reports/outcome.h"
#include "serializers/reports/text_output.h"

namespace retrace::serializers {

class MarkdownReport : public batch::RowSink {
 public:
  explicit MarkdownReport(TextOutput output) : output_(std::move(output)) {}
  void begin(const batch::RunInfo& info) override { info_ = info; }
  void take(const batch::Row& row) override;
  void end() override;

 private:
  TextOutput output_;
  batch::RunInfo info_;
  WorstRows worst_{100};  // with 4 KB each far below the 1 MiB that GitHub shows
  FindingClusters clusters_;
};

}  // namespace retrace::serializers
