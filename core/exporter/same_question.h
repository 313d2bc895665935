// SPDX-License-Identifier: Apache-2.0
// Would the re-export do anything that the first export did not? Where the rebuilt module is, in all that an export
// reads, the module that was exported first, and its input guards teach the same, it cannot: the answer is known.
#pragma once
#include "core/exporter/pipeline.h"

namespace retrace::exporter {

// Both are true only if the export of `b` cannot do otherwise than that of `a`. False says nothing: it has to run.

/// The modules, but for their guards and the sizes of user inputs.
bool same_module(const ir::Callable& a, const ir::Callable& b, const ModeRecord& mode);
/// What the traces start from; `env` is that of `b`, for this question alone (ShapeEnv::would_answer_as).
bool same_start(const Question& a, const Question& b, shapes::ShapeEnv& env);

}  // namespace retrace::exporter
