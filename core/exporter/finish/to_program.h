// SPDX-License-Identifier: Apache-2.0
// The finished graph as a serializable program (torch/_export/serde/serialize.py GraphModuleSerializer).
#pragma once
#include "core/exporter/finish/passes.h"

namespace retrace::exporter {

/// Fills `program.graph`, `input_specs` and `output_specs`; the module's graph is taken apart on the way. Raises
/// Failure(SerializeError) for what the schema cannot hold.
void write_graph(trace::Session& session, trace::GraphModule& module, const Signature& signature, ir::Program& program);

}  // namespace retrace::exporter
