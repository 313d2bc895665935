// SPDX-License-Identifier: Apache-2.0
// The reports that --report can ask for, each a sink of rows: `write_reports` is all a command needs to know.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/batch/row_sink.h"

namespace retrace::serializers {

enum class ReportKind : std::uint8_t { kGithub, kHtml, kJson, kJunit, kMarkdown, kSarif };

/// "junit=out.xml".
struct ReportTarget {
  ReportKind kind;
  std::string path;
};
/// Absent: it is not KIND=FILE with a kind that there is (github, html, json, junit, md, sarif).
std::optional<ReportTarget> parse_report(const std::string& text);

/// Writes each target's file when the run ends, so that readers see a whole report or the old one. The sink raises
/// std::runtime_error where a file cannot be written.
std::vector<std::unique_ptr<batch::RowSink>> write_reports(const std::vector<ReportTarget>& targets);

}  // namespace retrace::serializers
