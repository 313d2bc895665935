// SPDX-License-Identifier: Apache-2.0
#include "core/batch/ordered.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace retrace::batch {
namespace {

/// How many results may wait for a slow one before them: enough to work on for a second or more, at about two
/// kilobytes each.
constexpr unsigned kWaitingPerThread = 512 / kMaxJobsAtATime;

/// All threads do the same: draw, work, and take whatever is next in order.
class Run {
 public:
  Run(unsigned threads, const Stages& stages)
      : stages_(stages), most_waiting_(std::uint64_t{threads} * kWaitingPerThread) {}

  void work() noexcept {
    try {
      for (std::uint64_t place = 0;;) {
        std::vector<Job> jobs = draw(place);
        if (jobs.empty()) return;
        finish(place, stages_.work(std::move(jobs)));
      }
    } catch (...) {
      end(std::current_exception());
    }
  }
  /// After all threads: raises what one of them met first.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  /// The next jobs and their place in the order; none: there are no more.
  std::vector<Job> draw(std::uint64_t& place) {
    const std::lock_guard one_at_a_time(draw_mutex_);
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return ended_ || drawn_ - taken_ < most_waiting_; });
      if (ended_) return {};
      place = drawn_++;
    }
    std::vector<Job> jobs = stages_.next();
    if (jobs.empty()) end(nullptr);
    return jobs;
  }
  void finish(std::uint64_t place, std::vector<Done> done) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(place, std::move(done));
    while (!error_ && !waiting_.empty() && waiting_.begin()->first == taken_) {
      for (Done& next : waiting_.begin()->second) stages_.take(std::move(next));
      waiting_.erase(waiting_.begin());
      ++taken_;
    }
    room_.notify_all();
  }
  void end(const std::exception_ptr& error) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (!error_) error_ = error;
    room_.notify_all();
  }

  const Stages& stages_;
  const std::uint64_t most_waiting_;
  std::mutex draw_mutex_;
  std::mutex mutex_;  // of all below
  std::condition_variable room_;
  std::uint64_t drawn_ = 0, taken_ = 0;
  std::map<std::uint64_t, std::vector<Done>> waiting_;
  bool ended_ = false;
  std::exception_ptr error_;
};

}  // namespace

void run_ordered(unsigned jobs, const Stages& stages) {
  Run run(jobs, stages);
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < jobs; ++i) others.emplace_back([&run] { run.work(); });
    run.work();
  }
  run.rethrow();
}

unsigned core_count() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace retrace::batch
