// SPDX-License-Identifier: Apache-2.0
// GitHub's annotations as workflow commands: the worst rows, within the ten of a kind that GitHub shows a step.
#pragma once
#include "core/batch/row_sink.h"
#include "serializers/reports/outcome.h"
#include "serializers/reports/text_output.h"

namespace retrace::serializers {

class GithubReport : public batch::RowSink {
 public:
  explicit GithubReport(TextOutput output) : output_(std::move(output)) {}
  void take(const batch::Row& row) override { worst_.take(row); }
  void end() override;

 private:
  TextOutput output_;
  WorstRows worst_{20};
};

}  // namespace retrace::serializers
