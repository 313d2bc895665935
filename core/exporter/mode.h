// SPDX-License-Identifier: Apache-2.0
// Where strict and non-strict export differ, as data and functions that the common pipeline calls.
//
// The pipeline (pipeline.cpp) is one for both: bind, input guards, capture, trace, guards, finish. A mode says
// how sources are spelled, what is captured before the aten trace, and which lifted inputs remain.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/bind/bind.h"
#include "core/exporter/exporter.h"
#include "core/trace/fx_graph.h"
#include "core/trace/session.h"

namespace retrace::exporter {

/// A lifted or user input of the graph that is traced. `value` is what the interpreter feeds.
struct GraphInput {
  ir::InputSpec spec;  // kind, FQN; `arg` of the callable's program
  Value value;         // fake tensor, symbolic number, or the constant
};

/// The program to trace: its graph reads lifted inputs by get_attr nodes (target: FQN); user inputs are
/// placeholders, in the order of `users`.
struct Captured {
  std::shared_ptr<trace::GraphModule> module;
  std::vector<GraphInput> lifted;  // all parameters, buffers, constants, objects; parameters first in the result
  std::vector<GraphInput> users;
  /// Strict: inputs, and the copies of them that the capture ran on.
  std::vector<std::pair<FakeTensor*, const FakeTensor*>> copies;
};

struct ModeRecord {
  Mode mode;
  bind::SourceStyle sources;
  bool overrides_builtin_min_max;
  /// After the input guards, before the aten trace. Non-strict: orders parameters and buffers as
  /// named_parameters and named_buffers do. Strict: Dynamo's capture (runs the graph over fakes, which
  /// allocates unbacked symbols; drops unused lifted inputs, collapses tied parameters).
  Captured (*capture)(trace::Session& session, const ir::Callable& callable, Captured program);
  /// The captured graph carries unbacked bindings of a first trace: the aten trace's fresh symbols are
  /// renamed to those (PropagateUnbackedSymInts, rebind_unbacked).
  bool rebinds_unbacked;
  /// Constants are graph inputs of the trace (Dynamo lifts them) rather than a get_attr node at each use.
  bool constants_are_inputs;
  /// Of the lifted inputs only those that the graph reads are seen at all.
  bool drops_unread_inputs;
};

const ModeRecord& non_strict_mode();  // non_strict.cpp
const ModeRecord& strict_mode();      // strict.cpp

}  // namespace retrace::exporter
