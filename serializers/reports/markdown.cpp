// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "serializers/reports/clean_text.h"

namespace retrace::serializers {
namespace {

constexpr std::size_t kShownClusters = 50;
constexpr std::size_t kMaxCell = 300;

/// For a table's cell: nothing in it is markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : cut_text(clean_text(text), kMaxCell)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '\n' || c == '\r' || c == '\t')
      out += ' ';
    else if (std::string_view("\\`*_[]|~#@:!").find(c) != std::string_view::npos)
      out += fmt::format("&#{};", int{c});
    else
      out += c;
  }
  return out;
}

std::string counts(const WorstRows& worst) {
  std::string out = "| outcome | results |\n| --- | ---: |\n";
  for (std::size_t i = 0; i < kOutcomes; ++i)
    if (const auto o = static_cast<Outcome>(i); worst.count(o) > 0)
      out += fmt::format("| {} | {} |\n", outcome_name(o), worst.count(o));
  return out;
}

std::string cluster_table(const std::vector<FindingCluster>& clusters) {
  std::string out = "\n### Findings\n\n| count | finding | operator | first |\n| ---: | --- | --- | --- |\n";
  for (std::size_t i = 0; i < std::min(clusters.size(), kShownClusters); ++i)
    out += fmt::format("| {} | {} | {} | {} |\n", clusters[i].count, cell(clusters[i].rule),
                       cell(clusters[i].operator_name), cell(clusters[i].example));
  if (clusters.size() > kShownClusters)
    out += fmt::format("\nand {} more clusters\n", clusters.size() - kShownClusters);
  return out;
}

std::string row_table(const std::vector<const batch::Row*>& rows, std::uint64_t wrong) {
  std::string out =
      "\n### Worst first\n\n| program | outcome | finding | at | message |\n| --- | --- | --- | --- | --- |\n";
  std::uint64_t shown = 0;
  for (const batch::Row* row : rows) {
    if (outcome(*row) == Outcome::kExpected) continue;
    ++shown;
    out += fmt::format("| {} | {} | {} | {} | {} |\n", cell(title_of(*row)), outcome_name(outcome(*row)),
                       cell(rule_of(*row)), cell(row->finding.node), cell(first_line(message_of(*row))));
  }
  if (wrong > shown) out += fmt::format("\n+{} more\n", wrong - shown);
  return out;
}

}  // namespace

void MarkdownReport::take(const batch::Row& row) {
  worst_.take(row);
  clusters_.take(row);
}

void MarkdownReport::end() {
  const std::uint64_t wrong = worst_.total() - worst_.count(Outcome::kSame) - worst_.count(Outcome::kExpected);
  std::string out =
      fmt::format("## retrace: {}\n\n",
                  wrong == 0 ? "all well" : fmt::format("{} of {} results are not well", wrong, worst_.total()));
  out += counts(worst_);
  if (wrong > 0) out += cluster_table(clusters_.sorted()) + row_table(worst_.rows(), wrong);
  out += fmt::format("\nretrace {}, {}\n", cell(info_.tool_version), cell(info_.options));
  output_(out);
}

}  // namespace retrace::serializers
