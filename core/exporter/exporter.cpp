// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/exporter.h"

#include <optional>

#include "core/exporter/pipeline.h"
#include "core/exporter/same_question.h"
#include "core/shapes/interval_answers.h"

namespace retrace::exporter {

Exporter::Exporter(Mode mode)
    : mode_(mode == Mode::kStrict ? strict_mode() : non_strict_mode()),
      answers_(std::make_unique<shapes::IntervalAnswers>()) {}
Exporter::~Exporter() = default;

/// Expressions of another pool are others.
shapes::IntervalAnswers& Exporter::answers_of(const std::shared_ptr<expr::Pool>& pool) {
  if (pool_ != pool) answers_->clear();
  pool_ = pool;
  return *answers_;
}

Outcome Exporter::run(ir::Callable callable, const bind::DynamicSpec& spec, bool recall, shapes::Lessons* lessons) {
  std::optional<trace::Session> session;
  const auto start = [&]() -> Question {
    const std::shared_ptr<expr::Pool>& pool = callable.program.pool;
    session.emplace(*pool, mode_.overrides_builtin_min_max, &answers_of(pool));
    session->env().observe(lessons);
    return start_export(*session, std::move(callable), spec, mode_);
  };
  try {
    if (recall && last_ && (same_module(*last_, callable, mode_) || is_settled(*last_, callable))) {
      Question trial = start();
      if (same_start(*last_, trial, session->env())) return Unchanged{};
      callable = std::move(trial.callable);  // being asked has changed what the session remembers: it starts anew
    }
    last_.reset();
    auto question = std::make_unique<Question>(start());
    if (recall) session->env().mark();
    ir::Program program = finish_export(*session, *question, spec, mode_, recall);
    if (recall) {
      question->known = session->env().knowledge();
      last_ = std::move(question);
    }
    return Exported{std::move(program), session->assumed_ops()};
  } catch (const Failure& failure) {
    const bool serializing = failure.type() == ErrorType::kSerializeError;
    return Failed{serializing ? "serialize" : "export", failure.type(), session->current_node, failure.what()};
  }
}

}  // namespace retrace::exporter
