// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/worker_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

extern char** environ;  // NOLINT: POSIX's name

namespace retrace::cli {

std::string WorkerRequest::text() const {
  return fmt::format("{} {} {} {}\t{}", number, skip, until, more ? 1 : 0, path) + '\0';
}

std::optional<WorkerRequest> WorkerRequest::parse(const std::string& text) {
  WorkerRequest out;
  std::istringstream in(text.substr(0, text.find('\t')));
  if (!(in >> out.number >> out.skip >> out.until >> out.more)) return std::nullopt;
  out.path = text.substr(std::min(text.find('\t'), text.size() - 1) + 1);
  return out;
}

void WorkerProcess::start() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    throw std::runtime_error(fmt::format("cannot start a worker: {}", std::strerror(errno)));
  status_fd_ = ::memfd_create("retrace-status", MFD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
  if (status_fd_ >= 0) posix_spawn_file_actions_adddup2(&actions, status_fd_, kStatusFd);
  // A group of its own: the terminal's interrupt is for us, who then end the child.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string name = "retrace";
  std::vector<char*> argv{name.data()};
  for (std::string& argument : arguments_) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, "/proc/self/exe", &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(pair[1]);
  fd_ = pair[0];
  buffer_.clear();
  if (error == 0) return;
  pid_ = -1;
  kill();
  throw std::runtime_error(fmt::format("cannot start a worker: {}", std::strerror(error)));
}

void WorkerProcess::send(const std::string& requests) {
  if (pid_ < 0) start();
  sent_ = Clock::now();
  for (std::size_t done = 0; done < requests.size();) {
    const ssize_t n = ::send(fd_, requests.data() + done, requests.size() - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // it died; `receive` will say so
    done += static_cast<std::size_t>(n);
  }
}

WorkerProcess::Status WorkerProcess::status() const {
  Status none{sent_, 0, true, ""};
  struct stat about {};
  if (status_fd_ < 0 || ::fstat(status_fd_, &about) != 0) return none;
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t got = ::pread(status_fd_, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  text.resize(std::min(text.find('\n'), text.size()));
  char* end = text.data();
  const Clock::time_point since{std::chrono::nanoseconds(std::strtoll(end, &end, 10))};
  const std::size_t request = std::strtoull(end, &end, 10);
  if (since < sent_ || end + 2 > text.data() + text.size()) return none;  // of an earlier request, or of none
  return {since, request, end[1] == 'L', end + 2};
}

WorkerProcess::Event WorkerProcess::receive(std::string& line, Clock::duration wait) {
  const auto until = Clock::now() + wait;
  while (true) {
    if (const std::size_t newline = buffer_.find('\n'); newline != std::string::npos) {
      line.assign(buffer_, 0, newline);
      buffer_.erase(0, newline + 1);
      return Event::kLine;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return Event::kNothing;
    std::array<pollfd, 2> fds{{{fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(left)) < 0 && errno != EINTR) return Event::kDied;
    if (fds[1].revents != 0) return Event::kStopped;
    if (fds[0].revents == 0) continue;
    std::array<char, std::size_t{1} << 16> block;
    const ssize_t got = ::recv(fd_, block.data(), block.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Event::kDied;
    buffer_.append(block.data(), static_cast<std::size_t>(got));
  }
}

std::string WorkerProcess::reap() {
  int status = 0;
  if (pid_ > 0)
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  for (int* fd : {&fd_, &status_fd_}) {
    if (*fd >= 0) ::close(*fd);
    *fd = -1;
  }
  if (!WIFSIGNALED(status)) return fmt::format("ended with status {}", WEXITSTATUS(status));
  return fmt::format("killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
}

void WorkerProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  reap();
}

}  // namespace retrace::cli
