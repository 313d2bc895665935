// SPDX-License-Identifier: Apache-2.0
// Would the re-export do anything that the first export did not? Where the rebuilt module is, in all that an export
// reads, the module that was exported first, it cannot: the answer is known.
#pragma once
#include "core/ir/callable.h"

namespace retrace::exporter {

/// True only if `export_callable` cannot tell `a` from `b`. False says nothing: the export has to run.
bool same_question(const ir::Callable& a, const ir::Callable& b);

}  // namespace retrace::exporter
