// SPDX-License-Identifier: Apache-2.0
#include "serializers/store/row_json.h"

#include "core/batch/row_of.h"
#include "core/batch/tally.h"
#include "serializers/program/json_sink.h"
#include "serializers/reports/clean_text.h"
#include "serializers/reports/report.h"

namespace retrace::serializers {
namespace {

using batch::Row;

void or_null(JsonSink& out, const char* key, const std::string& text) {
  out.key(key);
  if (text.empty())
    out.null();
  else
    out.text(text);
}

void write_hashes(JsonSink& out, const Hashes& hashes) {
  out.key("hash").object([&] {
    out.key("exact").text(hash::to_hex(hashes.exact));
    out.key("dataflow").text(hash::to_hex(hashes.dataflow));
    out.key("symbolic").text(hash::to_hex(hashes.symbolic));
  });
}

void write_export(JsonSink& out, const batch::ExportRow& row) {
  out.object([&] {
    out.key("ok").boolean(row.ok);
    if (row.hashes) write_hashes(out, *row.hashes);
    if (row.ok) return;
    out.key("stage").text(row.stage);
    or_null(out, "rule", row.rule);
    or_null(out, "node", row.node);
    out.key("type").text(row.type);
    out.key("message").text(row.message);
  });
}

void write_levels(JsonSink& out, const batch::Levels& levels) {
  out.key("equal").object([&] {
    out.key("exact").boolean(levels.exact);
    out.key("dataflow").boolean(levels.dataflow);
    out.key("symbolic").boolean(levels.symbolic);
  });
}

void write_differences(JsonSink& out, const std::vector<diff::Difference>& differences) {
  out.key("differences").array(differences, [&](const diff::Difference& d) {
    out.object([&] {
      out.key("rule").text(d.rule);
      out.key("level").text(level_name(d.level));
      or_null(out, "where_a", d.where_a);
      or_null(out, "where_b", d.where_b);
      or_null(out, "a", d.a);
      or_null(out, "b", d.b);
      out.key("count").integer(static_cast<std::int64_t>(d.count));
    });
  });
}

void write_finding(JsonSink& out, const batch::Finding& finding) {
  out.key("finding");
  if (finding.rule.empty()) return out.null();
  out.object([&] {
    out.key("rule").text(finding.rule);
    or_null(out, "node", finding.node);
    or_null(out, "operator", finding.operator_name);
    out.key("message").text(finding.message);
  });
}

void write_excerpt(JsonSink& out, const batch::Excerpt& excerpt) {
  const auto text = [&](const std::string& line) { out.text(line); };
  out.key("excerpt").object([&] {
    out.key("title_a").text(excerpt.title_a);
    out.key("title_b").text(excerpt.title_b);
    out.key("first").integer(static_cast<std::int64_t>(excerpt.first));
    out.key("at").integer(static_cast<std::int64_t>(excerpt.at));
    out.key("a").array(excerpt.a, text);
    out.key("b").array(excerpt.b, text);
  });
}

void write_timing(JsonSink& out, const batch::RowTiming& timing) {
  out.key("timing").object([&] {
    out.key("read_ns").integer(timing.read_ns);
    out.key("export1_ns").integer(timing.phases.export1_ns);
    out.key("rebuild_ns").integer(timing.phases.rebuild_ns);
    out.key("export2_ns").integer(timing.phases.export2_ns);
    out.key("hash_ns").integer(timing.phases.hash_ns);
    out.key("diff_ns").integer(timing.phases.diff_ns);
    out.key("total_ns").integer(timing.total_ns);
  });
}

void write_place(JsonSink& out, const Row& row) {
  out.key("index").integer(static_cast<std::int64_t>(row.index));
  out.key("part").integer(row.part);
  out.key("parts").integer(row.parts);
  out.key("file").text(row.path);
  or_null(out, "program", row.program);
  out.key("content").text(row.content);
  out.key("shapes").text(row.shapes);
  out.key("mode").text(batch::mode_name(row.mode));
}

void write_answer(JsonSink& out, const Row& row) {
  out.key("verdict").text(verdict_name(row.verdict));
  if (row.trouble != batch::Trouble::kNone) out.key("trouble").text(batch::trouble_name(row.trouble));
  write_finding(out, row.finding);
  out.key("exports").array(row.exports, [&](const auto& e) { write_export(out, e); });
  out.key("recorded").object([&] {
    if (row.recorded_hashes) write_hashes(out, *row.recorded_hashes);
    if (!row.recorded_equal) return;
    write_levels(out, *row.recorded_equal);
    write_differences(out, row.recorded_differences);
  });
  if (row.equal) write_levels(out, *row.equal);
  write_differences(out, row.differences);
  if (row.excerpt) write_excerpt(out, *row.excerpt);
  out.key("assumed_ops").object([&] {
    for (const auto& [name, count] : row.assumed_ops) out.text_key(name).integer(count);
  });
  if (row.timing) write_timing(out, *row.timing);
}

}  // namespace

std::string row_to_json(const Row& row, bool annotated) {
  JsonSink out;
  out.object([&] {
    write_place(out, row);
    write_answer(out, row);
    if (!annotated) return;
    if (row.expected != batch::Expected::kPlain) {
      out.key("expected").text(row.expected == batch::Expected::kFailure ? "failure" : "unexpected pass");
      or_null(out, "expected_reason", row.expected_reason);
    }
    if (!row.lock_message.empty()) out.key("lock").text(row.lock_message);
  });
  return annotated ? clean_text(out.take()) : out.take();
}

}  // namespace retrace::serializers
