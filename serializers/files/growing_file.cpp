// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/growing_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace retrace::serializers {

GrowingFile::GrowingFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".XXXXXX") {
  const int fd = ::mkstemp(temporary_.data());
  if (fd < 0) fail();
  ::fchmod(fd, 0644);
  file_ = ::fdopen(fd, "w");
  if (file_ == nullptr) fail();
}

GrowingFile::~GrowingFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  ::unlink(temporary_.c_str());
}

void GrowingFile::append(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
}

void GrowingFile::finish() {
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (closed && ::rename(temporary_.c_str(), path_.c_str()) == 0) return;
  const int error = errno;
  ::unlink(temporary_.c_str());
  errno = error;
  fail();
}

void GrowingFile::fail() { throw std::runtime_error(path_ + ": cannot write: " + std::strerror(errno)); }

}  // namespace retrace::serializers
