// SPDX-License-Identifier: Apache-2.0
#include "serializers/spec/dim_text.h"

#include <charconv>
#include <string>

#include "core/base/ascii.h"

namespace retrace::serializers {
namespace {

bool is_name_start(char c) { return is_word(c) && !is_digit(c); }

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_name_start(text[0])) return false;
  for (const char c : text)
    if (!is_name_start(c) && !is_digit(c)) return false;
  return true;
}

/// Adds one term ("3", "batch", "2*batch", "batch*2") with its sign to `dim`.
bool add_term(std::string_view term, std::int64_t sign, bind::Dim& dim) {
  std::int64_t factor = sign;
  std::string_view name;
  while (true) {
    const std::size_t star = term.find('*');
    const std::string_view part = trim(term.substr(0, star));
    if (const auto number = whole_number(part)) {
      if (__builtin_mul_overflow(factor, *number, &factor)) return false;
    } else if (is_name(part) && name.empty()) {
      name = part;
    } else {
      return false;
    }
    if (star == std::string_view::npos) break;
    term.remove_prefix(star + 1);
  }
  if (name.empty()) return !__builtin_add_overflow(dim.offset, factor, &dim.offset);
  if (!dim.root.empty() && dim.root != name) return false;
  dim.root = name;
  return !__builtin_add_overflow(dim.scale, factor, &dim.scale);
}

}  // namespace

std::optional<bind::Dim> parse_dim(std::string_view text) {
  bind::Dim dim{"", 0, 0};
  std::int64_t sign = 1;
  text = trim(text);
  if (text.starts_with('-')) {
    sign = -1;
    text.remove_prefix(1);
  }
  while (true) {
    const std::size_t end = text.find_first_of("+-");
    if (!add_term(text.substr(0, end), sign, dim)) return std::nullopt;
    if (end == std::string_view::npos) break;
    sign = text[end] == '-' ? -1 : 1;
    text.remove_prefix(end + 1);
  }
  if (dim.root.empty() || dim.scale <= 0) return std::nullopt;
  return dim;
}

std::optional<bind::DimRange> parse_dim_range(std::string_view text, std::int64_t lowest) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view low = trim(text.substr(0, dots));
  const std::string_view high = trim(text.substr(dots + 2));
  bind::DimRange range{lowest, std::nullopt};
  if (!low.empty()) {
    const auto min = whole_number(low);
    if (!min) return std::nullopt;
    range.min = *min;
  }
  if (!high.empty()) {
    range.max = whole_number(high);
    if (!range.max) return std::nullopt;
  }
  return range;
}

}  // namespace retrace::serializers
