// SPDX-License-Identifier: Apache-2.0
// One HTML page that needs nothing else: the rows as JSON inside it, a table to filter and sort, and for each row both
// graphs around the first node that differs.
#pragma once
#include <cstdint>
#include <string>

#include "core/batch/row_sink.h"
#include "serializers/files/growing_file.h"

namespace retrace::serializers {

class HtmlReport : public batch::RowSink {
 public:
  explicit HtmlReport(const std::string& path);
  void begin(const batch::RunInfo& info) override { info_ = info; }
  /// A browser holds so many: the first 20,000 rows that are the same, the first 20,000 others.
  void take(const batch::Row& row) override;
  void end() override;

 private:
  GrowingFile file_;
  batch::RunInfo info_;
  std::uint64_t same_ = 0;
  std::uint64_t others_ = 0;
  std::uint64_t left_out_ = 0;
  bool first_ = true;
};

}  // namespace retrace::serializers
