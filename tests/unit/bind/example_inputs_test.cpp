// SPDX-License-Identifier: Apache-2.0
#include "core/bind/example_inputs.h"

#include <gtest/gtest.h>

#include "core/base/failure.h"
#include "serializers/load.h"

namespace retrace::bind {
namespace {

using Hints = std::vector<std::optional<std::int64_t>>;

ir::Program derived_dims() {
  return std::move(serializers::load_one({RETRACE_SOURCE_DIR "/samples/derived-dims/model.json", {}})->program);
}

const ir::TensorMeta& input(const ir::Program& program, std::string_view name) {
  for (const ir::Value& value : program.graph.values)
    if (value.name == name) return *ir::tensor_of(value.meta);
  throw std::out_of_range(std::string(name));
}

TEST(ExampleInputs, SharedSymbolsFollow) {
  const ir::Program program = with_example_inputs(derived_dims(), std::vector<ExampleInput>{{"x", {10, 8}}});
  EXPECT_EQ(input(program, "x").hints, (Hints{10, 8, 8, 1, std::nullopt}));
  EXPECT_EQ(input(program, "y").hints, (Hints{9, 8, 8, 1, std::nullopt}));
}

TEST(ExampleInputs, WhatIsGivenStands) {
  const ir::Program program =
      with_example_inputs(derived_dims(), std::vector<ExampleInput>{{"x", {10, 8}}, {"y", {4, 8}}});
  EXPECT_EQ(input(program, "x").hints.front(), 10);
  EXPECT_EQ(input(program, "y").hints.front(), 4);
}

TEST(ExampleInputs, WrongOnesAreRefused) {
  for (const ExampleInput& wrong :
       std::vector<ExampleInput>{{"z", {1}}, {"x", {1}}, {"x", {-1, 8}}, {"x", {std::int64_t{1} << 62, 8}}})
    EXPECT_THROW(with_example_inputs(derived_dims(), std::vector{wrong}), Failure) << wrong.name;
}

}  // namespace
}  // namespace retrace::bind
