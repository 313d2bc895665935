// SPDX-License-Identifier: Apache-2.0
#include "core/verdict/expected_failures.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/glob.h"

namespace retrace::verdict {
namespace {

using exporter::Mode;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Something at `i` that a pattern, or `parse`, would take for more than itself.
bool is_special(std::string_view name, std::size_t i) {
  const char c = name[i];
  if (c == '*' || c == '?' || c == '[') return true;
  if (c == '#') return i == 0 || name[i - 1] == ' ';
  return (c == ' ' || c == '\t' || c == '\r') && (i == 0 || i + 1 == name.size());
}

/// A name as a pattern that matches nothing else, but that a line cannot hold a newline: any character stands for it.
std::string as_pattern(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\n')
      out += '?';
    else if (is_special(name, i))
      out += {'[', name[i], ']'};
    else
      out += name[i];
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text.substr(0, text.find('\n')));
  std::replace(out.begin(), out.end(), '#', ' ');
  return out;
}

}  // namespace

std::optional<ExpectedFailures> ExpectedFailures::parse(std::string_view text, std::string& error) {
  ExpectedFailures out;
  std::optional<Mode> mode;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line == "[strict]" || line == "[non-strict]") {
      mode = line == "[strict]" ? Mode::kStrict : Mode::kNonStrict;
      continue;
    }
    if (!mode) {
      error = fmt::format("line {}: a pattern before [strict] or [non-strict]", number);
      return std::nullopt;
    }
    const std::size_t hash = std::min(line.find(" #"), line.size());
    const std::string_view reason = hash < line.size() ? trimmed(line.substr(hash + 2)) : std::string_view{};
    out.entries_.push_back({*mode, std::string(trimmed(line.substr(0, hash))), std::string(reason), 0, 0});
  }
  return out;
}

const ExpectedFailure* ExpectedFailures::find(std::string_view name, Mode mode, bool passed) {
  for (ExpectedFailure& entry : entries_) {
    if (entry.mode != mode || !glob_matches(entry.pattern, name)) continue;
    ++(passed ? entry.passes : entry.failures);
    return &entry;
  }
  return nullptr;
}

std::vector<const ExpectedFailure*> ExpectedFailures::unused() const {
  std::vector<const ExpectedFailure*> out;
  for (const ExpectedFailure& entry : entries_)
    if (entry.passes + entry.failures == 0) out.push_back(&entry);
  return out;
}

void ExpectedFailures::add_failure(std::string_view name, Mode mode, std::string_view reason) {
  seen_.push_back({mode, std::string(name), one_line(reason), 1, 0});
}

std::string ExpectedFailures::updated() const {
  std::string out;
  for (const Mode mode : {Mode::kStrict, Mode::kNonStrict}) {
    out += mode == Mode::kStrict ? "[strict]\n" : "[non-strict]\n";
    std::vector<const ExpectedFailure*> kept;
    for (const ExpectedFailure& entry : entries_)
      if (entry.mode == mode && entry.failures > 0 && entry.passes == 0) kept.push_back(&entry);
    for (const ExpectedFailure* entry : kept)
      out += entry->pattern + (entry->reason.empty() ? "" : "  # " + entry->reason) + "\n";
    for (const ExpectedFailure& one : seen_) {
      const auto names_it = [&](const auto* entry) { return glob_matches(entry->pattern, one.pattern); };
      if (one.mode != mode || std::any_of(kept.begin(), kept.end(), names_it)) continue;
      out += as_pattern(one.pattern) + (one.reason.empty() ? "" : "  # " + one.reason) + "\n";
    }
  }
  return out;
}

}  // namespace retrace::verdict
