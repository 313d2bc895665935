// SPDX-License-Identifier: Apache-2.0
// Small program texts for the readers' tests.
#pragma once
#include <string>
#include <string_view>

#include "serializers/files/files.h"

namespace retrace::serializers::test {

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

/// relu of one float input of shape [s77, 3].
inline std::string relu_program() { return *read_file(RETRACE_SOURCE_DIR "/tests/data/relu.json"); }

/// The same with `argument` (a JSON union) as a second argument of the node.
inline std::string relu_with(std::string_view argument) {
  return replaced(relu_program(), R"("kind": 1}],)",
                  R"("kind": 1}, {"name": "other", "arg": )" + std::string(argument) + R"(, "kind": 2}],)");
}

}  // namespace retrace::serializers::test
