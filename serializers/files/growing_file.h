// SPDX-License-Identifier: Apache-2.0
// A file written piece by piece, of which readers see nothing before it is whole.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

namespace retrace::serializers {

class GrowingFile {
 public:
  /// Raises std::runtime_error, as all of it does where the disk says no.
  explicit GrowingFile(std::string path);
  /// What was not finished leaves nothing behind.
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  void append(std::string_view text);
  /// Puts the file in its place.
  void finish();

 private:
  [[noreturn]] void fail();

  std::string path_;
  std::string temporary_;
  std::FILE* file_ = nullptr;
};

}  // namespace retrace::serializers
