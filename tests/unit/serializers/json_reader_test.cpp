// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_reader.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/serializers/program_text.h"

namespace retrace::serializers {
namespace {

using test::relu_program;
using test::relu_with;
using test::replaced;

std::string error_of(const std::string& text) {
  const auto program = read_program(text, "m.json");
  return program ? "no error" : program.error().text();
}

ir::Program read(const std::string& text) {
  auto program = read_program(text, "m.json");
  EXPECT_TRUE(program.has_value()) << program.error().text();
  return program ? std::move(*program) : ir::Program();
}

TEST(JsonReader, ReadsValuesOnceAndNodesByThem) {
  const ir::Program program = read(relu_program());
  ASSERT_EQ(program.graph.values.size(), 2U);
  ASSERT_EQ(program.graph.nodes.size(), 1U);
  const ir::Node& node = program.graph.nodes[0];
  EXPECT_EQ(node.name, "relu");
  EXPECT_EQ(node.inputs[0].arg.as<ir::ValueId>(), program.graph.inputs[0].as<ir::ValueId>());
  const auto& meta = *ir::tensor_of(program.graph.values[0].meta);
  EXPECT_EQ(meta.sizes[0].node()->name, "s77");
  EXPECT_TRUE(meta.sizes[1].is(3));
  EXPECT_EQ(meta.hints[0], 2);
  EXPECT_EQ(program.range_constraints[0].second.min, 2);
  EXPECT_FALSE(program.range_constraints[0].second.max.has_value());
}

TEST(JsonReader, KeepsUndefinedNames) {
  const ir::Program program = read(relu_with(R"({"as_tensor": {"name": "nowhere"}})"));
  const ir::ValueId id = program.graph.nodes[0].inputs[1].arg.as<ir::ValueId>();
  EXPECT_EQ(program.graph.values[static_cast<std::size_t>(id)].name, "nowhere");
  EXPECT_FALSE(program.graph.values[static_cast<std::size_t>(id)].defined);
  EXPECT_TRUE(program.graph.values[0].defined);
}

TEST(JsonReader, NamesANodeOfAnOlderFileByItsOutput) {
  const ir::Program program = read(replaced(relu_program(), R"(, "name": "relu"}],)", "}],"));
  EXPECT_EQ(program.graph.nodes[0].name, "relu");
}

TEST(JsonReader, ToleratesUnknownFieldsAndBareInfinity) {
  EXPECT_EQ(error_of(replaced(relu_program(), R"("opset_version")", R"("tomorrow": [1], "opset_version")")),
            "no error");
  for (const char* word : {"Infinity", "-Infinity", "NaN", "\"-Infinity\""}) {
    const ir::Program program = read(relu_with(std::string(R"({"as_float": )") + word + "}"));
    EXPECT_FALSE(std::isfinite(program.graph.nodes[0].inputs[1].arg.as<double>())) << word;
  }
  const ir::Program program = read(relu_with(R"({"as_floats": [Infinity, 1]}, "note": "say \"Infinity\"")"));
  EXPECT_EQ(program.graph.nodes[0].inputs[1].arg.as<std::vector<double>>().size(), 2U);
}

TEST(JsonReader, KnowsEveryKindOfArgument) {
  for (const char* argument : {R"({"as_none": true})",
                               R"({"as_tensors": [{"name": "x"}]})",
                               R"({"as_int": -3})",
                               R"({"as_ints": [1, 2]})",
                               R"({"as_floats": [0.5]})",
                               R"({"as_string": "sum"})",
                               R"({"as_strings": ["a", "b"]})",
                               R"({"as_sym_int": {"as_name": "n"}})",
                               R"({"as_sym_ints": [{"as_name": "n"}, {"as_int": 2}]})",
                               R"({"as_scalar_type": 7})",
                               R"({"as_memory_format": 2})",
                               R"({"as_layout": 7})",
                               R"({"as_device": {"type": "cuda", "index": 1}})",
                               R"({"as_bool": true})",
                               R"({"as_bools": [true, false]})",
                               R"({"as_sym_bool": {"as_bool": false}})",
                               R"({"as_sym_bools": [{"as_name": "b"}]})",
                               R"({"as_optional_tensors": [{"as_none": true}, {"as_tensor": {"name": "x"}}]})",
                               R"({"as_custom_obj": {"name": "o", "class_fqn": "a.B"}})",
                               R"({"as_operator": "add"})",
                               R"({"as_sym_float": {"as_float": 1.5}})",
                               R"({"as_sym_floats": [{"as_name": "f"}]})",
                               R"({"as_optional_tensor": {"as_none": true}})",
                               R"({"as_complex": {"real": 1, "imag": -2.5}})",
                               R"({"as_nested_tensors": [[{"name": "x"}], []]})",
                               R"({"as_int_lists": [[1], [2, 3]]})",
                               R"({"as_string_to_argument": {"k": {"as_int": 1}}})",
                               R"({"as_float_lists": [[0.5], []]})"})
    EXPECT_EQ(error_of(relu_with(argument)), "no error") << argument;
}

TEST(JsonReader, SaysWhereAndWhy) {
  const std::string good = relu_program();
  const std::string node = "m.json: at graph_module.graph.nodes[0]";
  const struct {
    std::string text, error;
  } cases[] = {
      {"", "m.json: empty input"},
      {"{", "m.json: not JSON, or cut short"},
      {good.substr(0, good.size() / 2), "m.json: not JSON, or cut short"},
      {"[1]", "m.json: expected an object, found an array"},
      {"{}", "m.json: not a torch.export program"},
      {replaced(good, R"("major": 8)", R"("major": 9)"),
       "m.json: at schema_version: schema 9.20 is not read, only major 8"},
      {replaced(good, R"("target": "torch.ops.aten.relu.default")", R"("target": 3)"),
       node + ".target: expected a string"},
      {replaced(good, R"("target")", R"("tarket")"), node + ": the field 'target' is missing"},
      {replaced(good, R"("metadata": {"torch_fn")", R"("target": "again", "metadata": {"torch_fn")"),
       node + ": the key 'target' is repeated"},
      {replaced(good, R"("torch_fn": "relu_1")", R"("torch_fn": "relu_1", "torch_fn": "")"),
       node + ".metadata: the key 'torch_fn' is repeated"},
      {replaced(good, R"("dtype": 7)", R"("dtype": 99)"),
       "m.json: at graph_module.graph.tensor_values.x.dtype: unknown dtype 99"},
      {replaced(good, "Symbol('s77'", "Symbol('s77"),
       "m.json: at graph_module.graph.tensor_values.x.sizes[0].as_expr.expr_str: not a symbolic expression"},
      {relu_with(R"({"as_spaceship": 1})"), node + ".inputs[1].arg.as_spaceship: unknown argument kind 'as_spaceship'"},
      {relu_with(R"({"as_int": 1, "as_bool": true})"), node + ".inputs[1].arg: expected a union with one field"},
      {relu_with(R"({"as_int": 18446744073709551614})"), node + ".inputs[1].arg.as_int: integer beyond 64 bits"},
      {relu_with(R"({"as_ints": [1, "2"]})"), node + ".inputs[1].arg.as_ints[1]: expected an integer, found a string"},
      {replaced(good, R"([{"user_input": {"arg": {"as_tensor": {"name": "x"}}}}])", "[]"),
       "m.json: at graph_module.signature: 0 input specs, but the graph has 1 inputs"},
  };
  for (const auto& c : cases)
    EXPECT_TRUE(error_of(c.text).starts_with(c.error)) << error_of(c.text) << "\n  wanted " << c.error;
}

TEST(JsonReader, LimitsDepth) {
  std::string argument = R"({"as_int": 1})";
  for (int i = 0; i < 100; ++i) argument = R"({"as_string_to_argument": {"k": )" + argument + "}}";
  EXPECT_NE(error_of(relu_with(argument)).find("nested more than"), std::string::npos);
  EXPECT_NE(error_of(std::string(100000, '[')).find("m.json: "), std::string::npos);
}

}  // namespace
}  // namespace retrace::serializers
