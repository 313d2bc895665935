// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "serializers/files/content.h"

namespace retrace::serializers {
namespace {

namespace fs = std::filesystem;

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

class Written : public ::testing::Test {
 protected:
  Written() { directory_ = mkdtemp((::testing::TempDir() + "retrace_written.XXXXXX").data()); }
  ~Written() override { fs::remove_all(directory_); }
  static unsigned mode(const fs::path& path) { return static_cast<unsigned>(fs::status(path).permissions()); }
  /// The files there, hidden ones too.
  [[nodiscard]] auto count() const { return std::distance(fs::directory_iterator(directory_), {}); }
  fs::path directory_;
};

TEST_F(Written, KeepsLinksAndModes) {
  const fs::path file = directory_ / "file", link = directory_ / "link";
  const mode_t umask_before = ::umask(027);
  ASSERT_TRUE(write_atomically(file, "a"));
  ::umask(umask_before);
  EXPECT_EQ(mode(file), 0640U);
  fs::permissions(file, fs::perms{0606});
  fs::create_symlink("file", link);
  ASSERT_TRUE(write_atomically(link, "b"));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(*read_file(file), "b");
  EXPECT_EQ(mode(file), 0606U);
  fs::create_symlink("absent", directory_ / "dangling");
  ASSERT_TRUE(write_atomically(directory_ / "dangling", "c"));
  EXPECT_EQ(*read_file(directory_ / "absent"), "c");
  EXPECT_EQ(count(), 4);
}

TEST_F(Written, ReplacesNoPipeAndNoDevice) {
  const fs::path pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread reader([&] { EXPECT_EQ(*read_file(pipe), "a"); });
  EXPECT_TRUE(write_atomically(pipe, "a"));
  reader.join();
  EXPECT_TRUE(fs::is_fifo(pipe));
  fs::create_symlink("/dev/full", directory_ / "full");
  EXPECT_EQ(write_atomically(directory_ / "full", "a").error().reason, "cannot write: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_EQ(count(), 2);
}

TEST_F(Written, TakesNamesAsLongAsTheyCanBeAndRefusesWhatIsNoPlace) {
  ASSERT_TRUE(write_atomically(directory_ / std::string(255, 'x'), "a"));
  EXPECT_EQ(write_atomically(directory_, "a").error().reason, "cannot write: Is a directory");
  fs::create_symlink("loop", directory_ / "loop");
  EXPECT_EQ(write_atomically(directory_ / "loop", "a").error().reason,
            "cannot write: Too many levels of symbolic links");
  EXPECT_EQ(count(), 2);
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
