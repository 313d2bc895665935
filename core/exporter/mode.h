// SPDX-License-Identifier: Apache-2.0
// Where strict and non-strict export differ, as data and a few functions that the common pipeline calls.
//
// The pipeline (pipeline.cpp) is one for both: bind, input guards, capture, trace, guards, finish. A mode says
// how sources are spelled, what is captured before the aten trace, and which lifted inputs remain.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/bind/bind.h"
#include "core/exporter/exporter.h"
#include "core/trace/fx_graph.h"
#include "core/trace/trace_context.h"

namespace retrace::exporter {

/// A lifted or user input of the graph that is traced. `value` is what the interpreter feeds.
struct GraphInput {
  ir::InputSpec spec;     // kind, FQN; `arg` of the callable's program
  Value value;            // fake tensor, symbolic number, or the constant
  std::string name;       // placeholder's name in the callable
};

/// The program to trace: inputs in order, a graph whose lifted inputs are get_attr nodes (target: FQN) and whose
/// user inputs are placeholders.
struct Captured {
  std::shared_ptr<trace::GraphModule> module;
  std::vector<GraphInput> lifted;  // parameters, buffers, constants in the order of the result's signature
  std::vector<GraphInput> users;
};

struct ModeRecord {
  Mode mode;
  bind::SourceStyle sources;
  bool overrides_builtin_min_max;
  /// Before the aten trace. Non-strict: orders parameters and buffers as named_parameters/named_buffers do.
  /// Strict: Dynamo's capture (runs the graph over fakes: allocates unbacked symbols, re-spells calls, drops
  /// unused lifted inputs, collapses tied parameters).
  Captured (*capture)(trace::Session& session, const ir::Callable& callable, Captured program);
  /// After the aten trace, before guards are produced. Strict: PropagateUnbackedSymInts has renamed the second
  /// trace's unbacked symbols to the first one's.
  bool traces_twice;
  /// Failures of the constraint solver carry this kind (strict wraps them as UserError).
  bool wraps_violations;
};

const ModeRecord& non_strict_mode();  // non_strict.cpp
const ModeRecord& strict_mode();      // strict.cpp

}  // namespace retrace::exporter
