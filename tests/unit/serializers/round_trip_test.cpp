// SPDX-License-Identifier: Apache-2.0
// What is written equals, as a JSON document, what was read: on the samples, and on every program of the
// unpacked corpora where they are at hand (RETRACE_CORPUS).
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "serializers/files/files.h"
#include "serializers/program/json_reader.h"
#include "serializers/program/json_writer.h"
#include "tests/unit/corpus.h"
#include "tests/unit/serializers/program_text.h"

namespace retrace::serializers {
namespace {

/// Empty: fine, or refused with a place (an edited program may hold an integer beyond 64 bits).
std::string round_trip(const std::string& text, const std::string& name) {
  const auto program = read_program(text, name);
  if (!program) return program.error().place.empty() ? program.error().text() : "";
  const std::string written = write_program(*program);
  const auto before = nlohmann::json::parse(text);
  const auto after = nlohmann::json::parse(written);
  if (before != after) return name + ": differs: " + nlohmann::json::diff(before, after).dump().substr(0, 500);
  const auto again = read_program(written, name);
  if (!again) return again.error().text();
  return write_program(*again) == written ? "" : name + ": another text the second time";
}

std::size_t check_directory(const std::filesystem::path& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "spec.json") continue;
    const auto text = read_file(entry.path());
    if (!text) continue;
    EXPECT_EQ(round_trip(*text, entry.path()), "");
    ++count;
  }
  return count;
}

TEST(RoundTrip, Samples) { EXPECT_GT(check_directory(RETRACE_SOURCE_DIR "/samples"), 3U); }

TEST(RoundTrip, Corpora) {
  const std::string directory = retrace::test::corpus_directory();
  if (directory.empty()) GTEST_SKIP() << "no corpora: set RETRACE_CORPUS to the directory they are unpacked in";
  EXPECT_GT(check_directory(directory), 0U);
}

TEST(RoundTrip, EveryKindOfArgument) {
  for (const char* argument : {R"({"as_none": true})",
                               R"({"as_float": "Infinity"})",
                               R"({"as_float": 1.0})",
                               R"({"as_float": 1e+300})",
                               R"({"as_float": -5e-324})",
                               R"({"as_string": "\"\\\n\u0001é\ud83d\ude00"})",
                               R"({"as_int": -9223372036854775808})",
                               R"({"as_sym_ints": [{"as_name": "n"}, {"as_int": 2}]})",
                               R"({"as_device": {"type": "cuda", "index": 1}})",
                               R"({"as_sym_bools": [{"as_name": "b"}, {"as_bool": true}]})",
                               R"({"as_complex": {"real": "NaN", "imag": -2.5}})",
                               R"({"as_optional_tensors": [{"as_none": true}, {"as_tensor": {"name": "x"}}]})",
                               R"({"as_custom_obj": {"name": "o", "class_fqn": "a.B"}})",
                               R"({"as_sym_floats": [{"as_float": 0.1}]})",
                               R"({"as_nested_tensors": [[{"name": "x"}], []]})",
                               R"({"as_int_lists": [[1], [2, 3]]})",
                               R"({"as_string_to_argument": {"k": {"as_int": 1}, "": {"as_none": true}}})",
                               R"({"as_float_lists": [[0.5], []]})",
                               R"({"as_operator": "add"})",
                               R"({"as_optional_tensor": {"as_tensor": {"name": "x"}}})"})
    EXPECT_EQ(round_trip(test::relu_with(argument), argument), "");
}

TEST(JsonWriter, ComputesHintsFromTheSymbols) {
  auto program = read_program(test::relu_program(), "m.json");
  ASSERT_TRUE(program);
  auto& meta = ir::edit_tensor(program->graph.values.edit(0).meta);
  const expr::Expr symbol = meta.sizes[0].node();
  meta.sizes[0] = meta.sizes[0] + 5;
  meta.hints.clear();
  program->symbol_hints = {{symbol, program->pool->integer(4)}};
  EXPECT_NE(write_program(*program).find(R"("hint":{"as_int":9})"), std::string::npos);
}

}  // namespace
}  // namespace retrace::serializers
