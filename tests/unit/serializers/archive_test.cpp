// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "serializers/files/files.h"
#include "serializers/load.h"

namespace retrace::serializers {
namespace {

const std::string kData = RETRACE_SOURCE_DIR "/tests/data/pt2/";

std::string error_of(Input input, const std::string& model = {}) {
  const auto program = load_one(std::move(input), model);
  return program ? "no error" : program.error().reason;
}

TEST(Archive, ReadsTodaysLayoutWithTiedWeights) {
  const auto program = load_one({kData + "tied.pt2", {}});
  ASSERT_TRUE(program) << program.error().text();
  EXPECT_EQ(program->name, "model");
  EXPECT_EQ(program->program.graph.nodes.size(), 3U);
  ASSERT_EQ(program->program.tied.size(), 1U);
  EXPECT_EQ(program->program.tied[0], (std::vector<ir::Text>{"first.weight", "second.weight"}));
}

TEST(Archive, ReadsSmallConstantsInRowMajorOrder) {
  const auto program = load_one({kData + "constant.pt2", {}});
  ASSERT_TRUE(program) << program.error().text();
  const auto& constants = program->program.constants;
  ASSERT_EQ(constants.size(), 2U);
  EXPECT_EQ(constants[0].first, "lifted_tensor_0");
  EXPECT_EQ(constants[0].second, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(constants[1].first, "steps");
  EXPECT_EQ(constants[1].second, (std::vector<double>{0, 3, 1, 4, 2, 5}));
}

TEST(Archive, ReadsTheOlderLayout) {
  const auto program = load_one({kData + "old.pt2", {}});
  ASSERT_TRUE(program) << program.error().text();
  EXPECT_EQ(program->program.graph.nodes.size(), 3U);
}

TEST(Archive, ChoosesAmongSeveralPrograms) {
  const auto all = load({kData + "several.pt2", {}});
  ASSERT_TRUE(all) << all.error().text();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].name, "constant");
  EXPECT_EQ((*all)[1].name, "tied");
  EXPECT_EQ((*all)[1].program.tied.size(), 1U);
  EXPECT_EQ(load_one({kData + "several.pt2", {}}, "tied")->name, "tied");
  EXPECT_EQ(error_of({kData + "several.pt2", {}}), "holds several programs (constant, tied); choose one with --model");
  EXPECT_EQ(error_of({kData + "several.pt2", {}}, "none"), "no program 'none'; it holds constant, tied");
}

TEST(Archive, ReadsBytesAsWellAsFiles) { EXPECT_EQ(error_of({"-", *read_file(kData + "tied.pt2")}), "no error"); }

TEST(Archive, SaysWhatAnotherFileIs) {
  EXPECT_EQ(error_of({kData + "not_a_program.pt", {}}), "a torch.save file, not an exported program");
  EXPECT_EQ(error_of({"-", "\x80\x02pickle"}), "neither a program JSON nor a .pt2 archive");
  EXPECT_EQ(error_of({"-", " \n"}), "empty input");
  EXPECT_EQ(error_of({kData + "absent.pt2", {}}), "cannot open: No such file or directory");
  EXPECT_EQ(error_of({kData, {}}), "is a directory");
}

TEST(Archive, SurvivesDamage) {
  const std::string good = *read_file(kData + "tied.pt2");
  for (std::size_t size = 4; size < good.size(); size += 97)
    EXPECT_NE(error_of({"-", good.substr(0, size)}), "no error");
  for (std::size_t at = 4; at < good.size(); at += 61) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    (void)load({"-", bad});
  }
}

}  // namespace
}  // namespace retrace::serializers
