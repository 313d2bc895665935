// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a wish to stop: noted once, and seen by whoever polls the descriptor. The second one ends
// the process as usual.
#pragma once
#include <array>

namespace retrace::cli {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Readable from the first signal on.
  [[nodiscard]] int fd() const { return pipe_[0]; }
  /// 0: none came.
  [[nodiscard]] int signal() const;

 private:
  std::array<int, 2> pipe_{};
};

}  // namespace retrace::cli
