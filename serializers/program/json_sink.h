// SPDX-License-Identifier: Apache-2.0
// Appends JSON to a string: commas by itself, no tree in between. Private to the program writer, where
// a general library is an order of magnitude too slow.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace retrace::serializers {

class JsonSink {
 public:
  JsonSink& key(std::string_view name);  // a name of the schema: needs no escapes
  void text(std::string_view value);
  void integer(std::int64_t value);
  void number(double value);  // infinities and NaN as PyTorch spells them, in quotes
  void boolean(bool value) { scalar(value ? "true" : "false"); }
  void null() { scalar("null"); }

  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }

  template <typename F>
  void object(F&& fields) {
    open('{');
    fields();
    close('}');
  }
  /// {"name": value}.
  template <typename F>
  void one(std::string_view name, F&& value) {
    open('{');
    key(name);
    value();
    close('}');
  }
  template <typename Range, typename F>
  void array(const Range& range, F&& element) {
    open('[');
    for (const auto& x : range) element(x);
    close(']');
  }
  /// A map's key, which may hold anything.
  JsonSink& text_key(std::string_view name) {
    text(name);
    out_ += ':';
    first_ = true;
    return *this;
  }

  std::string take() { return std::move(out_); }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void scalar(std::string_view text) {
    separate();
    out_ += text;
  }

  std::string out_;
  bool first_ = true;
};

}  // namespace retrace::serializers
