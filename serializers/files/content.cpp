// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/content.h"

#include <filesystem>

#include "core/hash/digest.h"
#include "serializers/files/files.h"
#include "serializers/pt2/zip_file.h"

namespace retrace::serializers {
namespace {

constexpr std::uint64_t kWholeArchive = std::uint64_t{16} << 20;

/// An archive is read in place: only small ones give all their bytes.
Result<Content> of_archive(const std::string& path, std::uint64_t size) {
  if (size <= kWholeArchive) {
    const auto bytes = read_file(path);
    if (!bytes) return tl::unexpected(bytes.error());
    return Content{hash::to_hex(hash::digest(*bytes)), {path, std::nullopt}};
  }
  try {
    return Content{hash::to_hex(hash::digest(ZipFile::open(path).directory())), {path, std::nullopt}};
  } catch (const std::exception& error) {
    return tl::unexpected(LoadError{path, "", error.what()});
  }
}

}  // namespace

Result<Content> read_content(const std::string& path, std::uint64_t max_bytes) {
  const auto head = read_head(path, 4);
  if (!head) return tl::unexpected(head.error());
  if (head->starts_with("PK")) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error && max_bytes > 0 && size > max_bytes) return tl::unexpected(too_big(path, max_bytes));
    return of_archive(path, error ? 0 : size);
  }
  auto bytes = read_file(path, max_bytes > 0 ? max_bytes : kMaxFileBytes);
  if (!bytes) return tl::unexpected(bytes.error());
  std::string digest = hash::to_hex(hash::digest(*bytes));
  return Content{std::move(digest), {path, std::move(*bytes)}};
}

}  // namespace retrace::serializers
