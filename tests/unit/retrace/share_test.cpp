// SPDX-License-Identifier: Apache-2.0
// A re-export that is not run because the export before it was asked the same: nothing may depend on it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/bind/bind.h"
#include "core/exporter/aten_trace.h"
#include "core/exporter/exporter.h"
#include "core/exporter/pipeline.h"
#include "core/rebuild/rebuild.h"
#include "core/retrace.h"
#include "serializers/load.h"
#include "serializers/program/json_writer.h"
#include "tests/unit/corpus.h"

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

/// A trace names its nodes by what it dropped on the way, too: names are all that sharing may change.
void drop_names(ir::Graph& graph) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) graph.values.edit(i).name = "value";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    ir::Node& node = graph.nodes.edit(i);
    node.name = "node";
    for (ir::NamedArgument& input : node.inputs) {
      auto* body = std::get_if<ir::GraphArg>(&input.arg.payload);
      if (body == nullptr) continue;
      body->graph = std::make_shared<ir::Graph>(*body->graph);
      drop_names(*body->graph);
    }
  }
}

std::string text_without_names(ir::Program program) {
  drop_names(program.graph);
  return serializers::write_program(program);
}

void expect_same(const CheckResult& a, const CheckResult& b) {
  EXPECT_EQ(a.verdict, b.verdict);
  ASSERT_EQ(a.exports.size(), b.exports.size());
  for (std::size_t i = 0; i < a.exports.size(); ++i) {
    EXPECT_EQ(a.exports[i].rule, b.exports[i].rule);
    ASSERT_EQ(a.exports[i].program == nullptr, b.exports[i].program == nullptr);
    if (a.exports[i].program == nullptr) continue;
    EXPECT_EQ(text_without_names(*a.exports[i].program), text_without_names(*b.exports[i].program));
  }
}

/// Checks a program with and without sharing, in every mode and shape; how many were shared.
std::size_t check_both_ways(const ir::Program& program) {
  std::size_t shared = 0;
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
      expect_same(with, without);
    }
  }
  return shared;
}

/// How many re-exports of the programs below `directory` were shared.
std::size_t check_directory(const std::filesystem::path& directory) {
  std::size_t shared = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const bool is_answer = entry.path().parent_path().filename() == "answers";  // as large as the programs, and alike
    if (is_answer || entry.path().extension() != ".json") continue;
    const auto loaded = serializers::load_one({entry.path().string(), {}});
    if (!loaded) continue;  // a list of cases, or an edit that no reader takes
    SCOPED_TRACE(entry.path().string());
    shared += check_both_ways(loaded->program);
  }
  return shared;
}

TEST(Share, ChangesNoAnswer) {
  EXPECT_GT(check_directory(RETRACE_SOURCE_DIR "/samples"), 0U);
  EXPECT_GT(check_directory(RETRACE_SOURCE_DIR "/tests/data/higher_order"), 0U);
}

TEST(Share, Corpora) {
  const std::string directory = retrace::test::corpus_directory();
  if (directory.empty()) GTEST_SKIP() << "no corpora: set RETRACE_CORPUS to the directory they are unpacked in";
  EXPECT_GT(check_directory(directory), 0U);
}

/// Is the re-export shared, and its answer what it is without sharing?
bool shares(const ir::Program& program, Shapes shapes, exporter::Mode mode) {
  CheckOptions options;
  options.shapes = shapes;
  options.mode = mode;
  const CheckResult with = check(program, options);
  options.share = false;
  expect_same(with, check(program, options));
  return is_shared(with);
}

TEST(Share, StrictThoughInputsThatNobodyReadsAreDropped) {
  EXPECT_TRUE(shares(sample("resnet18"), Shapes::kInfer, exporter::Mode::kStrict));  // num_batches_tracked
}

TEST(Share, StrictThoughSizesAreReadOfOtherInputs) {
  EXPECT_TRUE(shares(sample("bert"), Shapes::kNamed, exporter::Mode::kStrict));  // first of the mask, then of the ids
}

TEST(Share, StaticOnceItsSizesAreNumbers) {
  EXPECT_TRUE(shares(sample("bert"), Shapes::kStatic, exporter::Mode::kNonStrict));
  EXPECT_FALSE(shares(sample("data-dependent"), Shapes::kStatic, exporter::Mode::kNonStrict));
}

/// Would the aten trace of a strict export repeat Dynamo's capture?
bool repeats_capture(const ir::Program& program) {
  const ir::Callable callable = rebuild::unlift(program);
  const exporter::ModeRecord& strict = exporter::strict_mode();
  trace::Session session(*callable.program.pool, strict.overrides_builtin_min_max);
  exporter::Question question =
      exporter::start_export(session, callable, bind::infer_spec(callable.program, false), strict);
  bind::fakify_lifted(question.inputs, question.callable, session);
  const std::uint64_t learned = session.env().learned();
  const exporter::Captured captured =
      strict.capture(session, question.callable, exporter::import_callable(question.callable, question.inputs));
  return exporter::repeats_capture(session, captured, learned);
}

