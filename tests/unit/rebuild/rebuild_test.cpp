// SPDX-License-Identifier: Apache-2.0
// Loading and unlifting, on a sample whose inputs have derived dimensions.
#include "core/rebuild/rebuild.h"

#include <gtest/gtest.h>

#include "core/base/failure.h"
#include "core/rebuild/load_check.h"
#include "serializers/load.h"

namespace retrace::rebuild {
namespace {

ir::Program sample() {
  return serializers::load_one({RETRACE_SOURCE_DIR "/samples/derived-dims/model.json", std::nullopt}).value().program;
}

std::string load_failure(const ir::Program& program) {
  try {
    check_loads(program);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(LoadCheck, TakesASoundProgram) { EXPECT_EQ(load_failure(sample()), ""); }

TEST(LoadCheck, NamesAnOperatorThatIsNotRegistered) {
  ir::Program program = sample();
  program.graph.nodes.edit(0).target = "torch.ops.aten.not_an_op.default";
  EXPECT_NE(load_failure(program).find("failed to resolve torch.ops.aten.not_an_op.default"), std::string::npos);
}

TEST(LoadCheck, NamesAnArgumentThatIsMissing) {
  ir::Program program = sample();
  program.graph.nodes.edit(0).inputs[0].name = "nobody";
  EXPECT_NE(load_failure(program).find("'self'"), std::string::npos);
}

TEST(LoadCheck, NamesAValueThatNobodyDefines) {
  ir::Program program = sample();
  SharedList<ir::Node> nodes;
  for (std::size_t i = 1; i < program.graph.nodes.size(); ++i) nodes.push_back(program.graph.nodes[i]);
  program.graph.nodes = nodes;
  EXPECT_NE(load_failure(program).find("'slice_1'"), std::string::npos);
}

TEST(LoadCheck, TakesNoTextAsOutput) {
  ir::Program program = sample();
  program.graph.outputs.push_back({ir::ArgKind::kString, ir::Text("mean")});
  EXPECT_EQ(load_failure(program), "Unable to deserialize output node Argument(as_string=mean)");
}

TEST(LoadCheck, HoldsHintsAgainstRanges) {
  ir::Program program = sample();
  ASSERT_FALSE(program.range_constraints.empty());
  for (auto& [key, range] : program.range_constraints) range = {50, 60};
  EXPECT_NE(load_failure(program).find("not in VR[50, 60]"), std::string::npos);
}

TEST(LoadCheck, AnOperandThatIsMetBeforeItsHintIsNotHeldAgainstItsRange) {
  ir::Program program = sample();
  const auto size_of = [&](std::string_view input) -> SymInt& {
    for (std::size_t i = 0; i < program.graph.values.size(); ++i)
      if (program.graph.values[i].name == input) return ir::edit_tensor(program.graph.values.edit(i).meta).sizes[0];
    throw std::out_of_range("no such input");
  };
  const SymInt tripled = size_of("y") * 3;
  size_of("x") = tripled - 1;
  size_of("y") = tripled;
  program.range_constraints = {{program.arena->store(expr::str(tripled.node())), {0, 1}}};
  EXPECT_EQ(load_failure(program), "");
  size_of("x") = 8;
  EXPECT_NE(load_failure(program).find("not in VR[0, 1]"), std::string::npos);
}

TEST(LoadCheck, KnowsNoRangesButThoseOfTheFile) {
  ir::Program program = sample();
  program.range_constraints.clear();
  EXPECT_EQ(load_failure(program), "");  // s17 and s17 + 1 are positive
  for (std::size_t i = 0; i < program.graph.values.size(); ++i)
    if (program.graph.values[i].name == "x") {
      SymInt& size = ir::edit_tensor(program.graph.values.edit(i).meta).sizes[0];
      size = size - 3;
    }
  EXPECT_EQ(load_failure(program), "vr must not be None for symbol s17");
}

TEST(Unlift, MutatedBufferIsCopiedInto) {
  ir::Program program = sample();
  std::size_t buffer = 0;
  while (program.input_specs[buffer].kind != ir::InputSpecKind::kBuffer) ++buffer;
  const ir::Argument written = program.graph.nodes[0].outputs[0];
  program.output_specs.insert(program.output_specs.begin(),
                              {ir::OutputSpecKind::kBufferMutation, written, program.input_specs[buffer].name});
  program.graph.outputs.insert(program.graph.outputs.begin(), written);
  const ir::Callable callable = unlift(program);
  EXPECT_EQ(callable.program.graph.outputs.size(), 1U);
  EXPECT_EQ(callable.program.graph.nodes.back().target, "torch.ops.aten.copy_.default");
  EXPECT_EQ(callable.program.graph.nodes.back().name, "copy__default");
}

TEST(Unlift, GuardsNameTheModulesArguments) {
  const ir::Callable callable = unlift(sample());
  ASSERT_FALSE(callable.guards.empty());
  for (const ir::GuardExpression& guard : callable.guards) {
    const std::string text = quoted(guard, callable.program);
    EXPECT_EQ(text.find("L["), std::string::npos) << text;
  }
}

TEST(Unlift, SourcesByPlaceBecomeNames) {
  ir::Program program = sample();
  program.guards_code = {"L['flat_args'][1].size()[0] >= 3"};
  EXPECT_EQ(input_guards_code(program).back(), "L['y'].size()[0] >= 3");
  EXPECT_EQ(quoted(unlift(program).guards.back(), program), "y.size()[0] >= 3");
}

TEST(Unlift, RefusesAGuardThatIsNoExpression) {
  ir::Program program = sample();
  program.guards_code = {"L['x'].size()[0] >="};
  EXPECT_THROW(unlift(program), Failure);
}

}  // namespace
}  // namespace retrace::rebuild
