// SPDX-License-Identifier: Apache-2.0
// --emit DIR: the exports of a run as programs, DIR/export1.json and so on. Where a run has several results each has a
// directory of its own in DIR: the file's name with / as %2F (and % and # escaped so too), #PROGRAM in an archive, and
// the mode.
#pragma once
#include <set>
#include <string>

#include "cli/options/options.h"
#include "serializers/load_error.h"
#include "serializers/reports/report.h"

namespace retrace::cli {

class Emitted {
 public:
  explicit Emitted(const Options& options);

  serializers::Result<void> write(const serializers::Report& report, bool only_result);
  /// After the run: what an earlier one left in DIR, or for the same files and modes, and this one did not write goes,
  /// unless this run reads it.
  serializers::Result<void> remove_others() const;

 private:
  [[nodiscard]] bool is_of_this_run(const std::string& directory_name) const;
  serializers::Result<void> remove_others_in(const std::string& directory) const;

  const Options& options_;
  std::set<std::string> files_;  // as parts of directories' names
  std::set<std::string> written_;
};

}  // namespace retrace::cli
