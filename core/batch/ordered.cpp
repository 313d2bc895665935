// SPDX-License-Identifier: Apache-2.0
#include "core/batch/ordered.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>

namespace retrace::batch {
namespace {

/// How many results may wait for a slow one before them: enough to work on for a second or more, at about two
/// kilobytes each.
constexpr unsigned kWaitingPerThread = 512 / kMaxJobsAtATime;

}  // namespace

void run_ordered(unsigned jobs, const Stages& stages) {
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  // Tokens travel by pointer: TBB keeps them in slots of its own.
  using In = std::shared_ptr<std::vector<Job>>;
  using Out = std::shared_ptr<std::vector<Done>>;
  const auto draw = [&](tbb::flow_control& control) -> In {
    auto jobs_now = stages.next();
    if (!jobs_now.empty()) return std::make_shared<std::vector<Job>>(std::move(jobs_now));
    control.stop();
    return nullptr;
  };
  const auto work = [&](const In& in) -> Out {
    return std::make_shared<std::vector<Done>>(stages.work(std::move(*in)));
  };
  const auto take = [&](const Out& all) {
    for (Done& done : *all) stages.take(std::move(done));
  };
  arena.execute([&] {
    tbb::parallel_pipeline(std::size_t{jobs} * kWaitingPerThread,
                           tbb::make_filter<void, In>(tbb::filter_mode::serial_in_order, draw) &
                               tbb::make_filter<In, Out>(tbb::filter_mode::parallel, work) &
                               tbb::make_filter<Out, void>(tbb::filter_mode::serial_in_order, take));
  });
}

unsigned core_count() { return static_cast<unsigned>(std::max(1, tbb::info::default_concurrency())); }

}  // namespace retrace::batch
