// SPDX-License-Identifier: Apache-2.0
// A zip archive, read only: names of records and their bytes, with limits.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

struct zip;

namespace retrace::serializers {

/// A record that unpacks to more than this is refused: programs are megabytes.
inline constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{1} << 32;
inline constexpr std::uint64_t kMaxRecords = 1'000'000;

class ZipFile {
 public:
  /// Raise std::runtime_error with the reason. `bytes` must outlive the archive.
  static ZipFile open(const std::string& path);
  static ZipFile of_bytes(const std::string& bytes);

  /// Names as stored, in the archive's order.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] bool has(const std::string& name) const;
  /// Name, size and checksum of every record, a line each: what the archive holds, without reading it.
  [[nodiscard]] std::string directory() const;
  /// Bytes of the record when unpacked, as its header claims. Raises std::runtime_error.
  [[nodiscard]] std::uint64_t size(const std::string& name) const;
  /// The record's bytes, with the spare capacity the JSON parser wants. Raises std::runtime_error.
  [[nodiscard]] std::string read(const std::string& name, std::uint64_t limit = kMaxRecordBytes) const;

 private:
  explicit ZipFile(zip* archive);
  [[nodiscard]] std::uint64_t index(const std::string& name) const;
  struct Close {
    void operator()(zip* archive) const;
  };
  std::unique_ptr<zip, Close> archive_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint64_t> places_;  // libzip finds no name with control characters
};

}  // namespace retrace::serializers
