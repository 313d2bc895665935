// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "serializers/files/growing_file.h"

namespace retrace::serializers {
namespace {

tl::unexpected<LoadError> system_error(const std::string& path, const char* what) {
  return tl::unexpected(LoadError{path, "", std::string(what) + ": " + std::strerror(errno)});
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Up to `limit` bytes; regular files tell their size, others are read in blocks.
Result<std::string> read_up_to(const Descriptor& file, const std::string& path, std::size_t limit, std::size_t known) {
  std::string out;
  out.reserve(std::min(limit, known));
  while (out.size() < limit && (known == 0 || out.size() < known)) {
    constexpr std::size_t kBlock = std::size_t{1} << 16;
    const std::size_t old = out.size();
    out.resize(std::min(limit, known > 0 ? known : old + kBlock));
    const ssize_t got = ::read(file.get(), out.data() + old, out.size() - old);
    if (got < 0 && errno != EINTR) return system_error(path, "cannot read");
    out.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
  }
  return out;
}

}  // namespace

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

LoadError too_big(const std::string& name, std::uint64_t limit) {
  return {name, "", fmt::format("has more than the {} bytes that are read", limit)};
}

Result<std::string> read_file(const std::string& path, std::uint64_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "cannot open");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error(path, "cannot read");
  if (S_ISDIR(status.st_mode)) return tl::unexpected(LoadError{path, "", "is a directory"});
  const bool regular = S_ISREG(status.st_mode);
  limit = std::min(limit, regular ? kMaxFileBytes : kMaxStreamBytes);
  const std::size_t known = regular ? static_cast<std::size_t>(status.st_size) : 0;
  if (known > limit) return tl::unexpected(too_big(path, limit));
  auto out = read_up_to(file, path, limit + 1, known);
  if (out && out->size() > limit) return tl::unexpected(too_big(path, limit));
  return out;
}

Result<std::string> read_head(const std::string& path, std::size_t bytes) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return std::string();
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "cannot open");
  return read_up_to(file, path, bytes, 0);
}

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return tl::unexpected(LoadError{path, "", "cannot make the directory: " + error.message()});
  return {};
}

Result<void> write_atomically(const std::string& path, const std::string& content) {
  try {
    GrowingFile file(path);
    file.append(content);
    file.finish();
    return {};
  } catch (const std::system_error& error) {
    return tl::unexpected(LoadError{path, "", "cannot write: " + error.code().message()});
  }
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return system_error(path, "cannot remove");
}

}  // namespace retrace::serializers
