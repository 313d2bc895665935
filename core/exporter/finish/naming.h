// SPDX-License-Identifier: Apache-2.0
// Final names (_export/utils.py placeholder_naming_pass): inputs after what they are, operators keep theirs
// unless an input took it.
#pragma once
#include "core/exporter/finish/passes.h"

namespace retrace::exporter {

/// `user_paths`: keystr of each user input under the module's signature, "['x'][0]", in order.
void name_nodes(trace::Graph& graph, const Signature& signature, const std::vector<std::string>& user_paths, Mode mode);

}  // namespace retrace::exporter
