// SPDX-License-Identifier: Apache-2.0
// torch.export.export(callable, args, kwargs, dynamic_shapes=spec, strict=...) without data.
//
// Binds the example inputs (recorded metadata of the callable's user inputs at their hints) to symbols, traces
// the graph in one of the two modes, and finishes the program with PyTorch's passes in PyTorch's order.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "core/base/failure.h"
#include "core/bind/dynamic_spec.h"
#include "core/ir/callable.h"

namespace retrace::shapes {
class IntervalAnswers;
class Lessons;
}  // namespace retrace::shapes

namespace retrace::exporter {

struct ModeRecord;

enum class Mode : std::uint8_t { kNonStrict, kStrict };

struct Failed {
  std::string stage;  // load | spec | module | export
  ErrorType type = ErrorType::kRuntimeError;
  std::string node;     // fx name of the callable's node that raised; empty: none
  std::string message;  // PyTorch's text as far as it is reproduced
};

struct Exported {
  ir::Program program;
  std::map<std::string, std::int64_t> assumed_ops;  // operators without a rule whose recorded result was taken
};

/// The answer is the one before (same_question.h).
struct Unchanged {};

using Outcome = std::variant<Exported, Failed, Unchanged>;

struct Question;

/// The exports of one check: one after the other, in one mode.
class Exporter {
 public:
  explicit Exporter(Mode mode);
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  /// `spec` as given for the first export; for the re-export its positional form (bind::to_positional). With
  /// `recall` the question is remembered, and may be found Unchanged: each spec says what the spec before said.
  /// `lessons` are told what the export learns of its inputs' sizes.
  Outcome run(ir::Callable callable, const bind::DynamicSpec& spec, bool recall, shapes::Lessons* lessons = nullptr);

 private:
  shapes::IntervalAnswers& answers_of(const std::shared_ptr<expr::Pool>& pool);

  const ModeRecord& mode_;
  std::shared_ptr<expr::Pool> pool_;  // of the export before
  std::unique_ptr<shapes::IntervalAnswers> answers_;
  std::unique_ptr<Question> last_;  // what the export before was asked; null: nothing to be recalled
};

}  // namespace retrace::exporter
