// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/junit.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "serializers/files/files.h"
#include "serializers/reports/clean_text.h"
#include "serializers/reports/outcome.h"

namespace retrace::serializers {
namespace {

constexpr std::uint64_t kCasesAPart = 20'000;
constexpr std::size_t kBytesAPart = std::size_t{16} << 20;

const char* element(Outcome o) {
  if (o == Outcome::kSame) return "";
  if (o == Outcome::kTrouble) return "error";
  return o == Outcome::kExpected ? "skipped" : "failure";
}

std::string excerpt_text(const batch::Excerpt& excerpt) {
  const auto side = [&](const std::string& title, const std::vector<std::string>& lines) {
    std::string out = title + "\n";
    for (std::size_t i = 0; i < lines.size(); ++i)
      out += fmt::format("{} {:>5}  {}\n", excerpt.first + i == excerpt.at ? '>' : ' ', excerpt.first + i, lines[i]);
    return out;
  };
  return "\n" + side(excerpt.title_a, excerpt.a) + side(excerpt.title_b, excerpt.b);
}

/// The message stands in the body too: not every reader looks at the attribute.
std::string body(const batch::Row& row) {
  std::string out = outcome_name(outcome(row)) + std::string(": ") + rule_of(row);
  if (!row.finding.node.empty()) out += " at " + row.finding.node;
  if (!row.finding.operator_name.empty()) out += " (" + row.finding.operator_name + ")";
  out += "\n" + message_of(row);
  if (row.excerpt) out += excerpt_text(*row.excerpt);
  return out;
}

std::string test_case(const batch::Row& row) {
  const bool strict = row.mode == exporter::Mode::kStrict;
  std::string out = fmt::format(R"(    <testcase classname="{}" name="{}_retraceability_{}")",
                                strict ? "RetraceExport" : "RetraceExportNonStrict", xml_attribute(label(row)),
                                strict ? "strict" : "nonstrict");
  if (row.timing) out += fmt::format(R"( time="{:.6f}")", static_cast<double>(row.timing->total_ns) / 1e9);
  const Outcome o = outcome(row);
  if (o == Outcome::kSame) return out + "/>\n";
  const std::string message = o == Outcome::kExpected ? row.expected_reason : std::string(first_line(message_of(row)));
  out += fmt::format(">\n      <{} message=\"{}\"", element(o), xml_attribute(message));
  if (o != Outcome::kExpected) out += fmt::format(" type=\"{}\"", xml_attribute(rule_of(row)));
  return out + fmt::format(">{}</{}>\n    </testcase>\n", xml_text(body(row)), element(o));
}

}  // namespace

std::string JunitReport::part_path(std::uint64_t part) const {
  if (part == 1) return path_;
  const std::size_t slash = path_.rfind('/');
  const std::size_t dot = path_.rfind('.');
  const bool has_extension = dot != std::string::npos && (slash == std::string::npos || dot > slash + 1);
  const std::size_t end = has_extension ? dot : path_.size();
  return fmt::format("{}.{}{}", path_.substr(0, end), part, path_.substr(end));
}

void JunitReport::take(const batch::Row& row) {
  if (tests_ == kCasesAPart || cases_.size() > kBytesAPart) {
    write_part();
    ++part_;
  }
  ++tests_;
  const Outcome o = outcome(row);
  errors_ += o == Outcome::kTrouble ? 1 : 0;
  skipped_ += o == Outcome::kExpected ? 1 : 0;
  failures_ += element(o) == std::string_view("failure") ? 1 : 0;
  cases_ += test_case(row);
}

void JunitReport::write_part() {
  const std::string counts =
      fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", std::exchange(tests_, 0),
                  std::exchange(failures_, 0), std::exchange(errors_, 0), std::exchange(skipped_, 0));
  const std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"retrace{}\" {}>\n{}  "
      "</testsuite>\n"
      "</testsuites>\n",
      part_ == 1 ? "" : fmt::format(" {}", part_), counts, std::exchange(cases_, {}));
  if (auto done = write_atomically(part_path(part_), text); !done) throw std::runtime_error(done.error().text());
}

void JunitReport::end() {
  write_part();
  for (std::uint64_t old = part_ + 1; file_exists(part_path(old)); ++old)  // of an earlier, longer run
    if (auto done = remove_file(part_path(old)); !done) throw std::runtime_error(done.error().text());
}

}  // namespace retrace::serializers
