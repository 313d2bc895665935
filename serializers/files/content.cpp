// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/content.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/hash/digest.h"
#include "serializers/files/files.h"
#include "serializers/pt2/zip_file.h"

namespace retrace::serializers {
namespace {

constexpr std::uint64_t kWholeArchive = std::uint64_t{16} << 20;

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
  std::error_code error;
  const std::uintmax_t known = std::filesystem::file_size(path, error);
  const std::uint64_t size = error ? 0 : known;
  if (head->starts_with("PK")) return of_archive(path, size);
  if (max_bytes > 0 && size > max_bytes)
    return tl::unexpected(LoadError{path, "", fmt::format("{} bytes are more than --max-bytes {}", size, max_bytes)});
  auto bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  std::string digest = hash::to_hex(hash::digest(*bytes));
  return Content{std::move(digest), {path, std::move(*bytes)}};
}

}  // namespace retrace::serializers
