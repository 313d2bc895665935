// SPDX-License-Identifier: Apache-2.0
#include "core/base/glob.h"

namespace retrace {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// Matches one character against the set that opens at `at`; `at` moves behind it. A `[` without `]` is itself.
bool matches_set(std::string_view pattern, std::size_t& at, char c) {
  const std::size_t close = pattern.find(']', at + 2);
  if (close == kNone) return pattern[at++] == c;
  std::string_view set = pattern.substr(at + 1, close - at - 1);
  at = close + 1;
  const bool negated = set.front() == '!' || set.front() == '^';
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == '-';
    found = found || (range ? set[i] <= c && c <= set[i + 2] : set[i] == c);
    if (range) i += 2;
  }
  return c != '/' && found != negated;
}

/// Where matching goes on after a star took one character more.
struct Star {
  std::size_t pattern = kNone;
  std::size_t name = 0;
  bool whole_folders = false;  // "**/": what it takes ends with a slash
};

class Matcher {
 public:
  Matcher(std::string_view pattern, std::string_view name) : pattern_(pattern), name_(name) {}

  bool run() {
    while (at_ < name_.size() || p_ < pattern_.size()) {
      if (step() || retry()) continue;
      return false;
    }
    return true;
  }

 private:
  bool step() {
    if (p_ >= pattern_.size()) return false;
    if (pattern_[p_] == '*') return open_star();
    if (at_ >= name_.size()) return false;
    const char c = name_[at_];
    bool good = false;
    if (pattern_[p_] == '[') {
      std::size_t next = p_;
      good = matches_set(pattern_, next, c);
      if (good) p_ = next;
    } else {
      good = pattern_[p_] == '?' ? c != '/' : pattern_[p_] == c;
      if (good) ++p_;
    }
    if (good) ++at_;
    return good;
  }

  bool open_star() {
    if (p_ + 1 < pattern_.size() && pattern_[p_ + 1] == '*') {
      const bool whole = p_ + 2 < pattern_.size() && pattern_[p_ + 2] == '/' && (p_ == 0 || pattern_[p_ - 1] == '/');
      p_ += whole ? 3 : 2;
      deep_ = {p_, at_, whole};
      flat_ = {};
    } else {
      flat_ = {++p_, at_, false};
    }
    return true;
  }

  /// Lets the last star take more: the one inside a folder first.
  bool retry() {
    if (flat_.pattern != kNone && flat_.name < name_.size() && name_[flat_.name] != '/') {
      p_ = flat_.pattern;
      at_ = ++flat_.name;
      return true;
    }
    if (deep_.pattern == kNone) return false;
    flat_ = {};
    const std::size_t next = deep_.whole_folders ? name_.find('/', deep_.name) : deep_.name;
    if (next >= name_.size()) return false;
    p_ = deep_.pattern;
    at_ = deep_.name = next + 1;
    return true;
  }

  std::string_view pattern_;
  std::string_view name_;
  std::size_t p_ = 0;
  std::size_t at_ = 0;
  Star flat_;
  Star deep_;
};

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view name) { return Matcher(pattern, name).run(); }
bool is_glob(std::string_view pattern) { return pattern.find_first_of("*?[") != kNone; }

}  // namespace retrace
