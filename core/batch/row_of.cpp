// SPDX-License-Identifier: Apache-2.0
#include "core/batch/row_of.h"

#include <algorithm>

#include "core/base/error_name.h"
#include "core/ir/print.h"

namespace retrace::batch {
namespace {

constexpr std::size_t kMaxDifferences = 20;
constexpr std::size_t kMaxMessage = 4000;
constexpr std::size_t kMaxSide = 500;
constexpr std::size_t kMaxNodeText = 300;
constexpr std::size_t kNodesAround = 8;

/// Cut at a character, not inside one.
std::string cut(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string short_target(std::string_view target) {
  constexpr std::string_view kPrefix = "torch.ops.";
  if (target.starts_with(kPrefix)) target.remove_prefix(kPrefix.size());
  return std::string(target);
}

std::string operator_of(const ir::Graph& graph, std::string_view name) {
  for (const ir::Node& node : graph.nodes)
    if (node.name == name) return short_target(node.target);
  return {};
}

std::vector<diff::Difference> cut_list(const std::vector<diff::Difference>& all) {
  std::vector<diff::Difference> out(all.begin(),
                                    all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kMaxDifferences)));
  for (diff::Difference& d : out) {
    d.a = cut(d.a, kMaxSide);
    d.b = cut(d.b, kMaxSide);
  }
  return out;
}

std::vector<std::string> lines(const ir::Graph& graph, std::size_t first, std::size_t at) {
  std::vector<std::string> out;
  for (std::size_t i = first; i < std::min(graph.nodes.size(), at + kNodesAround + 1); ++i)
    out.push_back(cut(ir::print(graph, graph.nodes[i]), kMaxNodeText));
  return out;
}

struct Pair {
  const char* title_a;
  const ir::Program* a;
  const char* title_b;
  const ir::Program* b;
};

std::optional<Excerpt> excerpt(const diff::Comparison& comparison, const Pair& pair) {
  if (!comparison.first_node || pair.a == nullptr || pair.b == nullptr) return std::nullopt;
  const std::size_t at = *comparison.first_node;
  const std::size_t first = at > kNodesAround ? at - kNodesAround : 0;
  return Excerpt{
      pair.title_a, pair.title_b, first, at, lines(pair.a->graph, first, at), lines(pair.b->graph, first, at)};
}

/// "linear_3" of "graph.nodes[12] linear_3".
std::string node_of(const std::string& where) {
  const std::size_t blank = where.rfind(' ');
  return where.starts_with("graph.nodes[") && blank != std::string::npos ? where.substr(blank + 1) : "";
}

/// The levels go from fine to coarse; a difference counts where it is seen at `level`.
bool counts(const diff::Difference& d, identity::Level level) {
  return static_cast<int>(d.level) >= static_cast<int>(level);
}

void find_difference(Row& row, const diff::Comparison& comparison, const Pair& pair, identity::Level level) {
  const auto& all = comparison.differences;
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& d) { return counts(d, level); });
  if (at == all.end() || pair.a == nullptr || pair.b == nullptr) return;
  Finding& finding = row.finding;
  finding.rule = at->rule;
  const std::string& where = at->where_a.empty() ? at->where_b : at->where_a;
  finding.node = node_of(where);
  finding.operator_name = operator_of(at->where_a.empty() ? pair.b->graph : pair.a->graph, finding.node);
  if (finding.node.empty()) finding.node = where;
  finding.message = cut(at->a + " | " + at->b, kMaxMessage);
  row.excerpt = excerpt(comparison, pair);
}

void find_failure(Row& row, const ir::Program& recorded, const CheckResult& result) {
  for (std::size_t i = 0; i < result.exports.size(); ++i) {
    const ExportReport& report = result.exports[i];
    if (!report.failure) continue;
    const ir::Program& traced = i == 0 ? recorded : *result.exports[i - 1].program;
    const std::string& node = report.failure->node;
    row.finding = {report.rule, node, operator_of(traced.graph, node), cut(report.failure->message, kMaxMessage)};
  }
}

ExportRow export_row(const ExportReport& report) {
  ExportRow out;
  out.ok = !report.failure.has_value();
  out.hashes = report.hashes;
  out.rule = report.rule;
  if (!report.failure) return out;
  out.stage = report.failure->stage;
  out.node = report.failure->node;
  out.type = error_name(report.failure->type);
  out.message = cut(report.failure->message, kMaxMessage);
  return out;
}

Levels levels(const diff::Comparison& c) { return {c.exact, c.dataflow, c.symbolic}; }

}  // namespace

void fill_row(Row& row, const ir::Program& recorded, const CheckResult& result, identity::Level level) {
  row.verdict = result.verdict;
  if (row.verdict == Verdict::kSame && !agrees_at(result, level)) row.verdict = Verdict::kDiffers;
  row.trouble = Trouble::kNone;
  for (const ExportReport& report : result.exports) row.exports.push_back(export_row(report));
  row.recorded_hashes = result.recorded_hashes;
  row.assumed_ops = result.assumed_ops;
  const auto program = [&](std::size_t i) {
    return i < result.exports.size() && result.exports[i].program ? &*result.exports[i].program : nullptr;
  };
  if (result.recorded) {
    row.recorded_equal = levels(*result.recorded);
    row.recorded_differences = cut_list(result.recorded->differences);
  }
  if (result.drift) {
    row.equal = levels(*result.drift);
    row.differences = cut_list(result.drift->differences);
  }
  if (row.verdict == Verdict::kFails) find_failure(row, recorded, result);
  if (row.verdict != Verdict::kDiffers) return;
  if (result.recorded && !result.recorded->equal_at(level))
    find_difference(row, *result.recorded, {"recorded", &recorded, "export 1", program(0)}, level);
  else
    find_difference(row, *result.drift, {"export 1", program(0), "export 2", program(1)}, level);
}

void fill_trouble(Row& row, Trouble trouble, const std::string& message) {
  row.verdict = Verdict::kTrouble;
  row.trouble = trouble;
  row.finding = {trouble_name(trouble), "", "", cut(message, kMaxMessage)};
}

std::string trouble_name(Trouble trouble) {
  switch (trouble) {
    case Trouble::kNone:
      return "";
    case Trouble::kUnreadable:
      return "unreadable";
    case Trouble::kBug:
      return "bug";
    case Trouble::kCrash:
      return "crash";
    case Trouble::kTimeLimit:
      return "time-limit";
    case Trouble::kMemoryLimit:
      return "memory-limit";
  }
  return "";
}

bool is_lasting(const Row& row) {
  return row.trouble == Trouble::kNone || row.trouble == Trouble::kUnreadable || row.trouble == Trouble::kBug;
}

}  // namespace retrace::batch
