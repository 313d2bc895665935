// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_sink.h"

#include <array>
#include <charconv>
#include <cmath>

namespace retrace::serializers {
namespace {

/// Characters that JSON escapes: the quote, the backslash and controls.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

JsonSink& JsonSink::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  first_ = true;
  return *this;
}

void JsonSink::text(std::string_view value) {
  separate();
  out_ += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!kEscaped[static_cast<unsigned char>(value[i])]) continue;
    out_.append(value, from, i - from);
    append_escape(out_, value[i]);
    from = i + 1;
  }
  out_.append(value, from);
  out_ += '"';
}

void JsonSink::integer(std::int64_t value) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  scalar({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

void JsonSink::number(double value) {
  if (std::isnan(value)) return scalar("\"NaN\"");
  if (std::isinf(value)) return scalar(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  scalar(digits);
  if (digits.find_first_of(".e") == std::string_view::npos) out_ += ".0";  // a float stays one
}

}  // namespace retrace::serializers
