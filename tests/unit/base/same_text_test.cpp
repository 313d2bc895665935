// SPDX-License-Identifier: Apache-2.0
#include "core/base/same_text.h"

#include <gtest/gtest.h>

#include <string>

namespace retrace {
namespace {

TEST(SameText, SeesEveryByteOfEveryLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'a');
    EXPECT_TRUE(same_text(text, std::string(text)));
    EXPECT_FALSE(same_text(text, text + 'a'));
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] = 'b';
      EXPECT_FALSE(same_text(text, other)) << size << " bytes, differing at " << i;
    }
  }
}

}  // namespace
}  // namespace retrace
