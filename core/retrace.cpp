// SPDX-License-Identifier: Apache-2.0
#include "core/retrace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "core/bind/bind.h"
#include "core/bind/dim_name.h"
#include "core/bind/normalize.h"
#include "core/diff/diff.h"
#include "core/dim_notes.h"
#include "core/identity/canonical.h"
#include "core/rebuild/load_check.h"
#include "core/rebuild/rebuild.h"
#include "core/rebuild/restore_grad.h"

namespace retrace {
namespace {

/// Adds the time it lives to `total`.
class Stopwatch {
 public:
  explicit Stopwatch(std::int64_t& total) : total_(total), start_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { total_ += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::int64_t& total_;
  std::chrono::steady_clock::time_point start_;
};

bind::DynamicSpec first_spec(const ir::Program& program, const CheckOptions& options) {
  switch (options.shapes) {
    case Shapes::kInfer:
      return bind::infer_spec(program, false);
    case Shapes::kNamed:
      return bind::infer_spec(program, true);
    case Shapes::kStatic:
      return {};
    case Shapes::kGiven:
      bind::check_dims(options.given);
      return options.given;
  }
  return {};
}

/// Stable name of the finding that a failed export is.
std::string rule_of(const exporter::Failed& failed) {
  switch (failed.type) {
    case ErrorType::kConstraintViolation:
      return "constraint-violated";
    case ErrorType::kDataDependent:
      return "data-dependent-guard";
    case ErrorType::kUnsupported:
      return "operator-unsupported";
    case ErrorType::kSerializeError:
      return "program-invalid";
    case ErrorType::kIntegerLimit:
      return "integer-limit";
    case ErrorType::kSizeLimit:
      return "size-limit";
    default:
      break;
  }
  if (failed.stage == "load") return "program-invalid";
  if (failed.node == "_guards_fn") return "guard-failed";
  if (failed.message.starts_with("Constraints violated")) return "constraint-violated";
  return failed.node.empty() ? "export-failed" : "operator-failed";
}

using Forms = std::array<identity::Canonical, 3>;

Hashes hashes_of(const Forms& forms) { return {forms[0].digest, forms[1].digest, forms[2].digest}; }

/// One check, a step a function.
class Check {
 public:
  Check(const ir::Program& program, const CheckOptions& options)
      : program_(program), options_(options), exporter_(options.mode) {}

  CheckResult run() {
    const std::optional<bind::DynamicSpec> spec = load_and_spec();
    if (!spec) return finish(Verdict::kFails);
    note_order(*spec);
    if (!run_first_export(*spec)) return finish(Verdict::kFails);
    const bind::DynamicSpec again = positional(*spec);
    if (!run_export(*result_.exports.front().program, again)) return finish(Verdict::kFails);
    compare();
    if (options_.rounds > 1 && !find_fixed_point(again)) return finish(Verdict::kFails);
    return finish(agrees_at(result_, identity::Level::kSymbolic) ? Verdict::kSame : Verdict::kDiffers);
  }

 private:
  CheckResult finish(Verdict verdict) {
    result_.verdict = verdict;
    return std::move(result_);
  }

  void fail(exporter::Failed failed) {
    ExportReport report;
    report.rule = rule_of(failed);
    report.failure = std::move(failed);
    result_.exports.push_back(std::move(report));
  }

  std::optional<bind::DynamicSpec> load_and_spec() {
    std::string stage = "load";
    try {
      rebuild::check_loads(program_);
      stage = "spec";
      return first_spec(program_, options_);
    } catch (const Failure& failure) {
      fail({stage, failure.type(), "", failure.what()});
      return std::nullopt;
    }
  }

  void note_order(const bind::DynamicSpec& spec) {
    if (options_.shape_order == ShapeOrder::kSignature) return;
    auto message = bind::misordered(spec, program_);
    misordered_ = message.has_value();
    if (message) result_.notes.push_back({"spec-order", std::move(*message)});
  }

  [[nodiscard]] bind::DynamicSpec positional(const bind::DynamicSpec& spec) const {
    return options_.shape_order == ShapeOrder::kSignature ? spec : bind::to_positional(spec);
  }

  bool run_first_export(const bind::DynamicSpec& spec) {
    if (options_.inputs.empty()) return run_export(program_, spec);
    return run_export(bind::with_example_inputs(program_, options_.inputs), spec);
  }

  bool run_export(const ir::Program& program, const bind::DynamicSpec& spec) {
    ir::Callable callable;
    try {
      const Stopwatch watch(result_.timing.rebuild_ns);
      callable = rebuild::unlift(program);
      if (&program != &program_) rebuild::restore_grad(callable.program, program_);
    } catch (const Failure& failure) {
      fail({"module", failure.type(), "", failure.what()});
      return false;
    }
    const bool first = result_.exports.empty();
    const Stopwatch watch(first ? result_.timing.export1_ns : result_.timing.export2_ns);
    shapes::Lessons lessons;
    exporter::Outcome outcome = exporter_.run(std::move(callable), spec, may_recall(), &lessons);
    lessons_.push_back(lessons.take());
    if (auto* failed = std::get_if<exporter::Failed>(&outcome)) {
      fail(std::move(*failed));
      return false;
    }
    if (std::holds_alternative<exporter::Unchanged>(outcome)) {
      const ExportReport& answer = result_.exports.back();
      result_.exports.push_back({answer.program, answer.hashes, std::nullopt, {}});
      return true;
    }
    add(std::get<exporter::Exported>(std::move(outcome)));
    return true;
  }

