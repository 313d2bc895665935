// SPDX-License-Identifier: Apache-2.0
// Real files: read whole or only the head, write so that a reader sees the old file or the new one, never half.
#pragma once
#include <cstdint>
#include <string>

#include "serializers/load_error.h"

namespace retrace::serializers {

/// What is read whole has an end: no file is bigger, and no pipe or device (/dev/zero has none) gives more.
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{4} << 30;
inline constexpr std::uint64_t kMaxStreamBytes = std::uint64_t{1} << 30;
LoadError too_big(const std::string& name, std::uint64_t limit);

bool file_exists(const std::string& path);
/// The whole file; one of more than `limit` bytes is an error.
Result<std::string> read_file(const std::string& path, std::uint64_t limit = kMaxFileBytes);
/// The first bytes of a regular file; none of a pipe, which can be read only once.
Result<std::string> read_head(const std::string& path, std::size_t bytes);

/// Makes the directory where it is missing.
Result<void> make_directory(const std::string& path);
/// As growing_file.h does.
Result<void> write_atomically(const std::string& path, const std::string& content);
/// No error where it is not there.
Result<void> remove_file(const std::string& path);

}  // namespace retrace::serializers
