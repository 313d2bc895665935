// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/reports.h"

#include <map>
#include <stdexcept>

#include "serializers/files/files.h"
#include "serializers/reports/github.h"
#include "serializers/reports/html.h"
#include "serializers/reports/json_document.h"
#include "serializers/reports/junit.h"
#include "serializers/reports/markdown.h"
#include "serializers/reports/sarif.h"

namespace retrace::serializers {
namespace {

TextOutput to_file(const std::string& path) {
  return [path](const std::string& text) {
    if (auto done = write_atomically(path, text); !done) throw std::runtime_error(done.error().text());
  };
}

std::unique_ptr<batch::RowSink> make(const ReportTarget& target) {
  switch (target.kind) {
    case ReportKind::kGithub:
      return std::make_unique<GithubReport>(to_file(target.path));
    case ReportKind::kHtml:
      return std::make_unique<HtmlReport>(target.path);
    case ReportKind::kJson:
      return std::make_unique<JsonDocument>(target.path);
    case ReportKind::kJunit:
      return std::make_unique<JunitReport>(target.path);
    case ReportKind::kMarkdown:
      return std::make_unique<MarkdownReport>(to_file(target.path));
    case ReportKind::kSarif:
      return std::make_unique<SarifReport>(to_file(target.path));
  }
  return nullptr;
}

}  // namespace

std::optional<ReportTarget> parse_report(const std::string& text) {
  static const std::map<std::string, ReportKind> kKinds{{"github", ReportKind::kGithub}, {"html", ReportKind::kHtml},
                                                        {"json", ReportKind::kJson},     {"junit", ReportKind::kJunit},
                                                        {"md", ReportKind::kMarkdown},   {"sarif", ReportKind::kSarif}};
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign + 1 == text.size()) return std::nullopt;
  const auto kind = kKinds.find(text.substr(0, sign));
  if (kind == kKinds.end()) return std::nullopt;
  return ReportTarget{kind->second, text.substr(sign + 1)};
}

std::vector<std::unique_ptr<batch::RowSink>> write_reports(const std::vector<ReportTarget>& targets) {
  std::vector<std::unique_ptr<batch::RowSink>> out;
  for (const ReportTarget& target : targets) out.push_back(make(target));
  return out;
}

}  // namespace retrace::serializers
