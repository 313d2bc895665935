// SPDX-License-Identifier: Apache-2.0
// Real files: read whole or only the head, write so that a reader sees the old file or the new one, never half.
#pragma once
#include <string>

#include "serializers/load_error.h"

namespace retrace::serializers {

bool file_exists(const std::string& path);
Result<std::string> read_file(const std::string& path);
Result<std::string> read_head(const std::string& path, std::size_t bytes);

/// Makes the directory where it is missing.
Result<void> make_directory(const std::string& path);
/// Writes beside `path` and renames over it.
Result<void> write_atomically(const std::string& path, const std::string& content);
/// No error where it is not there.
Result<void> remove_file(const std::string& path);

}  // namespace retrace::serializers
