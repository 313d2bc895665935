// SPDX-License-Identifier: Apache-2.0
#include "cli/options/batch_options.h"

#include <limits>

#include "cli/options/typed_options.h"

namespace retrace::cli {

void add_selection(CLI::App& app, BatchOptions& batch) {
  app.add_option("--root", batch.root, "Paths are below this directory, and named relative to it")->option_text("DIR");
  app.add_option("--include", batch.include, "In directories take these instead of *.json and *.pt2")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("GLOB");
  app.add_option("--exclude", batch.exclude, "Leave these out")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("GLOB");
  app.add_flag("-0", batch.nul_lists, "Entries of lists end with NUL");
  app.add_option("--files0-from", batch.files_from, "A list whose entries end with NUL")->option_text("FILE");
  app.add_option("--shard", batch.shard, "Check one part of N only; auto: as Slurm or Kubernetes say")
      ->option_text("K/N|auto|auto/N");
}

void add_limits(CLI::App& app, BatchOptions& batch) {
  constexpr double kMostSeconds = 1e9;
  constexpr std::uint64_t kMostMebibytes = std::uint64_t{1} << 40;
  add_number<unsigned>(app, "-j,--jobs", batch.jobs, {0, std::numeric_limits<unsigned>::max()},
                       "Programs at a time, 400 at most; 0: as many as cores");
  add_number<double>(app, "--timeout", batch.timeout, {0, kMostSeconds},
                     "Seconds for a program and mode; 0: no limit (default 60)")
      ->option_text("S");
  add_number<std::uint64_t>(app, "--max-memory", batch.max_memory, {0, kMostMebibytes},
                            "MiB of memory for a job; 0: no limit")
      ->option_text("MIB");
  add_number<std::uint64_t>(app, "--max-bytes", batch.max_bytes, {0, std::numeric_limits<std::uint64_t>::max()},
                            "Refuse bigger files, archives with their weights; 0: no limit");
}

void add_expectations(CLI::App& app, BatchOptions& batch) {
  auto* xfail = app.add_option("--xfail", batch.xfail, "Manifest of expected failures")->option_text("FILE");
  app.add_flag("--update-xfail", batch.update_xfail, "Rewrite the manifest as this run has it")->needs(xfail);
}

void add_store(CLI::App& app, BatchOptions& batch) {
  app.add_option("--db", batch.db, "Keep results in this SQLite store")->option_text("FILE");
  app.add_option("--journal", batch.journal, "Keep results in this JSON Lines journal (default with --db: DB.jsonl)")
      ->option_text("FILE");
  app.add_flag("--resume", batch.resume, "Take what the store and the journal already answer");
  app.add_option("--cache-dir", batch.cache, "Keep answers by content, for many processes")->option_text("DIR");
}

void add_merged_store(CLI::App& app, BatchOptions& batch) {
  app.add_option("--db", batch.db, "Put the results into this SQLite store")->option_text("FILE");
  app.add_option("--journal", batch.journal, "Write one journal of all shards")->option_text("FILE");
}

void add_lock(CLI::App& app, Options& options) {
  auto* lock = app.add_option("--lock", options.lock, "Compare with the hashes of this lock file")->option_text("FILE");
  app.add_flag("--update-lock", options.update_lock, "Renew the lock file instead")->needs(lock);
}

void add_reports(CLI::App& app, Options& options) {
  auto* report = app.add_option_function<std::vector<std::string>>(
      "--report",
      [&options](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
          auto target = serializers::parse_report(text);
          if (!target) throw CLI::ValidationError("--report", text + " is not KIND=FILE");
          options.reports.push_back(std::move(*target));
        }
      },
      "Write a report too: github, html, json, junit, md or sarif; may be given several times");
  report->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->option_text("KIND=FILE");
}

}  // namespace retrace::cli
