// SPDX-License-Identifier: Apache-2.0
// The one pipeline of both modes.
#pragma once
#include <optional>

#include "core/exporter/input_guards.h"
#include "core/exporter/mode.h"

namespace retrace::exporter {

/// What is asked of an export, and where its trace starts.
struct Question {
  ir::Callable callable;
  bind::BoundInputs inputs;
  GuardTrace guards;                               // what the input guards did
  std::shared_ptr<const shapes::Knowledge> known;  // when the trace began; set when it is over
  std::optional<ir::Graph> settled;                // the answer, where a trace of it gives it again; set with it
  std::vector<SymInt> computed;                    // what the callable's nodes that only compute gave; set with it
};

/// Binds the inputs and runs their guards. Here and below a Failure is raised where PyTorch raises;
/// `session.current_node` then names the node that ran.
Question start_export(trace::Session& session, ir::Callable callable, const bind::DynamicSpec& spec,
                      const ModeRecord& mode);
/// `recall`: a trace that is known to repeat one before it is not run.
ir::Program finish_export(trace::Session& session, Question& question, const bind::DynamicSpec& spec,
                          const ModeRecord& mode, bool recall);

}  // namespace retrace::exporter
