// SPDX-License-Identifier: Apache-2.0
// The traces of an export: the callable's graph is imported, captured (mode.h), and traced to aten (make_fx) over its
// parameters, buffers and user inputs.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/exporter/finish/passes.h"
#include "core/exporter/input_guards.h"
#include "core/exporter/mode.h"

namespace retrace::exporter {

struct Traced {
  std::shared_ptr<trace::GraphModule> module;
  Signature signature;
};

/// The callable's graph with its inputs' fake values.
Captured import_callable(const ir::Callable& callable, const bind::BoundInputs& inputs);

/// `guards`: what the input guards at its start did. Takes the captured graph apart.
Traced trace_to_aten(trace::Session& session, const Captured& captured, const GuardTrace& guards,
                     const ModeRecord& mode);

/// Would the trace of Dynamo's graph give that graph again (repeated_capture.cpp)? `learned`: ShapeEnv::learned when
/// the capture began.
bool repeats_capture(trace::Session& session, const Captured& captured, std::uint64_t learned);
/// What the trace would give then, without tracing.
Traced repeat_capture(const Captured& captured);

}  // namespace retrace::exporter
