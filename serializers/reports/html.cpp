// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/html.h"

#include "serializers/program/json_sink.h"
#include "serializers/reports/clean_text.h"
#include "serializers/reports/outcome.h"
#include "serializers/store/row_json.h"

namespace retrace::serializers {
namespace {

constexpr std::uint64_t kMaxRowsOfAKind = 20'000;

constexpr std::string_view kHead =
#include "serializers/reports/page_head.inc"
    ;
constexpr std::string_view kTail =
#include "serializers/reports/page_tail.inc"
    ;

/// JSON inside a script element: nothing in it ends the element or opens a comment.
std::string for_script(const std::string& json) {
  std::string out;
  for (const char c : clean_text(json))
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out;
}

}  // namespace

HtmlReport::HtmlReport(const std::string& path) : file_(path) {
  file_.append(kHead);
  file_.append("<script type=\"application/json\" id=\"rows\">[");
}

void HtmlReport::take(const batch::Row& row) {
  if ((outcome(row) == Outcome::kSame ? same_ : others_)++ >= kMaxRowsOfAKind) {
    ++left_out_;
    return;
  }
  file_.append(first_ ? "\n" : ",\n");
  file_.append(for_script(row_to_json(row, true)));
  first_ = false;
}

void HtmlReport::end() {
  JsonSink json;
  json.object([&] {
    json.key("tool").text(info_.tool_version);
    json.key("options").text(info_.options);
    json.key("left_out").integer(static_cast<std::int64_t>(left_out_));
    json.key("help").object([&] {
      for (const FindingHelp& finding : finding_helps()) json.key(finding.rule).text(finding.help);
    });
  });
  file_.append("]</script>\n<script type=\"application/json\" id=\"run\">" + for_script(json.take()) + "</script>\n");
  file_.append(kTail);
  file_.finish();
}

}  // namespace retrace::serializers
