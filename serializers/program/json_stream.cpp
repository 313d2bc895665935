// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_stream.h"

#include <fmt/format.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "core/base/ascii.h"
#include "core/base/json_escape.h"
#include "serializers/program/utf8.h"

namespace retrace::serializers {
namespace {

constexpr std::size_t kMaxDepth = 1024;  // of what is skipped; simdjson's limit

/// In the lowest byte of `word` that ends a run of plain text in a string (a quote, a backslash, a control
/// character), the top bit; zero: none does. Of the bytes above the lowest nothing is said.
std::uint64_t ends_run(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U, kTops = 0x8080808080808080U;
  const auto zero_byte = [](std::uint64_t x) { return (x - kOnes) & ~x; };
  return (zero_byte(word ^ kOnes * '"') | zero_byte(word ^ kOnes * '\\') | ((word - kOnes * 0x20) & ~word)) & kTops;
}

#ifdef __SSE2__
/// The same of sixteen bytes, a bit each.
std::uint32_t ends_run(__m128i bytes) {
  const __m128i control = _mm_set1_epi8(0x1F);
  const __m128i ends =
      _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))),
                   _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(ends));
}
#endif

/// Past the plain text at `at`: as many bytes a step as can be looked at at once.
const char* run_end(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const std::uint32_t found = ends_run(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    if (found != 0) return at + std::countr_zero(found);
  }
#endif
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      if (const std::uint64_t found = ends_run(word); found != 0) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

}  // namespace

JsonStream::JsonStream(const std::string& text, Texts texts)
    : begin_(text.data()), end_(begin_ + text.size()), at_(begin_), value_(begin_) {
  if (texts == Texts::kUtf8 && !is_utf8(text)) throw ReadFailure("", "not UTF-8 text");
  skip_space();
  if (at_ == end_) throw ReadFailure("", "empty input");
}

// ---- Errors

void JsonStream::syntax() const {
  throw ReadFailure("", fmt::format("not JSON, or cut short (at byte {} of {})", at_ - begin_, end_ - begin_));
}

void JsonStream::missing(const char* where, std::string_view name) const {
  fail(where, fmt::format("the field '{}' is missing", name));
}

void JsonStream::second_field(const char* where, std::string_view first) {
  const std::string name(first);  // the next key may take its place
  fail(where, fmt::format("expected a union with one field, found '{}' and '{}'", name, key()));
}

void JsonStream::repeated(const char* where, std::string_view key) const {
  fail(where, fmt::format("the key '{}' is repeated", key));
}

void JsonStream::expected(std::string_view what) const {
  const auto found = [&]() -> std::string_view {
    switch (*at_) {
      case '{':
        return "an object";
      case '[':
        return "an array";
      case '"':
        return "a string";
      case 't':
      case 'f':
        return "a boolean";
      case 'n':
        return "null";
      default:
        return *at_ == '-' || *at_ == 'I' || *at_ == 'N' || is_digit(*at_) ? "a number" : "";
    }
  }();
  if (found.empty()) syntax();
  fail(at_, fmt::format("expected {}, found {}", what, found));
}

/// "graph.nodes[3].name": the keys and indexes that lead there.
std::string JsonStream::place(const char* where) const {
  struct Level {
    bool in_object;
    std::string key{};
    std::size_t index = 0;
  };
  std::vector<Level> levels;
  bool key_next = false;
  for (const char* at = begin_; at < where; ++at) {
    if (*at == '{' || *at == '[') {
      levels.push_back({*at == '{'});
      key_next = *at == '{';
    } else if (*at == '}' || *at == ']') {
      levels.pop_back();
    } else if (*at == ',') {
      key_next = levels.back().in_object;
      ++levels.back().index;
    } else if (*at == '"') {
      const char* start = ++at;
      while (*at != '"') at += *at == '\\' ? 2 : 1;
      if (key_next) levels.back().key.assign(start, at);
      key_next = false;
    }
  }
  std::string out;
  for (const Level& level : levels) {
    if (!level.in_object)
      out += fmt::format("[{}]", level.index);
    else
      out += (out.empty() ? "" : ".") + level.key;
  }
  return out;
}

// ---- Strings

std::string_view JsonStream::text() {
  if (!next_is('"')) expected("a string");
  return string();
}

