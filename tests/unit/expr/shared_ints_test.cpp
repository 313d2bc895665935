// SPDX-License-Identifier: Apache-2.0
#include "core/expr/shared_ints.h"

#include <gtest/gtest.h>

namespace retrace {
namespace {

TEST(SharedInts, CopiesAreOneListUntilOneChanges) {
  SharedInts a{2, 3};
  SharedInts b = a;
  EXPECT_EQ(a.id(), b.id());
  b.edit()[0] = 5;
  EXPECT_NE(a.id(), b.id());
  EXPECT_TRUE(a[0].is(2));
  EXPECT_TRUE(b[0].is(5));
  EXPECT_TRUE(b.back().is(3));
}

TEST(SharedInts, AListOfItsOwnIsChangedInPlace) {
  SharedInts a{2, 3};
  const void* id = a.id();
  a.choose(&a);
  a.edit().emplace_back(4);
  EXPECT_EQ(a.id(), id);
  EXPECT_EQ(a.chosen_by(), nullptr);  // it holds something else now
  EXPECT_EQ(a.size(), 3U);
}

TEST(SharedInts, EmptyHoldsNothing) {
  SharedInts a;
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a.begin(), a.end());
  EXPECT_THROW(static_cast<void>(a.back()), Failure);
  EXPECT_THROW(static_cast<void>(a[0]), Failure);
  a.edit().emplace_back(1);
  EXPECT_EQ(a.size(), 1U);
  a = SharedInts();
  EXPECT_TRUE(a.empty());
}

}  // namespace
}  // namespace retrace
