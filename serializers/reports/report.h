// SPDX-License-Identifier: Apache-2.0
// What `check` and `diff` found, as the two renderers take it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/retrace.h"

namespace retrace::serializers {

struct Report {
  std::string file;
  std::string other;    // the second file of `diff`; empty for `check`
  std::string program;  // name in its archive; empty: a bare file
  std::string mode;     // "strict", "non-strict"; empty for `diff`
  std::string trouble;  // why there is no answer; empty: there is one
  CheckResult result;
  std::int64_t read_ns = 0;
  std::int64_t total_ns = 0;
};

/// "a.pt2#name", "model.json".
std::string label(const Report& report);
std::string_view level_name(identity::Level level);

}  // namespace retrace::serializers
