// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/growing_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

namespace retrace::serializers {
namespace {

namespace fs = std::filesystem;

/// Where the links lead, also to what is not there yet.
fs::path place_of(fs::path path) {
  constexpr int kMostLinks = 40;  // as Linux has it
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(path, error); ++i)
    path = path.parent_path() / fs::read_symlink(path, error);
  return path;
}

/// A new file of a short name in the directory of `place`.
int open_beside(const fs::path& place, std::string& name) {
  int fd = -1;
  do {
    name = place.parent_path() / fmt::format(".retrace.{:08x}", std::random_device()());
    fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EEXIST);
  return fd;
}

}  // namespace

GrowingFile::GrowingFile(const std::string& path) : path_(path), place_(place_of(path)) {
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (!there && errno != ENOENT) fail(errno);  // a link to itself leads nowhere
  const bool straight = there && !S_ISREG(status.st_mode);
  const int fd = straight ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC) : open_beside(place_, temporary_);
  if (fd < 0) fail(errno);
  if (there && !straight) ::fchmod(fd, status.st_mode & 07777U);
  file_ = ::fdopen(fd, "w");
  if (file_ == nullptr) fail(errno);
}

GrowingFile::~GrowingFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  remove_temporary();
}

void GrowingFile::append(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail(errno);
}

void GrowingFile::finish() {
  bool good = std::fclose(std::exchange(file_, nullptr)) == 0;
  good = good && (temporary_.empty() || ::rename(temporary_.c_str(), place_.c_str()) == 0);
  if (good) return;
  const int error = errno;
  remove_temporary();
  fail(error);
}

void GrowingFile::remove_temporary() const {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void GrowingFile::fail(int error) const {
  throw std::system_error(error, std::generic_category(), path_ + ": cannot write");
}

}  // namespace retrace::serializers
