// SPDX-License-Identifier: Apache-2.0
#include "core/ir/tree_spec.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace retrace::ir {
namespace {

constexpr std::string_view kLeaf = R"({"type": null, "context": null, "children_spec": []})";

std::string node(const std::string& type, const std::string& context, int leaves) {
  std::string children;
  for (int i = 0; i < leaves; ++i) (children += i == 0 ? "" : ", ") += kLeaf;
  return R"({"type": ")" + type + R"(", "context": )" + context + R"(, "children_spec": [)" + children + "]}";
}

TreeSpec parse(const std::string& tree) { return parse_tree_spec("[1, " + tree + "]"); }

TEST(TreeSpec, KeysAreAsKeystrPrintsThem) {
  EXPECT_EQ(parse(node("builtins.tuple", R"("null")", 2)).keys, (std::vector<std::string>{"[0]", "[1]"}));
  EXPECT_EQ(parse(node("builtins.dict", R"("[\"b\", \"it's\"]")", 2)).keys,
            (std::vector<std::string>{"['b']", R"(["it's"])"}));
  EXPECT_EQ(parse(node("builtins.dict", R"("[\"\ud83d\ude00\"]")", 1)).keys,
            std::vector<std::string>{"['\U0001F600']"});
  EXPECT_EQ(parse(node("builtins.dict", R"("[7]")", 1)).keys, std::vector<std::string>{"[7]"});
  EXPECT_EQ(parse(node("mine.Point", R"("[[\"x\"], []]")", 1)).keys, std::vector<std::string>{"[0]"});
}

TEST(TreeSpec, NamedTuplesGoByField) {
  const TreeSpec spec =
      parse_tree_spec("[1, " + node("collections.namedtuple", R"("m.Pair")", 2) + "]", {{"m.Pair", {"left", "right"}}});
  EXPECT_EQ(spec.kind, TreeSpec::Kind::kNamedTuple);
  EXPECT_EQ(spec.keys, (std::vector<std::string>{".left", ".right"}));
}

TEST(TreeSpec, CountsLeaves) {
  const std::string inner = node("builtins.list", R"("null")", 3);
  const TreeSpec spec = parse(R"({"type": "builtins.tuple", "context": "null", "children_spec": [)" + inner + ", " +
                              std::string(kLeaf) + "]}");
  EXPECT_EQ(spec.num_leaves(), 4U);
}

TEST(TreeSpec, RefusesWhatIsNoTree) {
  for (const char* name : {R"(\ud83d)", R"(\ud83dx)", R"(\ude00)", R"(\u12)", R"(\u+123)", R"(\x)"})
    EXPECT_THROW(parse(node(std::string("mine.") + name, R"("null")", 0)), std::invalid_argument) << name;
  for (const char* text : {"", "[2, {}]", "[1]", "[1, {}]", "{}", "[1, {\"type\": "})
    EXPECT_THROW(parse_tree_spec(text), std::invalid_argument) << text;
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"type": "builtins.list", "context": "null", "children_spec": [)";
  EXPECT_THROW(parse_tree_spec("[1, " + deep), std::invalid_argument);
}

}  // namespace
}  // namespace retrace::ir
