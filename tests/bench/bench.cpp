// SPDX-License-Identifier: Apache-2.0
// A check, with its phases as counters in nanoseconds, beside the floor: simdjson's parse and full walk of the same
// bytes.
//
//   retrace_bench PROGRAM.json... [--benchmark_...]
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/retrace.h"
#include "serializers/program/json_reader.h"

namespace {

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::size_t walk(simdjson::dom::element root) {
  std::vector<simdjson::dom::element> pending{root};
  std::size_t seen = 0;
  while (!pending.empty()) {
    const simdjson::dom::element at = pending.back();
    pending.pop_back();
    ++seen;
    if (at.is_array()) {
      for (auto child : simdjson::dom::array(at)) pending.push_back(child);
    } else if (at.is_object()) {
      for (auto field : simdjson::dom::object(at)) pending.push_back(field.value);
    }
  }
  return seen;
}

void floor_parse(benchmark::State& state, const std::string& bytes) {
  simdjson::dom::parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(walk(parser.parse(bytes)));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes.size()) * state.iterations());
}

void check(benchmark::State& state, const std::string& bytes, retrace::Shapes shapes, retrace::exporter::Mode mode) {
  retrace::CheckOptions options;
  options.shapes = shapes;
  options.mode = mode;
  std::map<const char*, std::int64_t> phases;  // nanoseconds
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    auto program = retrace::serializers::read_program(bytes, "bench");
    phases["read"] += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
    const retrace::CheckResult result = retrace::check(*program, options);
    const retrace::Timing& timing = result.timing;
    phases["rebuild"] += timing.rebuild_ns;
    phases["export1"] += timing.export1_ns;
    phases["export2"] += timing.export2_ns;
    phases["hash"] += timing.hash_ns;
    phases["diff"] += timing.diff_ns;
  }
  for (const auto& [phase, ns] : phases)
    state.counters[phase] = benchmark::Counter(static_cast<double>(ns), benchmark::Counter::kAvgIterations);
}

constexpr std::pair<const char*, retrace::Shapes> kShapes[] = {
    {"infer", retrace::Shapes::kInfer}, {"named", retrace::Shapes::kNamed}, {"static", retrace::Shapes::kStatic}};
constexpr std::pair<const char*, retrace::exporter::Mode> kModes[] = {
    {"non-strict", retrace::exporter::Mode::kNonStrict}, {"strict", retrace::exporter::Mode::kStrict}};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(argc));
  for (int i = 1; i < argc; ++i) {
    const std::string& bytes = texts.emplace_back(read_all(argv[i]));
    const std::string name = std::string(argv[i]).substr(std::string(argv[i]).find_last_of('/') + 1);
    benchmark::RegisterBenchmark((name + "/floor").c_str(), [&](benchmark::State& s) { floor_parse(s, bytes); });
    for (const auto& [shapes_name, shapes] : kShapes) {
      for (const auto& [mode_name, mode] : kModes) {
        benchmark::RegisterBenchmark(
            (name + "/check/" + shapes_name + "/" + mode_name).c_str(),
            [&bytes, given = shapes, how = mode](benchmark::State& s) { check(s, bytes, given, how); });
      }
    }
  }
  benchmark::RunSpecifiedBenchmarks();
}
