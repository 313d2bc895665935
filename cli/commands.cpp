// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <exception>
#include <ostream>

namespace retrace::cli {
namespace {

constexpr std::array<Command, 11> kCommands{{
    {"batch", "Check many programs: directories, lists, shards", run_batch},
    {"check", "Export, rebuild, re-export, and compare", run_check},
    {"diff", "Compare two saved programs", run_diff},
    {"explain", "Say what the names of findings mean", run_explain},
    {"hash", "Print structural hashes of programs", run_hash},
    {"history", "What changed between two runs of a results store", run_history},
    {"lock", "Write the hashes of many programs as a lock file", run_lock},
    {"merge", "Join the journals of a run's shards", run_merge},
    {"normalize", "Turn a dynamic-shapes spec into the positional tuple", run_normalize},
    {"show", "Print a program readably", run_show},
    {"worker", "Checks the programs that batch hands it", run_worker, false},
}};

int run_command(Context& context) {
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const Command& c) { return c.name == context.options.command; });
  try {
    return command->run(context);
  } catch (const std::exception& error) {
    context.log.error(error.what());
    return kTrouble;
  }
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

int run(int argc, const char* const* argv, Environment& environment) {
  const Parsed parsed = parse_options(argc, argv, environment);
  Log log(environment.err);
  int status = parsed.status;
  if (parsed.options) {
    Context context{*parsed.options, environment, log};
    status = run_command(context);
  }
  environment.out.flush();
  if (!environment.out) {
    log.error("the result could not be written to standard output");
    return kTrouble;
  }
  return status;
}

}  // namespace retrace::cli
