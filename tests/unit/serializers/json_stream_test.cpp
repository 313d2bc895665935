// SPDX-License-Identifier: Apache-2.0
// The stream takes what simdjson takes, and nothing else.
#include "serializers/program/json_stream.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>

#include "serializers/program/utf8.h"

namespace retrace::serializers {
namespace {

bool skips(const std::string& text) {
  try {
    JsonStream json(text);
    json.skip();
    json.end();
    return true;
  } catch (const ReadFailure&) {
    return false;
  }
}

std::string read_text(const std::string& text) {
  JsonStream json(text);
  return std::string(json.text());
}

template <typename F>
std::string place_of_failure(const std::string& text, F&& read) {
  try {
    JsonStream json(text);
    read(json);
    return "no failure";
  } catch (const ReadFailure& failure) {
    return failure.place;
  }
}

TEST(JsonStream, TakesWhatSimdjsonTakes) {
  const std::string texts[] = {
      "{}", "[]", " [ ] ", "[[],{}]", R"({"a":1,"b":[true,false,null]})", R"("x")", "0", "-0", "-1.5e+10", "1E5", "0.5",
      R"(["\u00e9\ud83d\ude00\n\\\/"])", "[\"\xc3\xa9\"]", "[\n1 ,\t2\r]", R"({"a":{"b":{"c":[[[1]]]}}})",
      R"(["a string that is longer than a word of eight bytes, twice over"])",
      // and what it does not
      "", " ", "{", "[", "]", "}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{1:1}", "[1 2]", "[1,,2]",
      "tru", "nul", "truex", "01", "-", "1.", ".5", "1e", "+1", "0x1", "1e999", "\"", "\"\\x\"", "\"\\u12\"",
      "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "\"12345678\x01\"", "[\"\xff\"]", "[\"\xc3\"]",
      "[1}", "{\"a\":1]", "[1]]", "1 2", std::string("[1\0]", 4), std::string("\"a\0b\"", 5), "'a'", "[\"a\" \"b\"]"};
  for (const std::string& text : texts) {
    simdjson::dom::parser parser;
    EXPECT_EQ(skips(text), parser.parse(text).error() == simdjson::SUCCESS) << text;
  }
  EXPECT_FALSE(skips(std::string(5000, '[') + std::string(5000, ']')));
}

TEST(Utf8, IsWhatSimdjsonCallsIt) {
  // Every pair of bytes within ASCII, then characters of all lengths with one byte changed, at both ends of a block.
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string text = std::string(63, 'a') + static_cast<char>(first) + static_cast<char>(second) + "b";
      ASSERT_EQ(is_utf8(text), simdjson::validate_utf8(text)) << first << ' ' << second;
    }
  for (const std::string_view character : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf"})
    for (std::size_t changed = 0; changed < character.size(); ++changed)
      for (int byte = 0; byte < 256; ++byte)
        for (const std::size_t before : {0U, 62U, 64U}) {
          std::string text = std::string(before, 'a') + std::string(character);
          text[before + changed] = static_cast<char>(byte);
          ASSERT_EQ(is_utf8(text), simdjson::validate_utf8(text)) << character << ' ' << changed << ' ' << byte;
          text.pop_back();
          ASSERT_EQ(is_utf8(text), simdjson::validate_utf8(text)) << character << " cut, " << changed << ' ' << byte;
        }
}

TEST(JsonStream, ReadsStringsAsSimdjsonDoes) {
  for (const std::string text :
       {R"("")", R"("plain")", R"("exactly8")", R"("seven77\"")", R"("\\\"\/\b\f\n\r\t")",
        R"("A\u0041\u00e9\u20ac\ud83d\ude00 and more of it")", "\"caf\xc3\xa9, longer than a word\""}) {
    simdjson::dom::parser parser;
    std::string_view expected;
    ASSERT_EQ(parser.parse(text).get(expected), simdjson::SUCCESS) << text;
    EXPECT_EQ(read_text(text), expected);
  }
}

TEST(JsonStream, ReadsNumbers) {
  const std::string text = R"([9223372036854775807, -9223372036854775808, 0.1, 3, Infinity, "-Infinity", NaN])";
  JsonStream json(text);
  std::vector<std::int64_t> integers;
  std::vector<double> numbers;
  json.array([&] {
    if (integers.size() < 2)
      integers.push_back(json.integer());
    else
      numbers.push_back(json.number());
  });
  EXPECT_EQ(integers, (std::vector<std::int64_t>{INT64_MAX, INT64_MIN}));
  ASSERT_EQ(numbers.size(), 5U);
  EXPECT_TRUE(std::isnan(numbers.back()));
  numbers.pop_back();
  EXPECT_EQ(numbers, (std::vector<double>{0.1, 3, HUGE_VAL, -HUGE_VAL}));
}

TEST(JsonStream, SaysWhere) {
  const std::string text = R"({"a, \"]": [0, {"b": {"c": 1}}], "d": [[1, 2], "x"]})";
  const auto innermost = [](JsonStream& json) {
    json.object([&](std::string_view key) {
      if (key == "d")
        json.array([&] { json.array([&] { json.integer(); }); });
      else
        json.skip();
    });
  };
  EXPECT_EQ(place_of_failure(text, innermost), "d[1]");
  EXPECT_EQ(place_of_failure(R"({"a": [1, {"b": "c"}]})",
                             [](JsonStream& json) {
                               json.object([&](std::string_view) {
                                 int i = 0;
                                 json.array([&] {
                                   i++ == 0 ? json.skip() : json.one([&](std::string_view) { json.integer(); });
                                 });
                               });
                             }),
            "a[1].b");
}

TEST(JsonStream, FindsRepeatedFields) {
  constexpr std::string_view kNames[] = {"a", "b"};
  const auto fields = [&](JsonStream& json) { json.fields(kNames, [&](std::size_t) { json.skip(); }); };
  EXPECT_EQ(place_of_failure(R"({"b": 1, "c": 2, "a": null})", fields), "no failure");
  for (const char* text : {R"({"a": 1, "a": 2})", R"({"a": null, "b": 1, "a": 2})", R"({"c": 1, "c": 2})"})
    EXPECT_NE(place_of_failure(text, fields), "no failure") << text;
}

}  // namespace
}  // namespace retrace::serializers
