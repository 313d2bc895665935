// SPDX-License-Identifier: Apache-2.0
#include "core/trace/namespace.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/ops/operator.h"
#include "core/trace/tracer.h"

namespace retrace::trace {
namespace {

// What torch.fx.graph._Namespace().create_name gives for these candidates, one after the other.
TEST(Namespace, GivesFxsNames) {
  Namespace names;
  const std::vector<std::pair<const char*, const char*>> expected = {
      {"slice", "slice_1"}, {"slice", "slice_2"}, {"add", "add"},
      {"add_2", "add_2"},   {"add", "add_3"},     {"add", "add_4"},
      {"add_2", "add_5"},   {"and", "and_1"},     {"sym_size.int", "sym_size_int"},
      {"2x", "_2x"},        {"", "_unnamed"},     {"add_1", "add_1"},
      {"pow_1", "pow_1"},   {"pow", "pow_2"},     {"self_1", "self_1"},
      {"self", "self"}};
  for (const auto& [candidate, name] : expected) EXPECT_EQ(names.create(candidate), name);
}

// Graph._target_to_str of the packet where a dispatched call is traced, of the overload where fx names it itself.
TEST(Namespace, CallsAreNamedAfterTheirTarget) {
  EXPECT_EQ(ops::find_operator("torch.ops.aten.__and__.Tensor")->node_name, "and");
  EXPECT_EQ(ops::find_operator("torch.ops.aten.matrix_H.default")->node_name, "matrix_h");
  EXPECT_EQ(ops::find_operator("torch.ops.aten.add.Tensor")->node_name, "add");
  EXPECT_EQ(base_name("torch.ops.aten.sym_size.int"), "sym_size.int");
  EXPECT_EQ(base_name("_operator.mul"), "mul");
  EXPECT_EQ(base_name("torch.ops.higher_order.cond"), "cond");
}

}  // namespace
}  // namespace retrace::trace
