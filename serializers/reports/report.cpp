// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/report.h"

namespace retrace::serializers {

std::string label(const Report& report) {
  return report.program.empty() ? report.file : report.file + "#" + report.program;
}

std::string_view level_name(identity::Level level) {
  switch (level) {
    case identity::Level::kExact:
      return "exact";
    case identity::Level::kDataflow:
      return "dataflow";
    case identity::Level::kSymbolic:
      break;
  }
  return "symbolic";
}

}  // namespace retrace::serializers
