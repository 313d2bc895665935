// SPDX-License-Identifier: Apache-2.0
#include "core/hash/text_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace retrace::hash {
namespace {

TEST(TextTable, KeepsEachTextOnceWhereItWasMade) {
  Arena arena;
  TextTable<int> table(arena, 4);
  std::vector<const TextTable<int>::Entry*> entries;
  for (int i = 0; i < 1000; ++i) {
    auto& entry = table.at("name_" + std::to_string(i));
    entry.value = i;
    entries.push_back(&entry);
  }
  EXPECT_EQ(table.size(), 1000U);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "name_" + std::to_string(i);
    EXPECT_EQ(table.find(text), entries[static_cast<std::size_t>(i)]);
    EXPECT_EQ(table.at(text).value, i);
    EXPECT_EQ(table.at(text).text, text);
  }
  EXPECT_EQ(table.find("name_1000"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
  EXPECT_EQ(table.size(), 1000U);
}

TEST(TextTable, TakesBytesOfAnyKind) {
  Arena arena;
  TextTable<int> table(arena, 2);
  const std::string zeros(3, '\0');
  table.at(zeros).value = 3;
  table.at(zeros.substr(1)).value = 2;
  table.at("").value = 1;
  EXPECT_EQ(table.at(zeros).value, 3);
  EXPECT_EQ(table.at(zeros.substr(1)).value, 2);
  EXPECT_EQ(table.at("").value, 1);
}

}  // namespace
}  // namespace retrace::hash
