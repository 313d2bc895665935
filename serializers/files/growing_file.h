// SPDX-License-Identifier: Apache-2.0
// A file written piece by piece, of which readers see nothing before it is whole: it grows beside its place and is
// renamed over what stands there, with the mode of that, or as the umask has it. A link stays and what it leads to is
// replaced. What is no regular file (a pipe, a device) cannot be replaced and is written straight into.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

namespace retrace::serializers {

class GrowingFile {
 public:
  /// Raises std::system_error, as all of it does where the disk says no.
  explicit GrowingFile(const std::string& path);
  /// What was not finished leaves nothing behind.
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  void append(std::string_view text);
  /// Puts the file in its place.
  void finish();

 private:
  void remove_temporary() const;
  [[noreturn]] void fail(int error) const;

  std::string path_;
  std::string place_;      // where the links of the path lead
  std::string temporary_;  // empty: what is there is written straight into
  std::FILE* file_ = nullptr;
};

}  // namespace retrace::serializers
