// SPDX-License-Identifier: Apache-2.0
// explain [FINDING...]: what the names of findings mean.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/commands.h"
#include "serializers/reports/outcome.h"

namespace retrace::cli {

int run_explain(Context& context) {
  const std::vector<std::string>& asked = context.options.files;
  const auto& all = serializers::finding_helps();
  int status = kSame;
  for (const std::string& rule : asked) {
    if (std::any_of(all.begin(), all.end(), [&](const auto& help) { return rule == help.rule; })) continue;
    context.log.error(fmt::format("no finding is called '{}'; retrace explain lists them", rule));
    status = kTrouble;
  }
  for (const serializers::FindingHelp& help : all)
    if (asked.empty() || std::find(asked.begin(), asked.end(), help.rule) != asked.end())
      context.environment.out << fmt::format("{}: {}\n", help.rule, help.help);
  return status;
}

}  // namespace retrace::cli
