// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/files.h"

#include <gtest/gtest.h>

#include "serializers/files/content.h"

namespace retrace::serializers {
namespace {

const std::string kArchive = RETRACE_SOURCE_DIR "/tests/data/pt2/tied.pt2";

TEST(Files, WriteReplacesTheWholeFile) {
  const std::string path = ::testing::TempDir() + "retrace_written.json";
  ASSERT_TRUE(write_atomically(path, std::string(100000, 'a')));
  ASSERT_TRUE(write_atomically(path, "b"));
  EXPECT_EQ(*read_file(path), "b");
  EXPECT_EQ(*read_head(path, 4), "b");
  ASSERT_TRUE(remove_file(path));
  ASSERT_TRUE(remove_file(path));
  EXPECT_FALSE(write_atomically("/nowhere/at/all.json", "b"));
  EXPECT_FALSE(read_file(path));
}

TEST(Files, HaveAnEnd) {
  EXPECT_EQ(read_file("/dev/zero", 100).error().text(), "/dev/zero: has more than the 100 bytes that are read");
  EXPECT_EQ(read_file(kArchive, 100).error().reason, "has more than the 100 bytes that are read");
  EXPECT_EQ(read_file("/dev/null", 100)->size(), 0U);
  EXPECT_EQ(*read_head("/dev/zero", 4), "");  // could be a pipe: left to the one read of all
  for (const std::string& path : {kArchive, std::string("/dev/zero")})
    EXPECT_EQ(read_content(path, 100).error().reason, "has more than the 100 bytes that are read");
  EXPECT_TRUE(read_content(kArchive, 1'000'000));
}

}  // namespace
}  // namespace retrace::serializers
