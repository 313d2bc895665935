// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/stop.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace retrace::cli {
namespace {

volatile sig_atomic_t stop_signal = 0;  // handlers reach nothing but globals
volatile sig_atomic_t stop_pipe = -1;

void note(int number) {
  const int saved = errno;
  stop_signal = number;
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(stop_pipe, &byte, 1);
  errno = saved;
}

}  // namespace

StopSignals::StopSignals() {
  if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe for signals");
  stop_signal = 0;
  stop_pipe = pipe_[1];
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

StopSignals::~StopSignals() {
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

int StopSignals::signal() const { return stop_signal; }

}  // namespace retrace::cli
