// SPDX-License-Identifier: Apache-2.0
// A re-export that is not run because the export before it was asked the same: nothing may depend on it.
#include <gtest/gtest.h>

#include "core/exporter/same_question.h"
#include "core/rebuild/rebuild.h"
#include "core/retrace.h"
#include "serializers/load.h"
#include "serializers/program/json_writer.h"

namespace retrace {
namespace {

ir::Program sample(std::string_view name) {
  return std::move(
      serializers::load_one({RETRACE_SOURCE_DIR "/samples/" + std::string(name) + "/model.json", {}})->program);
}

bool is_shared(const CheckResult& result) {
  return result.exports.size() == 2 && result.exports[0].program != nullptr &&
         result.exports[0].program == result.exports[1].program;
}

void expect_same(const CheckResult& a, const CheckResult& b) {
  EXPECT_EQ(a.verdict, b.verdict);
  ASSERT_EQ(a.exports.size(), b.exports.size());
  for (std::size_t i = 0; i < a.exports.size(); ++i) {
    EXPECT_EQ(a.exports[i].rule, b.exports[i].rule);
    ASSERT_EQ(a.exports[i].program == nullptr, b.exports[i].program == nullptr);
    if (a.exports[i].program == nullptr) continue;
    EXPECT_EQ(serializers::write_program(*a.exports[i].program), serializers::write_program(*b.exports[i].program));
  }
}

TEST(Share, ChangesNoAnswer) {
  std::size_t shared = 0;
  for (const std::string_view name : {"bert", "data-dependent", "derived-dims", "failing", "resnet18"}) {
    const ir::Program program = sample(name);
    for (const Shapes shapes : {Shapes::kInfer, Shapes::kNamed, Shapes::kStatic}) {
      for (const exporter::Mode mode : {exporter::Mode::kNonStrict, exporter::Mode::kStrict}) {
        CheckOptions options;
        options.shapes = shapes;
        options.mode = mode;
        const CheckResult with = check(program, options);
        options.share = false;
        const CheckResult without = check(program, options);
        EXPECT_FALSE(is_shared(without));
        shared += is_shared(with) ? 1 : 0;
        SCOPED_TRACE(name);
        expect_same(with, without);
      }
    }
  }
  EXPECT_GT(shared, 0U);
}

ir::Callable callable() { return rebuild::unlift(sample("derived-dims")); }

TEST(Share, EveryPartOfTheQuestionCounts) {
  const ir::Callable a = callable();
  ir::Callable b = a;
  EXPECT_TRUE(exporter::same_question(a, b));
  b.program.graph.nodes.front().name = "another";  // a trace names its own
  EXPECT_TRUE(exporter::same_question(a, b));

  b.program.graph.nodes.front().target = "torch.ops.aten.neg.default";
  EXPECT_FALSE(exporter::same_question(a, b));
  b = a;
  b.program.graph.nodes.pop_back();
  EXPECT_FALSE(exporter::same_question(a, b));
  b = a;
  b.program.input_specs.front().name = "other";
  EXPECT_FALSE(exporter::same_question(a, b));
  b = a;
  b.guards.push_back({});
  EXPECT_FALSE(exporter::same_question(a, b));
  b = a;
  for (ir::Value& value : b.program.graph.values) {
    if (auto* meta = std::get_if<ir::TensorMeta>(&value.meta)) meta->requires_grad = !meta->requires_grad;
  }
  EXPECT_FALSE(exporter::same_question(a, b));
  b = a;
  for (ir::Value& value : b.program.graph.values) {
    if (auto* meta = std::get_if<ir::TensorMeta>(&value.meta))
      for (auto& hint : meta->hints) hint = 77;
  }
  EXPECT_FALSE(exporter::same_question(a, b));
}

}  // namespace
}  // namespace retrace
