// SPDX-License-Identifier: Apache-2.0
// Takes the rows of a run one by one, in input order, and must not keep them all: reports, stores, printers.
#pragma once
#include <string>
#include <string_view>

#include "core/batch/row.h"

namespace retrace::batch {

/// What holds for the whole run.
struct RunInfo {
  std::string tool_version;
  std::string options;      // "shapes=infer order=insertion recorded=compare level=symbolic"
  std::uint64_t files = 0;  // inputs of the run, all shards together
};

class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void begin(const RunInfo& /*info*/) {}
  virtual void take(const Row& row) = 0;
  /// After the last row; not called where the run is cut short by an error.
  virtual void end() {}
};

}  // namespace retrace::batch