  /// A positional spec is the one that a map was, unless the map's order is not the signature's. Operators without a
  /// rule read what was recorded, which no comparison of questions does.
  [[nodiscard]] bool may_recall() const { return options_.share && result_.assumed_ops.empty() && !misordered_; }

  void add(exporter::Exported exported) {
    for (const auto& [op, count] : exported.assumed_ops) result_.assumed_ops[op] += count;
    ExportReport report;
    report.program = std::make_shared<const ir::Program>(std::move(exported.program));
    result_.exports.push_back(std::move(report));
  }

  void compare() {
    const ir::Program& first = *result_.exports[0].program;
    const ir::Program& second = *result_.exports[1].program;
    Forms of_recorded, of_first, of_second;
    {
      const Stopwatch watch(result_.timing.hash_ns);
      of_first = identity::canonical(first);
      if (&first != &second) of_second = identity::canonical(second);
      if (compares_recorded()) of_recorded = identity::canonical(program_);
    }
    const Stopwatch watch(result_.timing.diff_ns);
    const diff::Side a{first, of_first}, b{second, &first == &second ? of_first : of_second};
    result_.exports[0].hashes = hashes_of(a.forms);
    result_.exports[1].hashes = hashes_of(b.forms);
    result_.drift = diff::compare(a, b);
    if (compares_recorded()) {
      result_.recorded_hashes = hashes_of(of_recorded);
      result_.recorded = diff::compare({program_, of_recorded}, a, diff::Origin::kRecorded);
    }
    note_guards();
    if (compares_recorded()) note_dims(program_, first, 0);
    if (&first != &second) note_dims(first, second, 1);
  }

  void note_dims(const ir::Program& a, const ir::Program& b, std::size_t run) {
    for (Note& note : dim_notes(a, b, lessons_[run])) result_.notes.push_back(std::move(note));
  }

  /// Guards that only the export's module checks.
  void note_guards() {
    if (compares_recorded()) note_guards_between(program_, *result_.exports[0].program, "export 1");
    if (result_.exports[0].program != result_.exports[1].program)
      note_guards_between(*result_.exports[0].program, *result_.exports[1].program, "export 2");
  }

  void note_guards_between(const ir::Program& a, const ir::Program& b, std::string_view name) {
    const std::vector<std::string> before = rebuild::input_guards_code(a);
    std::unordered_set<std::string_view> known(before.begin(), before.end());
    const std::vector<std::string> after = rebuild::input_guards_code(b);
    std::vector<std::string_view> added;
    for (const std::string_view guard : after)
      if (known.insert(guard).second) added.push_back(guard);
    if (!added.empty())
      result_.notes.push_back({"guard-added", fmt::format("{} also asks for {}", name, fmt::join(added, ", "))});
  }

  /// The same program has the same hashes.
  static Hashes hashes_beside(const ExportReport& known, const ExportReport& report) {
    return known.program == report.program ? *known.hashes : hashes(*report.program);
  }

  /// Re-exports until one gives back the program it was made of; false: one failed.
  bool find_fixed_point(const bind::DynamicSpec& spec) {
    FixedPoint point{options_.rounds, std::nullopt};
    for (std::size_t round = 1; !point.round; ++round) {
      if (result_.exports[round].hashes->exact == result_.exports[round - 1].hashes->exact) {
        point.round = round;
      } else if (round == options_.rounds) {
        break;
      } else {
        if (!run_export(*result_.exports[round].program, spec)) return false;
        const Stopwatch watch(result_.timing.hash_ns);
        result_.exports[round + 1].hashes = hashes_beside(result_.exports[round], result_.exports[round + 1]);
      }
    }
    result_.fixed_point = point;
    return true;
  }

  [[nodiscard]] bool compares_recorded() const {
    return options_.compare_recorded && options_.shapes == Shapes::kInfer;
  }

  const ir::Program& program_;
  const CheckOptions& options_;
  CheckResult result_;
  exporter::Exporter exporter_;
  std::vector<std::vector<shapes::Lesson>> lessons_;  // of each export
  bool misordered_ = false;                           // the spec's order is not the signature's
};

}  // namespace

Hashes hashes(const ir::Program& program) { return hashes_of(identity::canonical(program)); }

bool agrees_at(const CheckResult& result, identity::Level level) {
  const auto agrees = [level](const std::optional<diff::Comparison>& c) { return !c || c->equal_at(level); };
  return agrees(result.drift) && agrees(result.recorded);
}

CheckResult check(const ir::Program& program, const CheckOptions& options) { return Check(program, options).run(); }

std::optional<Note> mode_disagreement(const CheckResult& non_strict, const CheckResult& strict, identity::Level level) {
  constexpr const char* kRule = "mode-disagrees";
  if (non_strict.verdict != strict.verdict)
    return Note{
        kRule, fmt::format("non-strict {}, strict {}", verdict_name(non_strict.verdict), verdict_name(strict.verdict))};
  const auto first = [](const CheckResult& result) {
    return result.exports.empty() || !result.exports[0].program ? nullptr : &*result.exports[0].program;
  };
  if (first(non_strict) == nullptr || first(strict) == nullptr) return std::nullopt;
  const diff::Comparison comparison = diff::compare(*first(non_strict), *first(strict));
  if (comparison.equal_at(level)) return std::nullopt;
  const diff::Difference& d = comparison.differences.front();
  return Note{kRule, fmt::format("{} at {}: non-strict {}, strict {}", d.rule, d.where_a, d.a, d.b)};
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kDiffers:
      return "differs";
    case Verdict::kFails:
      return "fails";
    case Verdict::kTrouble:
      break;
  }
  return "trouble";
}

}  // namespace retrace
