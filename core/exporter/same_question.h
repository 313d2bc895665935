// SPDX-License-Identifier: Apache-2.0
// Would the re-export do anything that the first export did not? Where the rebuilt module is, in all that an export
// reads, the module that was exported first, and its input guards teach the same, it cannot: the answer is known.
#pragma once
#include "core/exporter/pipeline.h"

namespace retrace::exporter {

// Both are true only if the export of `b` cannot do otherwise than that of `a`. False says nothing: it has to run.

/// The modules, but for their guards, the sizes of user inputs, and where integers are computed that are the same.
/// `b` is what the export of `a` gave, rebuilt.
bool same_module(const Question& a, const ir::Callable& b, const ModeRecord& mode);
/// `b` is what the export of `a` gave, rebuilt, and a trace of it repeats the trace that gave it: each of its nodes is
/// a call that was traced as itself, without symbols, so that the same inputs give each call the same arguments again,
/// and no pass added or removed a call. Inputs have the same names, which a trace's names keep clear of.
bool is_settled(const Question& a, const ir::Callable& b);
/// What the traces start from; `env` is that of `b`, for this question alone (ShapeEnv::would_answer_as).
bool same_start(const Question& a, const Question& b, shapes::ShapeEnv& env);

}  // namespace retrace::exporter
