// SPDX-License-Identifier: Apache-2.0
// The pipeline: bind, export, rebuild, re-export, hash, diff, verdict.
//
// `check` is pure: a program and a question in, an answer out. It raises Bug, and Failure where CheckOptions::inputs
// do not fit the program; nothing else.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bind/dynamic_spec.h"
#include "core/bind/example_inputs.h"
#include "core/diff/difference.h"
#include "core/exporter/exporter.h"
#include "core/hash/digest.h"
#include "core/ir/program.h"

namespace retrace {

enum class Shapes : std::uint8_t { kInfer, kNamed, kStatic, kGiven };
enum class ShapeOrder : std::uint8_t { kInsertion, kSignature };
enum class Verdict : std::uint8_t { kSame, kDiffers, kFails, kTrouble };

struct CheckOptions {
  exporter::Mode mode = exporter::Mode::kNonStrict;
  Shapes shapes = Shapes::kInfer;
  bind::DynamicSpec given;                          // with Shapes::kGiven
  ShapeOrder shape_order = ShapeOrder::kInsertion;  // how a named map becomes the re-export's positional tuple
  bool compare_recorded = true;                     // with Shapes::kInfer: the recorded program against export 1
  std::vector<bind::ExampleInput> inputs;           // traced at these sizes instead of the recorded ones
  bool share = true;       // what is known to be traced as before is not traced; only names depend on it
  std::size_t rounds = 1;  // re-exports at most; after the first only until one gives back what it was made of
};

struct Hashes {
  hash::Digest exact;
  hash::Digest dataflow;
  hash::Digest symbolic;
};

struct ExportReport {
  std::shared_ptr<const ir::Program> program;  // null: it failed
  std::optional<Hashes> hashes;
  std::optional<exporter::Failed> failure;
  std::string rule;  // stable name of the failure's finding; empty on success
};

/// Where re-exports stop changing the program.
struct FixedPoint {
  std::size_t asked = 0;             // CheckOptions::rounds
  std::optional<std::size_t> round;  // export round + 1 is export `round`, at level exact; absent: not reached
};

/// Something worth telling beside the verdict; `rule` is a name of docs/findings.md.
struct Note {
  std::string rule;
  std::string message;
};

/// Nanoseconds spent in each phase (steady clock).
struct Timing {
  std::int64_t export1_ns = 0;
  std::int64_t rebuild_ns = 0;
  std::int64_t export2_ns = 0;
  std::int64_t hash_ns = 0;
  std::int64_t diff_ns = 0;
};

struct CheckResult {
  Verdict verdict = Verdict::kTrouble;
  std::vector<ExportReport> exports;         // one, or two where the first succeeds, and one for each further round
  std::optional<diff::Comparison> drift;     // export 1 against export 2
  std::optional<diff::Comparison> recorded;  // the recorded program against export 1
  std::optional<Hashes> recorded_hashes;
  std::map<std::string, std::int64_t> assumed_ops;
  std::optional<FixedPoint> fixed_point;  // only with several rounds
  std::vector<Note> notes;
  Timing timing;
};

/// Nothing that was compared differs at `level`.
bool agrees_at(const CheckResult& result, identity::Level level);
CheckResult check(const ir::Program& program, const CheckOptions& options);
/// Where the two modes part on one program: other verdicts, or first exports that differ at `level`.
std::optional<Note> mode_disagreement(const CheckResult& non_strict, const CheckResult& strict, identity::Level level);
std::string_view verdict_name(Verdict verdict);  // "same", "differs", "fails", "trouble"
Hashes hashes(const ir::Program& program);

}  // namespace retrace
