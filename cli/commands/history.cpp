// SPDX-License-Identifier: Apache-2.0
// history DB: what changed between two runs of a results store.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "cli/commands.h"
#include "cli/put_line.h"
#include "serializers/files/files.h"
#include "serializers/program/json_sink.h"
#include "serializers/reports/clean_text.h"
#include "serializers/store/store.h"

namespace retrace::cli {
namespace {

using serializers::Change;
using serializers::RunSummary;

std::string_view kind(const Change& change) {
  if (change.verdict_a.empty()) return "added";
  if (change.verdict_b.empty()) return "removed";
  if (change.verdict_a == "same" && change.verdict_b != "same") return "new failure";
  if (change.verdict_a != "same" && change.verdict_b == "same") return "fixed";
  if (change.verdict_a != change.verdict_b || change.rule_a != change.rule_b) return "fails otherwise";
  return "hash changed";
}

void print_text(std::ostream& out, const Change& change) {
  put_line(out, "{}: {} ({})", kind(change), change.label, change.mode);
  const auto side = [](const std::string& verdict, const std::string& rule, const std::string& hash) {
    if (verdict.empty()) return std::string("-");
    return verdict + (rule.empty() ? "" : " " + rule) + (hash.empty() ? "" : " " + hash);
  };
  put_line(out, "  - {}", side(change.verdict_a, change.rule_a, change.hash_a));
  put_line(out, "  + {}", side(change.verdict_b, change.rule_b, change.hash_b));
}

void print_json(std::ostream& out, const Change& change) {
  serializers::JsonSink json;
  json.object([&] {
    json.key("change").text(kind(change));
    json.key("label").text(change.label);
    json.key("mode").text(change.mode);
    const auto side = [&](std::string_view name, const std::string& verdict, const std::string& rule,
                          const std::string& hash) {
      json.key(name).object([&] {
        json.key("verdict").text(verdict);
        json.key("rule").text(rule);
        json.key("hash").text(hash);
      });
    };
    side("a", change.verdict_a, change.rule_a, change.hash_a);
    side("b", change.verdict_b, change.rule_b, change.hash_b);
  });
  out << serializers::clean_text(json.take());
}

/// Those that were asked for, or the last two; none where there are not two.
std::vector<std::int64_t> two_runs(const Context& context, const std::vector<RunSummary>& runs) {
  const std::vector<std::int64_t>& asked = context.options.batch.runs;
  for (const std::int64_t id : asked)
    if (std::none_of(runs.begin(), runs.end(), [&](const RunSummary& run) { return run.id == id; }))
      throw std::runtime_error(fmt::format("{}: there is no run {}", context.options.files.front(), id));
  if (!asked.empty() || runs.size() < 2) return asked;
  return {runs[runs.size() - 2].id, runs.back().id};
}

}  // namespace

int run_history(Context& context) {
  const std::string& path = context.options.files.front();
  if (!serializers::file_exists(path)) throw std::runtime_error(path + ": there is no such store");
  serializers::Store store(path, serializers::Store::Access::kRead);
  const std::vector<RunSummary> runs = store.runs();
  const std::vector<std::int64_t> two = two_runs(context, runs);
  const bool json = context.options.format == Format::kJson;
  std::ostream& out = context.environment.out;
  if (!json)
    for (const RunSummary& run : runs)
      put_line(out, "run {}: retrace {}, {} files, {} results{}; {}", run.id, run.tool, run.files, run.rows,
               run.complete ? "" : ", not complete", run.options);
  if (json) out << R"({"schema_version": 1, "changes": [)";
  bool any = false;
  if (two.size() == 2)
    store.changes(two[0], two[1], [&](const Change& change) {
      if (json) out << (any ? ",\n" : "\n");
      json ? print_json(out, change) : print_text(out, change);
      any = true;
    });
  if (json) out << "]}\n";
  return any ? kNotSame : kSame;
}

}  // namespace retrace::cli