std::string_view JsonStream::string() {
  const char* start = ++at_;
  at_ = run_end(at_, end_);
  if (*at_ == '\\') return escaped(start);
  if (*at_ != '"') syntax();
  return {start, static_cast<std::size_t>(at_++ - start)};
}

std::string_view JsonStream::escaped(const char* start) {
  unescaped_.assign(start, at_);
  while (*at_ == '\\') {
    ++at_;
    if (!unescape_json(at_, end_, unescaped_)) syntax();
    const char* run = at_;
    at_ = run_end(at_, end_);
    unescaped_.append(run, at_);
  }
  if (*at_ != '"') syntax();
  ++at_;
  return unescaped_;
}

// ---- Numbers and words

bool JsonStream::take_word(std::string_view word) {
  if (!rest().starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void JsonStream::literal(std::string_view word) {
  if (!take_word(word)) syntax();
}

bool JsonStream::boolean() {
  if (next_is('t')) return literal("true"), true;
  if (*at_ == 'f') return literal("false"), false;
  expected("a boolean");
}

/// -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
std::string_view JsonStream::number_token() {
  const char* start = at_;
  const auto digits = [&] {
    if (!is_digit(*at_)) syntax();
    while (is_digit(*at_)) ++at_;
  };
  if (*at_ == '-') ++at_;
  if (*at_ == '0')
    ++at_;
  else
    digits();
  if (is_digit(*at_)) syntax();
  if (*at_ == '.') {
    ++at_;
    digits();
  }
  if (*at_ == 'e' || *at_ == 'E') {
    ++at_;
    if (*at_ == '+' || *at_ == '-') ++at_;
    digits();
  }
  return since(start);
}

std::int64_t JsonStream::integer() {
  here();
  if (*at_ != '-' && !is_digit(*at_)) expected("an integer");
  const std::string_view token = number_token();
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), out);
  if (end != token.data() + token.size() && error == std::errc()) fail("expected an integer, found a number");
  if (error != std::errc()) fail("integer beyond 64 bits");
  return out;
}

std::variant<std::int64_t, double> JsonStream::any_number() {
  here();
  if (*at_ != '-' && !is_digit(*at_)) return number();
  const char* start = at_;
  if (*at_ == '-' && !is_digit(at_[1])) return number();
  const bool whole = number_token().find_first_of(".eE") == std::string_view::npos;
  at_ = start;
  if (whole) return integer();
  return number();
}

double JsonStream::number() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool quoted = next_is('"');
  if (quoted) ++at_;
  double out = 0;
  if (take_word("Infinity")) {
    out = kInfinity;
  } else if (take_word("-Infinity")) {
    out = -kInfinity;
  } else if (take_word("NaN")) {
    out = std::numeric_limits<double>::quiet_NaN();
  } else if (quoted || (*at_ != '-' && !is_digit(*at_))) {
    at_ = value_;
    expected("a number");
  } else {
    const std::string_view token = number_token();
    const auto error = std::from_chars(token.data(), token.data() + token.size(), out).ec;
    if (error != std::errc()) fail("number out of range");
    return out;
  }
  if (quoted && *at_++ != '"') fail("expected a number, found a string");
  return out;
}

// ---- What nobody asked for

void JsonStream::skip() {
  std::string open;  // the brackets that surround the next value, innermost last
  do {
    here();
    if (*at_ == '{' || *at_ == '[') {
      if (open.size() == kMaxDepth) throw ReadFailure("", "nested too deeply");
      open += *at_++;
      skip_space();
      const bool is_empty = *at_ == (open.back() == '{' ? '}' : ']');
      if (!is_empty && open.back() == '{') key();
      if (!is_empty) continue;
    } else if (*at_ == '"') {
      string();
    } else if (*at_ == 't' || *at_ == 'f') {
      boolean();
    } else if (!null()) {
      number();
    }
    while (!open.empty() && take(open.back() == '{' ? '}' : ']')) open.pop_back();
    if (open.empty()) return;
    expect(',');
    if (open.back() == '{') key();
  } while (true);
}

void JsonStream::end() {
  skip_space();
  if (at_ != end_) syntax();
}

}  // namespace retrace::serializers
