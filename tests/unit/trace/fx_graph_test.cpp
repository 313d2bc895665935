// SPDX-License-Identifier: Apache-2.0
#include "core/trace/fx_graph.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace retrace::trace {
namespace {

Node& call(Graph& graph, const std::string& name, const std::vector<Node*>& inputs) {
  return graph.create(NodeOp::kCall, "op", ArgList(inputs.begin(), inputs.end()), {}, name);
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> out;
  for (const Node* node : graph.nodes()) out.push_back(node->name);
  return out;
}

TEST(Users, AreCountedAlsoWhereThereAreMany) {
  Graph graph;
  Node& hub = call(graph, "hub", {});
  std::vector<Node*> users;
  for (int i = 0; i < 100; ++i) users.push_back(&call(graph, "user", {&hub, &hub}));
  EXPECT_EQ(hub.users.size(), 100U);
  for (const auto& [user, count] : hub.users) EXPECT_EQ(count, 2) << user->name;
  for (Node* user : users) {
    EXPECT_FALSE(hub.users.empty());
    graph.erase(*user);
  }
  EXPECT_TRUE(hub.users.empty());
}

TEST(Users, FollowAReplacement) {
  Graph graph;
  Node& old = call(graph, "old", {});
  Node& by = call(graph, "by", {});
  Node& user = call(graph, "user", {&old, &by});
  graph.replace_all_uses(old, by);
  EXPECT_TRUE(old.users.empty());
  ASSERT_EQ(by.users.size(), 1U);
  EXPECT_EQ(by.users.begin()->second, 2);
  EXPECT_EQ(user.args[0].node(), &by);
}

TEST(Graph, ANodeThatIsFinishedTakesAlongWhatNobodyWaitsFor) {
  Graph graph;
  Node& input = graph.create(NodeOp::kPlaceholder, "x", {}, {}, "x");
  Node& a = call(graph, "a", {&input});
  Node& b = call(graph, "b", {&a});
  Node& c = call(graph, "c", {&a, &b});
  Node& unused = call(graph, "unused", {&c});
  std::vector<std::string> gone;
  const auto note = [&](const Node& node) { gone.push_back(node.name); };
  graph.finish(a, note);
  graph.finish(b, note);
  EXPECT_TRUE(gone.empty());
  graph.finish(c, note);
  EXPECT_EQ(gone, (std::vector<std::string>{"a", "b"}));
  graph.finish(unused, note);
  EXPECT_EQ(gone, (std::vector<std::string>{"a", "b", "c", "unused"}));
  EXPECT_EQ(names(graph), std::vector<std::string>{"x"});
}

}  // namespace
}  // namespace retrace::trace
