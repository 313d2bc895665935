// SPDX-License-Identifier: Apache-2.0
// Steps of the recorded sessions: one a line, fields separated by tabs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/shapes/value_range.h"

namespace retrace::shapes {

using Fields = std::vector<std::string>;

inline Fields split(const std::string& line, char separator) {
  Fields fields(1);
  for (const char c : line) {
    if (c == separator) {
      fields.emplace_back();
    } else {
      fields.back().push_back(c);
    }
  }
  return fields;
}

inline std::int64_t bound(const std::string& text) {
  return text == "oo" ? kOo : text == "-oo" ? kNegOo : std::stoll(text);
}

}  // namespace retrace::shapes
