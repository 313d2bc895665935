// SPDX-License-Identifier: Apache-2.0
// Results for people: the first line says what happened, the lines below it where.
#pragma once
#include <string>

#include "serializers/reports/report.h"

namespace retrace::serializers {

struct TextStyle {
  bool color = false;
  bool quiet = false;  // nothing for what is the same
  bool timing = false;
  identity::Level level = identity::Level::kSymbolic;  // how finely the recorded program is held against its export
};

/// `recorded`: the program as read, for the lines around where it drifted from its own export; may be null.
std::string to_text(const Report& report, const TextStyle& style, const ir::Program* recorded);

}  // namespace retrace::serializers
