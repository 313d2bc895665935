// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/text.h"

#include <fmt/color.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/error_name.h"
#include "core/ir/print.h"
#include "serializers/reports/clean_text.h"
#include "serializers/reports/text_line.h"

namespace retrace::serializers {
namespace {

constexpr std::size_t kShownDifferences = 5;
constexpr std::size_t kNodesAround = 2;

std::string painted(Verdict verdict, bool color) {
  const std::string name(verdict_name(verdict));
  if (!color) return name;
  const fmt::color paint = verdict == Verdict::kSame ? fmt::color::green : fmt::color::red;
  return fmt::format(fmt::fg(paint) | fmt::emphasis::bold, "{}", name);
}

/// One line, whatever the names in it hold.
template <typename... T>
void append_line(std::string& out, fmt::format_string<T...> format, T&&... values) {
  out += text_line(format, std::forward<T>(values)...);
}

void append_indented(std::string& out, std::string_view text, std::string_view indent) {
  while (true) {
    const std::size_t end = text.find('\n');
    append_line(out, "{}{}", indent, text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::string where(const diff::Difference& d) {
  if (d.where_b.empty() || d.where_a == d.where_b) return d.where_a;
  if (d.where_a.empty()) return d.where_b;
  return d.where_a + " | " + d.where_b;
}

void append_difference(std::string& out, const diff::Difference& d) {
  append_line(out, "  {} at {}{}", d.rule, where(d), d.count > 1 ? fmt::format(" ({} places)", d.count) : "");
  if (!d.a.empty()) append_indented(out, d.a, "    - ");
  if (!d.b.empty()) append_indented(out, d.b, "    + ");
}

void append_nodes(std::string& out, std::string_view title, const ir::Graph& graph, std::size_t at) {
  append_line(out, "    {}", title);
  const std::size_t first = at > kNodesAround ? at - kNodesAround : 0;
  for (std::size_t i = first; i < std::min(graph.nodes.size(), at + kNodesAround + 1); ++i)
    append_line(out, "    {} {:>5}  {}", i == at ? '>' : ' ', i, ir::print(graph, graph.nodes[i]));
  if (at >= graph.nodes.size()) append_line(out, "    > {:>5}  (no more nodes)", at);
}

struct Side {
  std::string_view title;
  const ir::Program* program;
};

void append_comparison(std::string& out, const diff::Comparison& comparison, const Side& a, const Side& b) {
  const auto& all = comparison.differences;
  for (std::size_t i = 0; i < std::min(all.size(), kShownDifferences); ++i) {
    append_difference(out, all[i]);
    if (i > 0 || !comparison.first_node || a.program == nullptr || b.program == nullptr) continue;
    append_nodes(out, a.title, a.program->graph, *comparison.first_node);
    append_nodes(out, b.title, b.program->graph, *comparison.first_node);
  }
  if (all.size() > kShownDifferences) append_line(out, "  and {} more causes", all.size() - kShownDifferences);
}

const ir::Program* program_of(const CheckResult& result, std::size_t i) {
  return i < result.exports.size() && result.exports[i].program ? &*result.exports[i].program : nullptr;
}

void append_failure(std::string& out, const CheckResult& result) {
  for (std::size_t i = 0; i < result.exports.size(); ++i) {
    const ExportReport& e = result.exports[i];
    if (!e.failure) continue;
    const std::string at = e.failure->node.empty() ? "" : fmt::format(" at node {}", e.failure->node);
    append_line(out, "  export {}{}: {} ({}, stage {})", i + 1, at, error_name(e.failure->type), e.rule,
                e.failure->stage);
    append_indented(out, e.failure->message, "    ");
  }
}

void append_fixed_point(std::string& out, const FixedPoint& point) {
  if (point.round)
    append_line(out, "  fixed point at round {}: export {} is export {}", *point.round, *point.round + 1, *point.round);
  else
    append_line(out, "  no fixed point in {} rounds: export {} still differs from export {}", point.asked,
                point.asked + 1, point.asked);
}

void append_timing(std::string& out, const Report& report) {
  const Timing& t = report.result.timing;
  const auto ms = [](std::int64_t ns) { return static_cast<double>(ns) / 1e6; };
  append_line(out,
              "  time: read {:.2f} ms, export {:.2f}, rebuild {:.2f}, re-export {:.2f}, hash {:.2f}, diff {:.2f}, "
              "total {:.2f}",
              ms(report.read_ns), ms(t.export1_ns), ms(t.rebuild_ns), ms(t.export2_ns), ms(t.hash_ns), ms(t.diff_ns),
              ms(report.total_ns));
}

std::string headline(const Report& report, const TextStyle& style) {
  const CheckResult& result = report.result;
  std::string out = terminal_line(label(report) + (report.other.empty() ? "" : " " + report.other));
  out += ": " + painted(result.verdict, style.color);
  if (!report.mode.empty()) out += " (" + report.mode + ")";
  const bool notes = result.verdict == Verdict::kSame && result.drift && !result.drift->differences.empty();
  if (notes) out += ", with notes at finer levels";
  return out + "\n";
}

}  // namespace

std::string to_text(const Report& report, const TextStyle& style, const ir::Program* recorded) {
  const CheckResult& result = report.result;
  if (style.quiet && result.verdict == Verdict::kSame) return {};
  std::string out = headline(report, style);
  append_failure(out, result);
  const bool diff = !report.other.empty();
  const Side first{diff ? std::string_view(report.file) : "export 1", program_of(result, 0)};
  const Side second{diff ? std::string_view(report.other) : "export 2", program_of(result, 1)};
  if (result.drift) append_comparison(out, *result.drift, first, second);
  if (result.recorded && !result.recorded->equal_at(style.level)) {
    out += "  the recorded program is not its export:\n";
    append_comparison(out, *result.recorded, {"recorded", recorded}, first);
  }
  if (result.fixed_point) append_fixed_point(out, *result.fixed_point);
  for (const Note& note : result.notes) append_indented(out, note.rule + ": " + note.message, "  ");
  for (const auto& [name, count] : result.assumed_ops)
    append_line(out, "  assumed: {} ({} calls), its recorded result was taken", name, count);
  if (style.timing) append_timing(out, report);
  return out;
}

}  // namespace retrace::serializers
