// SPDX-License-Identifier: Apache-2.0
#include "core/base/shared_list.h"

#include <gtest/gtest.h>

#include <string>

namespace retrace {
namespace {

SharedList<std::string> numbers(std::size_t count) {
  SharedList<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(std::to_string(i));
  return out;
}

TEST(SharedList, HoldsWhatWasPutInInOrder) {
  const SharedList<std::string> list = numbers(1000);
  std::size_t i = 0;
  for (const std::string& text : list) EXPECT_EQ(text, std::to_string(i++));
  EXPECT_EQ(i, 1000U);
  EXPECT_EQ(list.back(), "999");
}

TEST(SharedList, CopiesAreOneUntilTheyAreWritten) {
  const SharedList<std::string> list = numbers(200);
  SharedList<std::string> copy = list;
  EXPECT_EQ(&list[100], &copy[100]);
  copy.edit(100) = "other";
  copy.push_back("more");
  EXPECT_EQ(list[100], "100");
  EXPECT_EQ(copy[100], "other");
  EXPECT_EQ(list.size(), 200U);
  EXPECT_EQ(copy.back(), "more");
  EXPECT_EQ(&list[0], &copy[0]);
}

TEST(SharedList, AnEditOfWhatIsNotSharedStaysInPlace) {
  SharedList<std::string> list = numbers(3);
  const std::string* before = &list[1];
  list.edit(1) = "other";
  EXPECT_EQ(&list[1], before);
}

TEST(SharedList, ShrinksToNothingAndGrowsAgain) {
  SharedList<std::string> list = numbers(130);
  const SharedList<std::string> copy = list;
  while (!list.empty()) list.pop_back();
  list.push_back("new");
  EXPECT_EQ(list.front(), "new");
  EXPECT_EQ(copy[129], "129");
}

}  // namespace
}  // namespace retrace
