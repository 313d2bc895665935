// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that says how far a run is. Elsewhere, and under CI or TERM=dumb, nothing.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "cli/environment.h"

namespace retrace::cli {

class Progress {
 public:
  using UnderWay = std::function<std::map<std::string, double>()>;
  Progress(Environment& environment, std::uint64_t total, UnderWay under_way);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance() { ++done_; }

 private:
  void run();
  void draw(double seconds);
  Environment& environment_;
  std::uint64_t total_;
  UnderWay under_way_;
  std::atomic<std::uint64_t> done_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace retrace::cli
