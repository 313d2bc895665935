// SPDX-License-Identifier: Apache-2.0
// The one pipeline of both modes.
#pragma once
#include "core/exporter/mode.h"

namespace retrace::exporter {

/// Raises Failure where PyTorch raises; `session.current_node` then names the node that ran.
ir::Program run_export(trace::Session& session, const ir::Callable& callable, const bind::DynamicSpec& spec,
                       const ModeRecord& mode);

}  // namespace retrace::exporter
