// SPDX-License-Identifier: Apache-2.0
// SARIF 2.1.0: one run, a result a row that is not well, the worst 5,000 (what GitHub's code scanning keeps).
#pragma once
#include "core/batch/row_sink.h"
#include "serializers/reports/outcome.h"
#include "serializers/reports/text_output.h"

namespace retrace::serializers {

class SarifReport : public batch::RowSink {
 public:
  explicit SarifReport(TextOutput output) : output_(std::move(output)) {}
  void begin(const batch::RunInfo& info) override { info_ = info; }
  void take(const batch::Row& row) override { worst_.take(row); }
  void end() override;

 private:
  TextOutput output_;
  batch::RunInfo info_;
  WorstRows worst_{5000};
};

}  // namespace retrace::serializers
