// SPDX-License-Identifier: Apache-2.0
// Work on many jobs at once, results in the order of the jobs, memory bounded: a job is drawn only while few
// enough are under way or wait for their turn.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/batch/row.h"

namespace retrace::batch {

/// One file to check.
struct Job {
  std::uint64_t index = 0;  // among all files of the run
  std::string path;         // as named in the run
};

struct Done {
  Job job;
  std::optional<std::vector<Row>> rows;  // absent: the run was stopped before there was an answer
};

struct Stages {
  std::function<std::vector<Job>()> next;                   // one call at a time; empty: no more
  std::function<std::vector<Done>(std::vector<Job>)> work;  // called by several threads
  std::function<void(Done)> take;                           // one call at a time, in the order of `next`
};

/// At most so many jobs at a time come from `next`.
inline constexpr std::size_t kMaxJobsAtATime = 8;

/// `jobs` threads; raises what a stage raises.
void run_ordered(unsigned jobs, const Stages& stages);
/// As many threads as the machine has cores for this process.
unsigned core_count();

}  // namespace retrace::batch
