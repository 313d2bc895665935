// SPDX-License-Identifier: Apache-2.0
// The commands: one row each, one file each under commands/.
#pragma once
#include <span>
#include <string_view>

#include "cli/environment.h"
#include "cli/log.h"
#include "cli/options/options.h"

namespace retrace::cli {

/// Exit statuses, as grep and diff have them.
inline constexpr int kSame = 0;
inline constexpr int kNotSame = 1;
inline constexpr int kTrouble = 2;

struct Context {
  const Options& options;
  Environment& environment;
  Log& log;
};

struct Command {
  std::string_view name;
  std::string_view help;
  int (*run)(Context& context);
  bool for_people = true;  // batch starts the worker itself
};
std::span<const Command> commands();

/// The whole program: parses, runs, flushes; returns the exit status.
int run(int argc, const char* const* argv, Environment& environment);

int run_batch(Context& context);
int run_check(Context& context);
int run_diff(Context& context);
int run_explain(Context& context);
int run_hash(Context& context);
int run_history(Context& context);
int run_lock(Context& context);
int run_merge(Context& context);
int run_normalize(Context& context);
int run_show(Context& context);
int run_worker(Context& context);

}  // namespace retrace::cli
