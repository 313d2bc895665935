// SPDX-License-Identifier: Apache-2.0
// Order and errors of runs, shards, tallies.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <thread>

#include "core/batch/ordered.h"
#include "core/batch/shard.h"
#include "core/batch/tally.h"

namespace retrace::batch {
namespace {

TEST(Ordered, ResultsComeInTheOrderOfTheJobs) {
  std::uint64_t next = 0;
  std::vector<std::uint64_t> taken;
  const auto draw = [&] {
    std::vector<Job> out;
    for (std::uint64_t n = next % 3 + 1; n > 0 && next < 500; --n) out.push_back({next++, ""});
    return out;
  };
  const auto work = [](std::vector<Job> jobs) {
    if (jobs.front().index % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::vector<Done> out;
    for (Job& job : jobs) out.push_back({std::move(job), std::vector<Row>{}});
    return out;
  };
  run_ordered(4, {draw, work, [&](const Done& done) { taken.push_back(done.job.index); }});
  ASSERT_EQ(taken.size(), 500U);
  for (std::size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i], i);
}

TEST(Ordered, ErrorsOfAStageReachTheCaller) {
  const auto draw = [] { return std::vector<Job>{{}}; };
  const auto work = [](const std::vector<Job>&) -> std::vector<Done> { throw std::runtime_error("worker"); };
  EXPECT_THROW(run_ordered(2, {draw, work, [](const Done&) {}}), std::runtime_error);
}

std::optional<Shard> parsed(const std::string& text, const std::map<std::string, std::string>& environment = {}) {
  std::string error;
  const auto variable = [&](const char* name) -> std::optional<std::string> {
    const auto at = environment.find(name);
    return at == environment.end() ? std::nullopt : std::optional(at->second);
  };
  auto out = parse_shard(text, variable, error);
  EXPECT_EQ(out.has_value(), error.empty()) << text;
  return out;
}

TEST(Shard, IsParsed) {
  const auto plain = parsed("2/8");
  EXPECT_TRUE(plain && plain->number == 2 && plain->count == 8);
  for (const char* bad : {"0/8", "9/8", "2", "/", "2/", "a/b", "2/8x", "-1/8", "auto", "auto/8"})
    EXPECT_FALSE(parsed(bad));
  const auto slurm = parsed("auto", {{"SLURM_ARRAY_TASK_ID", "14"},
                                     {"SLURM_ARRAY_TASK_MIN", "10"},
                                     {"SLURM_ARRAY_TASK_COUNT", "4"},
                                     {"SLURM_ARRAY_TASK_STEP", "2"}});
  EXPECT_TRUE(slurm && slurm->number == 3 && slurm->count == 4);
  const auto kubernetes = parsed("auto/5", {{"JOB_COMPLETION_INDEX", "4"}});
  EXPECT_TRUE(kubernetes && kubernetes->number == 5 && kubernetes->count == 5);
}

TEST(Shard, EveryPathIsInOne) {
  std::vector<int> sizes(8);
  for (int i = 0; i < 8000; ++i) ++sizes[Shard{1, 8}.of("zoo/" + std::to_string(i) + ".json") - 1];
  for (const int size : sizes) EXPECT_NEAR(size, 1000, 150);
}

TEST(Tally, WorstDecides) {
  Tally tally;
  Row row;
  row.verdict = Verdict::kSame;
  tally.take(row);
  EXPECT_EQ(tally.status(), 0);
  row.verdict = Verdict::kDiffers;
  row.expected = Expected::kFailure;
  tally.take(row);
  EXPECT_EQ(tally.status(), 0);
  row.expected = Expected::kPlain;
  row.finding = {"order-changed", "", "", ""};
  tally.take(row);
  EXPECT_EQ(tally.status(), 1);
  row.verdict = Verdict::kTrouble;
  tally.take(row);
  EXPECT_EQ(tally.status(), 2);
  EXPECT_TRUE(tally.summary().starts_with("4 results: 1 same, 2 differ, 0 fail, 1 trouble; 1 expected failure\n"));
}

}  // namespace
}  // namespace retrace::batch
