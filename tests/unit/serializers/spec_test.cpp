// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "serializers/spec/dim_text.h"
#include "serializers/spec/spec_reader.h"
#include "serializers/spec/spec_writer.h"

namespace retrace::serializers {
namespace {

using bind::SpecTree;

std::string error_of(const std::string& text) {
  const auto spec = read_spec(text, "s.json");
  return spec ? "no error" : spec.error().text();
}

TEST(DimText, ReadsLinearExpressions) {
  const struct {
    const char* text;
    const char* root;
    std::int64_t scale, offset;
  } cases[] = {{"batch", "batch", 1, 0}, {"dx + 1", "dx", 1, 1}, {"2*dz - 1", "dz", 2, -1}, {"3*_dx", "_dx", 3, 0},
               {"1 + 2*a", "a", 2, 1},   {" a*4 ", "a", 4, 0},   {"-1 + a", "a", 1, -1},    {"a + a + 1", "a", 2, 1}};
  for (const auto& c : cases) {
    const auto dim = parse_dim(c.text);
    ASSERT_TRUE(dim) << c.text;
    EXPECT_EQ(dim->root, c.root);
    EXPECT_EQ(dim->scale, c.scale);
    EXPECT_EQ(dim->offset, c.offset);
  }
  for (const char* text : {"", "3", "a*b", "a + b", "-a", "a - a", "a/2", "a +", "2a", "a b", "99999999999999999999*a"})
    EXPECT_FALSE(parse_dim(text)) << text;
}

TEST(SpecReader, ReadsPyTorchsForm) {
  const auto spec = read_spec(R"({"dynamic_shapes": [["dx", 4], ["dx + 1", "_DimHint.AUTO"], null],
                                  "dims": {"dx": {"min": 4, "max": null, "derived": ["dx + 1"]}}})",
                              "s.json");
  ASSERT_TRUE(spec) << spec.error().text();
  ASSERT_EQ(spec->shapes->kind, SpecTree::Kind::kList);
  EXPECT_EQ(spec->dims.at("dx").min, 4);
  EXPECT_FALSE(spec->dims.at("dx").max);
  const SpecTree& second = spec->shapes->items[1];
  EXPECT_EQ(std::get<bind::Dim>(second.items[0].dim).offset, 1);
  EXPECT_EQ(std::get<bind::DimHint>(second.items[1].dim).kind, bind::DimHint::Kind::kAuto);
  EXPECT_EQ(spec->shapes->items[2].kind, SpecTree::Kind::kNone);
  EXPECT_FALSE(read_spec(R"({"dynamic_shapes": null, "dims": {}})", "s.json")->shapes);
}

TEST(SpecReader, ReadsTheShortForm) {
  const auto spec = read_spec(
      R"({"x": {"0": "batch=2..64", "1": "2*batch"}, "y": ["auto=..8", null, 3, true], "n": "dynamic"})", "s.json");
  ASSERT_TRUE(spec) << spec.error().text();
  ASSERT_EQ(spec->shapes->kind, SpecTree::Kind::kMap);
  EXPECT_EQ(spec->shapes->keys, (std::vector<std::string>{"x", "y", "n"}));
  EXPECT_EQ(spec->shapes->items[0].kind, SpecTree::Kind::kIndexMap);
  EXPECT_EQ(spec->dims.at("batch").min, 2);
  EXPECT_EQ(spec->dims.at("batch").max, 64);
  EXPECT_EQ(std::get<bind::DimHint>(spec->shapes->items[1].items[0].dim).max, 8);
  EXPECT_EQ(std::get<std::int64_t>(spec->shapes->items[1].items[3].dim), 1);  // Python's True
  EXPECT_FALSE(read_spec("null", "s.json")->shapes);
}

TEST(SpecReader, SaysWhereAndWhy) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "s.json: not JSON"},
      {R"({"dynamic_shapes": [["dy"]], "dims": {}})",
       "s.json: at dynamic_shapes[0][0]: 'dy' is not among the declared dims"},
      {R"({"dynamic_shapes": [], "dims": {"dx": {"min": 0, "max": 3}}})",
       "s.json: at dims.dx: the field 'derived' is missing"},
      {R"({"dynamic_shapes": [], "dims": {"dx": {"min": 0, "max": 3, "derived": ["dx*dx"]}}})",
       "s.json: at dims.dx.derived[0]: 'dx*dx' is not"},
      {R"({"x": {"0": "two words"}})", "s.json: at x.0: 'two words' is no dimension"},
      {R"({"x": ["batch=5"]})", "s.json: at x[0]: '5' is not a range"},
      {R"({"x": ["2*batch=2..3"]})", "s.json: at x[0]: a range belongs to the Dim itself"},
      {R"({"x": ["a=2..3", "a=2..4"]})", "s.json: at x[1]: the Dim 'a' has two ranges"},
      {R"({"x": [1.5]})", "s.json: at x[0]: expected an integer"},
      {R"({"x": null, "x": null})", "s.json: the key 'x' is repeated"},
  };
  for (const auto& [text, error] : cases) EXPECT_TRUE(error_of(text).starts_with(error)) << error_of(text);
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += '[';
  deep += std::string(200, ']');
  EXPECT_NE(error_of(deep).find("nested more than"), std::string::npos);
}

TEST(SpecWriter, WritesWhatTheReaderReads) {
  const std::string text =
      R"({"dynamic_shapes":[["dx",4],["2*dx - 1","_DimHint.STATIC"],null,{"k":["_DimHint.DYNAMIC"]}],)"
      R"("dims":{"dx":{"min":4,"max":null,"derived":["2*dx - 1"]}}})";
  std::string written = write_spec(*read_spec(text, "s.json"));
  std::erase_if(written, [](char c) { return c == '\n'; });
  for (std::size_t at = 0; (at = written.find("  ", at)) != std::string::npos;) written.erase(at, 2);
  for (std::size_t at = 0; (at = written.find(": ", at)) != std::string::npos; ++at) written.erase(at + 1, 1);
  EXPECT_EQ(written, text);
}

}  // namespace
}  // namespace retrace::serializers
