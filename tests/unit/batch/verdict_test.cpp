// SPDX-License-Identifier: Apache-2.0
// Patterns, manifests of expected failures, locks.
#include <gtest/gtest.h>

#include "core/base/glob.h"
#include "core/verdict/expected_failures.h"
#include "core/verdict/lock.h"

namespace retrace::verdict {
namespace {

using exporter::Mode;

TEST(Glob, Matches) {
  struct Case {
    const char* pattern;
    const char* name;
    bool matches;
  };
  const Case cases[] = {
      {"a.json", "a.json", true},
      {"*.json", "a.json", true},
      {"*.json", "x/a.json", false},
      {"**/*.json", "a.json", true},
      {"**/*.json", "x/y/a.json", true},
      {"x/**", "x/y/a.json", true},
      {"x/**/a*", "x/y/z/ab", true},
      {"x/**/a*", "x/ab", true},
      {"x/**/a*", "xa/ab", false},
      {"?.json", "a.json", true},
      {"a?b", "a/b", false},
      {"[a-c].json", "b.json", true},
      {"[!a-c].json", "b.json", false},
      {"[[]x", "[x", true},
      {"a[", "a[", true},
      {"*a*b", "xaxxb", true},
      {"*a*b", "xaxxbc", false},
      {"**b/c", "a/bb/c", true},
      {"", "", true},
      {"*", "", true},
      {"", "a", false},
      {"a.pt2#*", "a.pt2#main", true},
      {"*/b/*/d*", "a/b/c/d/e", false},
      {"**/b/**/e", "a/b/c/d/e", true},
  };
  for (const Case& c : cases) EXPECT_EQ(glob_matches(c.pattern, c.name), c.matches) << c.pattern << " " << c.name;
}

TEST(ExpectedFailures, HoldPerModeAndAreCounted) {
  std::string error;
  auto list = ExpectedFailures::parse("# why\n[strict]\na/*.json  # boxes\n[non-strict]\nb\n", error);
  ASSERT_TRUE(list) << error;
  EXPECT_EQ(list->find("a/x.json", Mode::kNonStrict, false), nullptr);
  const auto* entry = list->find("a/x.json", Mode::kStrict, false);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->reason, "boxes");
  ASSERT_EQ(list->unused().size(), 1U);
  EXPECT_EQ(list->unused()[0]->pattern, "b");
}

TEST(ExpectedFailures, UpdateKeepsWhatHoldsAndNamesTheRest) {
  std::string error;
  auto list = ExpectedFailures::parse("[strict]\na/*\nb/*  # old\n", error);
  for (const char* name : {"a/1", "a/2", "b/1"}) list->find(name, Mode::kStrict, false);
  list->find("b/2", Mode::kStrict, true);
  for (const char* name : {"a/1", "a/2", "b/1", "c*"}) list->add_failure(name, Mode::kStrict, "rule");
  EXPECT_EQ(list->updated(), "[strict]\na/*\nb/1  # rule\nc[*]  # rule\n[non-strict]\n");
}

TEST(ExpectedFailures, AnyNameSurvivesAnUpdate) {
  for (const std::string name : {"a #b", "#a", " a ", "a\nb", "[strict]", "a.pt2#b", "\ta\r", "[!a]?*", "a  # b"}) {
    std::string error;
    ExpectedFailures list;
    list.add_failure(name, Mode::kStrict, "rule");
    auto again = ExpectedFailures::parse(list.updated(), error);
    ASSERT_TRUE(again) << error;
    const auto* entry = again->find(name, Mode::kStrict, false);
    ASSERT_NE(entry, nullptr) << list.updated();
    EXPECT_EQ(entry->reason, "rule");
    EXPECT_EQ(again->updated(), list.updated());
  }
}

TEST(ExpectedFailures, WrongLinesAreNamed) {
  std::string error;
  EXPECT_FALSE(ExpectedFailures::parse("\na\n", error));
  EXPECT_EQ(error, "line 2: a pattern before [strict] or [non-strict]");
}

TEST(Lock, ComparesAndSurvivesItsText) {
  Lock lock;
  lock.set("zoo/a b.pt2#x", Mode::kStrict, {"same", "11", "22"});
  lock.set("zoo/c.json", Mode::kNonStrict, {"fails", "-", "-"});
  std::string error;
  auto again = Lock::parse(lock.text(), error);
  ASSERT_TRUE(again) << error;
  EXPECT_EQ(again->text(), lock.text());
  EXPECT_EQ(again->compare("zoo/a b.pt2#x", Mode::kStrict, {"same", "11", "22"}), "");
  EXPECT_EQ(again->compare("zoo/a b.pt2#x", Mode::kStrict, {"same", "11", "33"}), "export was 22, is 33");
  EXPECT_EQ(again->compare("zoo/new.json", Mode::kStrict, {}), "not in the lock");
  EXPECT_EQ(again->unseen(), std::vector<std::string>{"zoo/c.json (non-strict)"});
  EXPECT_FALSE(Lock::parse("nonsense\n", error));
}

TEST(Lock, TakesAnyName) {
  for (const std::string name : {"a\nb", "\x1b[31m", "a\\x0ab", "\\", "#a", "  a  b ", "\xff"}) {
    Lock lock;
    lock.set(name, Mode::kStrict, {"same", "11", "22"});
    std::string error;
    auto again = Lock::parse(lock.text(), error);
    ASSERT_TRUE(again) << error;
    EXPECT_EQ(again->compare(name, Mode::kStrict, {"same", "11", "22"}), "") << lock.text();
  }
}

}  // namespace
}  // namespace retrace::verdict
