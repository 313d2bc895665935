// SPDX-License-Identifier: Apache-2.0
// Specs read off, checked against, and bound to the inputs of a sample with derived dimensions.
#include "core/bind/bind.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/base/failure.h"
#include "core/bind/dim_name.h"
#include "core/rebuild/rebuild.h"
#include "core/trace/session.h"
#include "serializers/load.h"

namespace retrace::bind {
namespace {

using Kind = SpecTree::Kind;

ir::Callable sample() {
  return rebuild::unlift(
      serializers::load_one({RETRACE_SOURCE_DIR "/samples/derived-dims/model.json", std::nullopt}).value().program);
}

SpecTree dim(DimSpec spec) {
  SpecTree tree;
  tree.kind = Kind::kDim;
  tree.dim = std::move(spec);
  return tree;
}
SpecTree tree_of(Kind kind, std::vector<SpecTree> items, std::vector<std::string> keys = {}) {
  SpecTree tree;
  tree.kind = kind;
  tree.items = std::move(items);
  tree.keys = std::move(keys);
  return tree;
}
const SpecTree kAuto = dim(DimHint{});

std::string refusal(const SpecTree& shapes) {
  DynamicSpec spec;
  spec.shapes = shapes;
  try {
    check_spec(sample(), spec, SourceStyle::kByName);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(InferSpec, NamedDimsCarryRecordedRangesAndRelations) {
  const DynamicSpec spec = infer_spec(sample().program, true);
  ASSERT_EQ(spec.shapes->keys, (std::vector<std::string>{"x", "y"}));
  const auto& x = std::get<Dim>(spec.shapes->items[0].items[0].dim);
  EXPECT_EQ(dim_name(x), "s17 + 1");
  EXPECT_EQ(spec.dims.at("s17").min, 3);
  EXPECT_EQ(spec.dims.at("s17").max, 100);
  EXPECT_EQ(dim_range(x, spec).max, 101);
}

TEST(InferSpec, InferMakesHints) {
  const DynamicSpec spec = infer_spec(sample().program, false);
  EXPECT_TRUE(std::holds_alternative<DimHint>(spec.shapes->items[1].items[0].dim));
  EXPECT_EQ(spec.shapes->items[1].indices, std::vector<std::int64_t>{0});
}

TEST(ToPositional, MapsBecomeTuplesInTheirOrder) {
  DynamicSpec spec = infer_spec(sample().program, true);
  std::swap(spec.shapes->items[0], spec.shapes->items[1]);
  std::swap(spec.shapes->keys[0], spec.shapes->keys[1]);
  const DynamicSpec positional = to_positional(spec);
  EXPECT_EQ(positional.shapes->kind, Kind::kTuple);
  EXPECT_EQ(dim_name(std::get<Dim>(positional.shapes->items[0].items[0].dim)), "s17");
}

TEST(CheckSpec, RefusesAsPyTorchDoes) {
  const SpecTree none;
  const SpecTree two = tree_of(Kind::kTuple, {kAuto, none});
  const std::pair<SpecTree, const char*> cases[] = {
      {tree_of(Kind::kMap, {none, none}, {"x", "z"}), "top-level keys must be the arg names ['x', 'y']"},
      {tree_of(Kind::kTuple, {two}), "`inputs` has 2 elements, but `dynamic_shapes` has 1 elements"},
      {tree_of(Kind::kTuple, {tree_of(Kind::kTuple, {kAuto}), none}), "(expected 2, but got 1 instead)"},
      {tree_of(Kind::kTuple, {kAuto, none}), "Unexpected input tensor shape"},
      {tree_of(Kind::kTuple, {tree_of(Kind::kTuple, {two, none}), none}), "Unexpected dimension #"},
      {tree_of(Kind::kTuple, {two, tree_of(Kind::kTuple, {dim(Dim{"d", 4, 0}), none})}), "to be of the form 4*d"},
      {tree_of(Kind::kTuple, {two, tree_of(Kind::kTuple, {dim(Dim{"d", 1, -1}), none})}), "Expected derived min value"},
      {tree_of(Kind::kTuple, {two, two}), ""},
      {tree_of(Kind::kMap, {two, none}, {"y", "x"}), ""},
  };
  for (const auto& [spec, expected] : cases) {
    const std::string got = refusal(spec);
    EXPECT_TRUE(*expected == '\0' ? got.empty() : got.find(expected) != std::string::npos) << expected << " | " << got;
  }
}

TEST(DimRange, RefusesAsDimDoes) {
  const auto refused = [](DimRange root, const Dim& dim) -> std::string {
    DynamicSpec spec;
    spec.dims["d"] = root;
    try {
      check_dims(spec);
      dim_range(dim, spec);
    } catch (const Failure& failure) {
      return failure.what();
    }
    return "";
  };
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(refused({5, 5}, {"d"}), "Cannot create Dim with inconsistent min=5, max=5");
  EXPECT_EQ(refused({-1, 5}, {"d"}), "");
  EXPECT_EQ(refused({0, kMax}, {"d"}), "");
  EXPECT_NE(refused({0, 5}, {"d", 1, -1}).find("Expected derived min value of d - 1 to be >= 0."), std::string::npos);
  EXPECT_NE(refused({0, kMax}, {"d", 3, 0}).find("max value of 3*d to be <= 9223372036854775806."), std::string::npos);
}

TEST(Fakify, SymbolsAreNamedBySource) {
  const ir::Callable callable = sample();
  const DynamicSpec spec = infer_spec(callable.program, true);
  for (const auto& [style, name] : {std::pair(SourceStyle::kByName, "s17"), std::pair(SourceStyle::kFlatArgs, "s27")}) {
    trace::Session session(*callable.program.pool, false);
    BoundInputs inputs = check_spec(callable, spec, style);
    fakify(inputs, callable, spec, session);
    EXPECT_EQ(to_string(inputs.leaves[1].value.get<FakeTensor*>()->sizes[0]), name);
    EXPECT_EQ(inputs.check.equalities.derived.size(), 1U);
    EXPECT_EQ(inputs.check.debug_names.at(inputs.leaves[0].source + ".size()[0]"), "s17 + 1");
  }
}

TEST(Fakify, StridesFollowSizes) {
  const ir::Callable callable = sample();
  DynamicSpec spec;
  spec.shapes = tree_of(Kind::kTuple, {tree_of(Kind::kTuple, {kAuto, kAuto}), SpecTree{}});
  trace::Session session(*callable.program.pool, false);
  BoundInputs inputs = check_spec(callable, spec, SourceStyle::kByName);
  fakify(inputs, callable, spec, session);
  const FakeTensor& x = *inputs.leaves[0].value.get<FakeTensor*>();
  EXPECT_EQ(to_string(x.strides), "[" + to_string(x.sizes[1]) + ", 1]");
  EXPECT_EQ(to_string(inputs.leaves[1].value.get<FakeTensor*>()->strides), "[8, 1]");
}

}  // namespace
}  // namespace retrace::bind
