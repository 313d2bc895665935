// SPDX-License-Identifier: Apache-2.0
// The reports, each on rows made by hand.
#include "serializers/reports/reports.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "serializers/files/files.h"
#include "serializers/reports/clean_text.h"
#include "serializers/reports/github.h"
#include "serializers/reports/html.h"
#include "serializers/reports/junit.h"
#include "serializers/reports/markdown.h"
#include "serializers/reports/outcome.h"
#include "serializers/reports/sarif.h"

namespace retrace::serializers {
namespace {

using batch::Expected;
using batch::Row;
using nlohmann::json;

Row row_of(const std::string& path, Verdict verdict, const std::string& rule = "", const std::string& message = "") {
  Row row;
  row.path = path;
  row.verdict = verdict;
  row.finding = {rule, rule.empty() ? "" : "add_1", rule.empty() ? "" : "aten.add.Tensor", message};
  return row;
}
Row same(const std::string& path) { return row_of(path, Verdict::kSame); }
Row fails(const std::string& path) { return row_of(path, Verdict::kFails, "operator-failed", "sizes: 3 != 4"); }
Row differs(const std::string& path) {
  Row row = row_of(path, Verdict::kDiffers, "argument-changed", "a | b");
  row.excerpt = batch::Excerpt{"export 1", "export 2", 3, 4, {"x", "a", "z"}, {"x", "b", "z"}};
  return row;
}
Row expected(Row row, const std::string& reason) {
  row.expected = row.verdict == Verdict::kSame ? Expected::kUnexpectedPass : Expected::kFailure;
  row.expected_reason = reason;
  return row;
}

class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / fmt::format("retrace-reports-{}", ::getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read(const std::string& path) {
  auto text = read_file(path);
  EXPECT_TRUE(text) << path;
  return text ? *text : "";
}

template <typename Report>
std::string text_of(const std::vector<Row>& rows) {
  std::string out;
  Report report([&](const std::string& text) { out = text; });
  report.begin({"1.0", "shapes=infer", rows.size()});
  for (const Row& row : rows) report.take(row);
  report.end();
  return out;
}

std::size_t count(const std::string& text, const std::string& piece) {
  std::size_t out = 0;
  for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++out;
  return out;
}

TEST(CleanText, KeepsWhatXmlTakesAndReplacesTheRest) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(clean_text("a\tb\nc\r\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "a\tb\nc\r\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(clean_text(std::string("a\0b\x1B", 4)), "a" + bad + "b" + bad);
  EXPECT_EQ(clean_text("\xC3"), bad);                                // cut off
  EXPECT_EQ(clean_text("\xC0\xAF"), bad + bad);                      // overlong
  EXPECT_EQ(clean_text("\xED\xA0\x80x"), bad + bad + bad + "x");     // surrogate
  EXPECT_EQ(clean_text("\xEF\xBF\xBF"), bad + bad + bad);            // U+FFFF
  EXPECT_EQ(clean_text("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  EXPECT_EQ(xml_attribute("<a & \"b\">\n"), "&lt;a &amp; &quot;b&quot;&gt;&#10;");
  EXPECT_EQ(cut_text("\xC3\xA4\xC3\xA4\xC3\xA4", 5), "\xC3\xA4...");
}

TEST(CleanText, ForATerminalHoldsNoControlCharacters) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(terminal_text("a\tb\nc\r\x7F"), "a\tb\nc" + bad + bad);
  EXPECT_EQ(terminal_text("\xC2\x9B\xC2\xA0\x9B"), bad + "\xC2\xA0" + bad);  // U+009B, U+00A0, no UTF-8
  EXPECT_EQ(terminal_line("a\tb\nc"), "a\tb" + bad + "c");
}

TEST(Outcome, OrdersRows) {
  Row locked = same("a");
  locked.lock_message = "hash changed";
  EXPECT_EQ(outcome(locked), Outcome::kNotAsLocked);
  EXPECT_EQ(outcome(expected(same("a"), "r")), Outcome::kUnexpectedPass);
  EXPECT_EQ(outcome(expected(fails("a"), "r")), Outcome::kExpected);
  WorstRows worst(2);
  for (const Row& row : {differs("1"), fails("2"), fails("3"), same("4"), fails("5")}) worst.take(row);
  ASSERT_EQ(worst.rows().size(), 2U);
  EXPECT_EQ(worst.rows()[0]->path, "2");
  EXPECT_EQ(worst.rows()[1]->path, "3");
  EXPECT_EQ(worst.count(Outcome::kFails), 3U);
  EXPECT_EQ(worst.total(), 5U);
  WorstRows two(2);
  for (const Row& row : {differs("1"), differs("2"), same("3"), fails("4")}) two.take(row);
  ASSERT_EQ(two.rows().size(), 2U);
  EXPECT_EQ(two.rows()[0]->path, "4");
  EXPECT_EQ(two.rows()[1]->path, "1");
}

TEST(Findings, HelpIsThatOfTheDocuments) {
  const std::string page = read(std::string(RETRACE_SOURCE_DIR) + "/docs/findings.md");
  std::map<std::string, std::string> documented;
  std::istringstream lines(page.substr(page.find("| --- | --- |\n") + 14));
  for (std::string line; std::getline(lines, line) && line.starts_with("| ");) {
    const std::size_t bar = line.find(" | ");
    std::istringstream names(line.substr(2, bar - 2));
    std::string help = line.substr(bar + 3, line.size() - bar - 5);
    std::erase(help, '`');
    for (std::string name; std::getline(names >> std::ws, name, ',');) documented[name] = help;
  }
  std::map<std::string, std::string> known;
  for (const FindingHelp& finding : finding_helps()) known[finding.rule] = finding.help;
  EXPECT_EQ(known, documented);
}

TEST(Targets, AreParsed) {
  const auto target = parse_report("junit=a=b.xml");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->kind, ReportKind::kJunit);
  EXPECT_EQ(target->path, "a=b.xml");
  for (const char* bad : {"junit", "junit=", "=x", "pdf=x"}) EXPECT_FALSE(parse_report(bad)) << bad;
}

TEST(Junit, NamesAndOutcomesAreThoseOfTheSuite) {
  const Directory directory;
  JunitReport report(directory.file("out.xml"));
  Row strict = fails("zoo/<b>.json");
  strict.mode = exporter::Mode::kStrict;
  strict.finding.message = std::string("bad \x01 & \xFF\nsecond line");
  for (const Row& row : {same("zoo/a.json"), strict, differs("c"), expected(fails("d"), "known & sad"),
                         expected(same("e"), "fixed?"), row_of("f", Verdict::kTrouble, "crash", "signal 11")})
    report.take(row);
  report.end();
  const std::string xml = read(directory.file("out.xml"));
  EXPECT_NE(xml.find(R"(tests="6" failures="3" errors="1" skipped="1")"), std::string::npos) << xml;
  EXPECT_NE(xml.find(R"(classname="RetraceExportNonStrict" name="zoo/a.json_retraceability_nonstrict")"),
            std::string::npos);
  EXPECT_NE(xml.find(R"(classname="RetraceExport" name="zoo/&lt;b&gt;.json_retraceability_strict")"),
            std::string::npos);
  EXPECT_NE(xml.find("<skipped message=\"known &amp; sad\">"), std::string::npos);
  EXPECT_NE(xml.find("second line"), std::string::npos);
  EXPECT_EQ(xml.find('\x01'), std::string::npos);
  EXPECT_EQ(xml.find('\xFF'), std::string::npos);
}

TEST(Junit, IsSplitAndOldPartsGo) {
  const Directory directory;
  std::ofstream(directory.file("out.3.xml")) << "old";
  JunitReport report(directory.file("out.xml"));
  for (int i = 0; i < 20'001; ++i) report.take(same("a"));
  report.end();
  EXPECT_EQ(count(read(directory.file("out.xml")), "<testcase"), 20'000U);
  EXPECT_EQ(count(read(directory.file("out.2.xml")), "<testcase"), 1U);
  EXPECT_FALSE(file_exists(directory.file("out.3.xml")));
}

TEST(Junit, IsSplitBySizeToo) {
  const Directory directory;
  JunitReport report(directory.file("out.xml"));
  Row row = fails("a");
  row.finding.message = std::string(std::size_t{9} << 20, 'x');  // twice in the report
  for (int i = 0; i < 2; ++i) report.take(row);
  report.end();
  EXPECT_EQ(count(read(directory.file("out.xml")), "<testcase"), 1U);
  EXPECT_EQ(count(read(directory.file("out.2.xml")), "<testcase"), 1U);
}

TEST(Sarif, HoldsOneRunWithRulesPlacesAndFingerprints) {
  const json log = json::parse(text_of<SarifReport>({same("a"), fails("zoo/b c.json"), expected(fails("d"), "known")}));
  ASSERT_EQ(log["runs"].size(), 1U);
  const json& run = log["runs"][0];
  ASSERT_EQ(run["results"].size(), 2U);
  const json& result = run["results"][0];
  const json& rules = run["tool"]["driver"]["rules"];
  EXPECT_EQ(rules[result["ruleIndex"].get<std::size_t>()]["id"], "operator-failed");
  const json& location = result["locations"][0];
  EXPECT_EQ(location["physicalLocation"]["artifactLocation"]["uri"], "zoo/b%20c.json");
  EXPECT_EQ(location["logicalLocations"][0]["fullyQualifiedName"], "zoo/b c.json/non-strict/add_1");
  EXPECT_EQ(run["results"][1]["suppressions"][0]["justification"], "known");
  EXPECT_FALSE(run["invocations"][0].contains("toolExecutionNotifications"));
  const json again = json::parse(text_of<SarifReport>({differs("x"), fails("zoo/b c.json")}));
  EXPECT_EQ(again["runs"][0]["results"][0]["partialFingerprints"], result["partialFingerprints"]);
}

TEST(Sarif, KeepsTheWorst) {
  std::vector<Row> rows(6000, differs("a"));
  rows.push_back(fails("worst"));
  const json log = json::parse(text_of<SarifReport>(rows));
  const json& run = log["runs"][0];
  EXPECT_EQ(run["results"].size(), 5000U);
  EXPECT_EQ(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "worst");
  const json& note = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
  EXPECT_TRUE(note.get<std::string>().starts_with("1001 more"));
}

TEST(Github, AnnotatesTheWorstTenAndCountsTheRest) {
  std::vector<Row> rows(15, differs("a"));
  rows.push_back(fails("b,c:d%"));
  rows.push_back(expected(same("e"), "was broken"));
  const std::string out = text_of<GithubReport>(rows);
  EXPECT_EQ(count(out, "::error "), 10U);
  EXPECT_EQ(count(out, "::warning "), 1U);
  EXPECT_TRUE(
      out.starts_with("::error file=b%2Cc%3Ad%25,title=fails%3A operator-failed::b,c:d%25 (non-strict) at add_1"))
      << out;
  EXPECT_NE(out.find("%0Asizes: 3 != 4\n"), std::string::npos);
  EXPECT_NE(out.find("::+6 more findings"), std::string::npos);
  EXPECT_EQ(text_of<GithubReport>({same("a")}), "");
}

TEST(Markdown, CountsClustersAndEscapes) {
  const std::string out =
      text_of<MarkdownReport>({differs("a|b"), fails("<i>"), differs("c"), same("d"), expected(fails("e"), "known")});
  EXPECT_NE(out.find("3 of 5 results are not well"), std::string::npos);
  EXPECT_NE(out.find("| 2 | argument-changed | aten.add.Tensor |"), std::string::npos) << out;
  EXPECT_NE(out.find("a&#124;b"), std::string::npos);
  EXPECT_NE(out.find("&lt;i&gt;"), std::string::npos);
  EXPECT_LT(out.find("| &lt;i&gt;"), out.find("| a&#124;b (non-strict) | differs"));
}

TEST(Html, EmbedsRowsThatCannotEndTheirElement) {
  const Directory directory;
  HtmlReport report(directory.file("out.html"));
  report.begin({"1.0", "", 1});
  report.take(fails("</script><script>alert(1)</script><!--"));
  report.end();
  const std::string page = read(directory.file("out.html"));
  const std::string start = R"(id="rows">)";
  const std::size_t from = page.find(start) + start.size();
  const json rows = json::parse(page.substr(from, page.find("</script>", from) - from));
  EXPECT_EQ(rows[0]["file"], "</script><script>alert(1)</script><!--");
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
}

TEST(Html, WhatIsNotFinishedLeavesNothing) {
  const Directory directory;
  { HtmlReport report(directory.file("out.html")); }
  EXPECT_FALSE(file_exists(directory.file("out.html")));
  EXPECT_THROW(HtmlReport(directory.file("no/such/out.html")), std::runtime_error);
}

}  // namespace
}  // namespace retrace::serializers
