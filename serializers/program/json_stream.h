// SPDX-License-Identifier: Apache-2.0
// JSON read once, forward, a value at a time: what is read goes straight where it belongs. There is no tree and no
// index of the text, which simdjson's parsers build and which would be most of the time and of the memory of a load.
//
// The text is checked as strictly as simdjson checks it, with one licence: bare Infinity, -Infinity and NaN are
// numbers, because older files hold them. Every function reads the value that comes next. Only an error asks where
// in the document the reader is; the place is found by walking to it from the beginning.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/same_text.h"
#include "serializers/program/read_failure.h"

namespace retrace::serializers {

class JsonStream {
 public:
  enum class Texts : std::uint8_t { kUtf8, kAnyBytes };
  /// `text` ends in a zero byte (that of a std::string) and outlives the stream. Raises ReadFailure, as all do.
  explicit JsonStream(const std::string& text, Texts texts = Texts::kUtf8);

  /// Good until the next text or key with an escape in it.
  std::string_view text();
  std::int64_t integer();
  /// The one or the other, as it is written.
  std::variant<std::int64_t, double> any_number();
  double number();  // also the strings "Infinity", "-Infinity" and "NaN"
  bool boolean();
  /// Reads a null, or nothing.
  bool null() { return next_is('n') && (literal("null"), true); }
  void skip();
  /// Nothing but white space may follow.
  void end();

  /// Calls element() at each element.
  template <typename F>
  void array(F&& element);
  /// Calls value(key) at each value. Repeated keys are the caller's to find.
  template <typename F>
  void object(F&& value);
  /// Of a union: value(key) at its one field.
  template <typename F>
  void one(F&& value);

  /// Which fields of an object were there, and where it began.
  struct Fields {
    const char* at;
    std::uint32_t given = 0;
    [[nodiscard]] bool has(std::size_t field) const { return (given >> field & 1U) != 0; }
  };
  /// Calls value(i) at the value of the field names[i]; one that is null counts as absent. Other fields are skipped; a
  /// repeated key is an error.
  template <std::size_t N, typename F>
  Fields fields(const std::string_view (&names)[N], F&& value);
  /// The field has to be there.
  void need(const Fields& fields, std::size_t field, std::string_view name) const {
    if (!fields.has(field)) missing(fields.at, name);
  }

  /// The next value's first character, which says what it is.
  char first() { return *here(); }
  /// Where the next value begins; text that begins there; goes on behind it.
  const char* here() {
    skip_space();
    return value_ = at_;
  }
  [[nodiscard]] std::string_view since(const char* start) const {
    return {start, static_cast<std::size_t>(at_ - start)};
  }
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  void advance(std::size_t bytes) { at_ += bytes; }

  /// Fails at the value that was begun last, or at the one that began there.
  [[noreturn]] void fail(const std::string& reason) const { fail(value_, reason); }
  [[noreturn]] void fail(const char* where, const std::string& reason) const {
    throw ReadFailure(place(where), reason);
  }
  [[noreturn]] void repeated(const char* where, std::string_view key) const;

 private:
  [[noreturn]] void second_field(const char* where, std::string_view first);
  [[noreturn]] void missing(const char* where, std::string_view name) const;
  [[noreturn]] void syntax() const;
  [[noreturn]] void expected(std::string_view what) const;
  [[nodiscard]] std::string place(const char* where) const;

  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r') ++at_;
  }
  bool next_is(char c) {
    here();
    return *at_ == c;
  }
  bool take(char c) {
    skip_space();
    if (*at_ != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) syntax();
  }
  const char* open(char bracket, std::string_view what) {
    if (!next_is(bracket)) expected(what);
    return at_++;
  }
  std::string_view key() {
    skip_space();
    if (*at_ != '"') syntax();
    const std::string_view out = string();
    expect(':');
    here();
    return out;
  }
  bool take_key(std::string_view name);
  std::string_view string();
  std::string_view escaped(const char* start);
  void literal(std::string_view word);
  bool take_word(std::string_view word);
  std::string_view number_token();

  const char* begin_;
  const char* end_;
  const char* at_;
  const char* value_;  // where the value begins that was begun last
  std::string unescaped_;
};

/// The key that is expected next, without looking at anything else.
inline bool JsonStream::take_key(std::string_view name) {
  skip_space();
  const std::string_view left = rest();
  if (left.size() < name.size() + 2 || left[0] != '"' || left[name.size() + 1] != '"' ||
      !same_text(left.substr(1, name.size()), name))
    return false;
  at_ += name.size() + 2;
  expect(':');
  here();
  return true;
}

template <typename F>
void JsonStream::array(F&& element) {
  open('[', "an array");
  if (take(']')) return;
  do element();
  while (take(','));
  expect(']');
}

template <typename F>
void JsonStream::object(F&& value) {
  open('{', "an object");
  if (take('}')) return;
  do value(key());
  while (take(','));
  expect('}');
}

template <typename F>
void JsonStream::one(F&& value) {
  const char* start = open('{', "an object");
  if (take('}')) fail(start, "expected a union with one field, found none");
  const std::string_view name = key();
  value(name);
  if (take(',')) second_field(start, name);
  expect('}');
}

template <std::size_t N, typename F>
JsonStream::Fields JsonStream::fields(const std::string_view (&names)[N], F&& value) {
  static_assert(N <= 32);
  Fields out{open('{', "an object")};
  if (take('}')) return out;
  std::uint32_t seen = 0;
  std::vector<std::string> others;
  std::size_t next = 0;  // fields mostly come in the schema's order
  do {
    std::size_t i = next;
    if (i == N || !take_key(names[i])) {
      const std::string_view name = key();
      i = static_cast<std::size_t>(std::find(names, names + N, name) - names);
      if (i == N) {
        if (std::find(others.begin(), others.end(), name) != others.end()) repeated(out.at, name);
        others.emplace_back(name);
        skip();
        continue;
      }
    }
    if ((seen >> i & 1U) != 0) repeated(out.at, names[i]);
    seen |= 1U << i;
    next = i + 1;
    if (null()) continue;
    out.given |= 1U << i;
    value(i);
  } while (take(','));
  expect('}');
  return out;
}

}  // namespace retrace::serializers
