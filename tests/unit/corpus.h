// SPDX-License-Identifier: Apache-2.0
// Where the shared corpora are unpacked: RETRACE_CORPUS, or where the ratchet unpacks them.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace retrace::test {

/// Empty: they are not at hand.
inline std::string corpus_directory() {
  const char* given = std::getenv("RETRACE_CORPUS");
  std::string directory = given != nullptr ? given : RETRACE_CORPUS_DIR;
  return std::filesystem::exists(directory) ? directory : "";
}

}  // namespace retrace::test
