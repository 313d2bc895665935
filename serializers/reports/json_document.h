// SPDX-License-Identifier: Apache-2.0
// All rows of a run as one JSON document, in the run's order: what `--format json` prints.
#pragma once
#include <string>

#include "core/batch/row_sink.h"
#include "serializers/files/growing_file.h"

namespace retrace::serializers {

class JsonDocument : public batch::RowSink {
 public:
  explicit JsonDocument(const std::string& path) : file_(path) {
    file_.append(R"({"schema_version": 1, "results": [)");
  }
  void take(const batch::Row& row) override;
  void end() override;

 private:
  GrowingFile file_;
  bool first_ = true;
};

}  // namespace retrace::serializers