TEST(Share, StrictTracesOnceWhereTheSecondTraceRepeatsTheFirst) {
  EXPECT_TRUE(repeats_capture(sample("bert")));
  EXPECT_TRUE(repeats_capture(sample("resnet18")));         // writes in place
  EXPECT_FALSE(repeats_capture(sample("data-dependent")));  // each trace makes its own symbols
}

TEST(Share, StrictTracesTwiceWhereOnlyTheSecondTraceAsks) {
  ir::Program program = sample("bert");
  std::size_t at = 0;
  while (program.graph.nodes[at].target != "torch.ops.aten.gelu.default") ++at;
  program.graph.nodes.edit(at).target = "torch.ops.aten.lift_fresh_copy.default";
  EXPECT_FALSE(repeats_capture(program));
}

ir::Callable callable() { return rebuild::unlift(sample("derived-dims")); }

/// Is `b`, exported after `a`, taken for the same question?
bool unchanged(const ir::Callable& a, const ir::Callable& b) {
  const bind::DynamicSpec spec = bind::infer_spec(a.program, false);
  exporter::Exporter exporter(exporter::Mode::kNonStrict);
  const exporter::Outcome first = exporter.run(a, spec, true);
  EXPECT_TRUE(std::holds_alternative<exporter::Exported>(first));
  return std::holds_alternative<exporter::Unchanged>(exporter.run(b, spec, true));
}

/// Is the strict re-export of bert's first export, changed so, taken for the same question?
template <typename Change>
bool unchanged_after(Change&& change) {
  const ir::Program program = sample("bert");
  const bind::DynamicSpec spec = bind::infer_spec(program, true);
  exporter::Exporter exporter(exporter::Mode::kStrict);
  ir::Program exported = std::get<exporter::Exported>(exporter.run(rebuild::unlift(program), spec, true)).program;
  change(exported.graph);
  const exporter::Outcome again = exporter.run(rebuild::unlift(exported), bind::to_positional(spec), true);
  return std::holds_alternative<exporter::Unchanged>(again);
}

const ir::Node& first_read_of_size(const ir::Graph& graph) {
  return *std::find_if(graph.nodes.begin(), graph.nodes.end(),
                       [](const ir::Node& node) { return node.target == "torch.ops.aten.sym_size.int"; });
}

TEST(Share, SizesReadOfOtherInputsHaveToBeTheSameAndNeeded) {
  EXPECT_TRUE(unchanged_after([](ir::Graph&) {}));
  EXPECT_FALSE(unchanged_after([](ir::Graph& graph) {  // read in vain: a trace drops it
    ir::Node node = first_read_of_size(graph);
    const auto id = node.outputs[0].as<ir::SymArg<std::int64_t>>().id;
    const ir::Value value = graph.values[static_cast<std::size_t>(id)];
    node.outputs[0].payload = ir::SymArg<std::int64_t>{graph.add_value("in_vain", value.meta), {}};
    graph.nodes.push_back(node);
  }));
  EXPECT_FALSE(unchanged_after([](ir::Graph& graph) {  // another size than the export found
    const auto id = first_read_of_size(graph).outputs[0].as<ir::SymArg<std::int64_t>>().id;
    graph.values.edit(static_cast<std::size_t>(id)).meta = ir::SymMeta{SymInt(7), {}};
  }));
}

TEST(Share, EveryPartOfTheQuestionCounts) {
  const ir::Callable a = callable();
  ir::Callable b = a;
  EXPECT_TRUE(unchanged(a, b));
  b.program.graph.nodes.edit(0).name = "another";  // a trace names its own
  EXPECT_TRUE(unchanged(a, b));

  b.program.graph.nodes.edit(0).target = "torch.ops.aten.neg.default";
  EXPECT_FALSE(unchanged(a, b));
  b = a;
  b.program.graph.nodes.pop_back();
  EXPECT_FALSE(unchanged(a, b));
  b = a;
  b.program.input_specs.front().name = "other";
  EXPECT_FALSE(unchanged(a, b));
  b = a;
  b.guards.push_back(b.guards.front());  // teaches nothing new
  EXPECT_TRUE(unchanged(a, b));
  b.guards.push_back(ir::GuardExpression::parse("L['x'].size()[0] <= 50"));
  EXPECT_FALSE(unchanged(a, b));
  b = a;
  for (std::size_t i = 0; i < b.program.graph.values.size(); ++i) {
    ir::Meta& meta = b.program.graph.values.edit(i).meta;
    if (const auto* tensor = ir::tensor_of(meta)) ir::edit_tensor(meta).requires_grad = !tensor->requires_grad;
  }
  EXPECT_FALSE(unchanged(a, b));
  b = a;
  for (std::size_t i = 0; i < b.program.graph.values.size(); ++i) {
    ir::Meta& meta = b.program.graph.values.edit(i).meta;
    if (ir::tensor_of(meta) != nullptr)
      for (auto& hint : ir::edit_tensor(meta).hints) hint = 77;
  }
  EXPECT_FALSE(unchanged(a, b));
}

}  // namespace
}  // namespace retrace
