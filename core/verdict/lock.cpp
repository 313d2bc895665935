// SPDX-License-Identifier: Apache-2.0
#include "core/verdict/lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace retrace::verdict {
namespace {

using exporter::Mode;

std::string_view word(Mode mode) { return mode == Mode::kStrict ? "strict" : "non-strict"; }

/// Up to the next two blanks.
std::string_view field(std::string_view& line) {
  const std::size_t end = std::min(line.find("  "), line.size());
  const std::string_view out = line.substr(0, end);
  line.remove_prefix(std::min(end + 2, line.size()));
  return out;
}

/// A name on one line: control characters, and the backslash that marks them, as \xHH.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7F || c == '\\')
      out += fmt::format("\\x{:02x}", code);
    else
      out += c;
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    unsigned code = 0;
    const bool hex = text.size() >= 4 && text.starts_with("\\x") &&
                     std::from_chars(text.data() + 2, text.data() + 4, code, 16).ptr == text.data() + 4;
    out += hex ? static_cast<char>(code) : text.front();
    text.remove_prefix(hex ? 4 : 1);
  }
  return out;
}

}  // namespace

std::optional<Lock> Lock::parse(std::string_view text, std::string& error) {
  Lock out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::string_view verdict = field(line), recorded = field(line), exported = field(line), mode = field(line);
    if (!recorded.starts_with("recorded=") || !exported.starts_with("export=") || line.empty() ||
        (mode != "strict" && mode != "non-strict")) {
      error = fmt::format("line {}: not an entry of a lock file", number);
      return std::nullopt;
    }
    out.set(unescaped(line), mode == "strict" ? Mode::kStrict : Mode::kNonStrict,
            {std::string(verdict), std::string(recorded.substr(9)), std::string(exported.substr(7))});
  }
  return out;
}

std::string Lock::compare(const std::string& name, Mode mode, const Locked& now) {
  const auto at = entries_.find({name, mode});
  if (at == entries_.end()) return "not in the lock";
  at->second.seen = true;
  const Locked& then = at->second.locked;
  if (then == now) return {};
  std::string out;
  const auto add = [&](const char* what, const std::string& a, const std::string& b) {
    if (a != b) out += fmt::format("{}{} was {}, is {}", out.empty() ? "" : "; ", what, a, b);
  };
  add("verdict", then.verdict, now.verdict);
  add("recorded program", then.recorded, now.recorded);
  add("export", then.exported, now.exported);
  return out;
}

void Lock::set(const std::string& name, Mode mode, const Locked& now) { entries_[{name, mode}] = {now, false}; }

std::vector<std::string> Lock::unseen() const {
  std::vector<std::string> out;
  for (const auto& [key, entry] : entries_)
    if (!entry.seen) out.push_back(fmt::format("{} ({})", key.first, word(key.second)));
  return out;
}

std::string Lock::text() const {
  std::string out;
  for (const auto& [key, entry] : entries_)
    out += fmt::format("{}  recorded={}  export={}  {}  {}\n", entry.locked.verdict, entry.locked.recorded,
                       entry.locked.exported, word(key.second), escaped(key.first));
  return out;
}

}  // namespace retrace::verdict
