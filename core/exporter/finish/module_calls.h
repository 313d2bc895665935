// SPDX-License-Identifier: Apache-2.0
// module_call_graph and the program's fixed fields (export/_trace.py _make_module_call_graph).
#pragma once
#include "core/ir/program.h"

namespace retrace::exporter {

/// `from`: the program whose module was exported; its tree specs and argument names stay.
void write_module_calls(const ir::Program& from, ir::Program& program);

}  // namespace retrace::exporter
