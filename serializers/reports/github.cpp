// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/github.h"

#include <fmt/format.h>

#include <algorithm>

#include "serializers/reports/clean_text.h"

namespace retrace::serializers {
namespace {

constexpr std::size_t kShownOfKind = 10;
constexpr std::size_t kMaxMessage = 1000;

/// As the runner unescapes: properties also hide their separators.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : clean_text(text)) {
    const bool hidden = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += hidden ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

bool is_error(Outcome o) { return o == Outcome::kTrouble || o == Outcome::kFails || o == Outcome::kDiffers; }

std::string command(const batch::Row& row) {
  const bool error = is_error(outcome(row));
  const std::string title = fmt::format("{}: {}", outcome_name(outcome(row)), rule_of(row));
  std::string message = title_of(row);
  if (!row.finding.node.empty()) message += " at " + row.finding.node;
  if (!row.finding.operator_name.empty()) message += " (" + row.finding.operator_name + ")";
  message += "\n" + cut_text(message_of(row), kMaxMessage);
  return fmt::format("::{} file={},title={}::{}\n", error ? "error" : "warning", escaped(row.path, true),
                     escaped(title, true), escaped(message, false));
}

}  // namespace

void GithubReport::end() {
  std::string out;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const batch::Row* row : worst_.rows()) {
    if (outcome(*row) == Outcome::kExpected) continue;
    std::size_t& shown = is_error(outcome(*row)) ? errors : warnings;
    if (shown++ < kShownOfKind) out += command(*row);
  }
  const std::uint64_t shown = std::min(errors, kShownOfKind) + std::min(warnings, kShownOfKind);
  const std::uint64_t wrong = worst_.total() - worst_.count(Outcome::kSame) - worst_.count(Outcome::kExpected);
  if (wrong > shown) out += fmt::format("::notice title=retrace::+{} more findings, see the reports\n", wrong - shown);
  output_(out);
}

}  // namespace retrace::serializers
