// SPDX-License-Identifier: Apache-2.0
// Writes a spec in PyTorch's JSON form ("dynamic_shapes" and "dims", see spec_reader.h).
#pragma once
#include <string>

#include "core/bind/dynamic_spec.h"

namespace retrace::serializers {

/// Ranges of hints are lost, as PyTorch's own dump loses them.
std::string write_spec(const bind::DynamicSpec& spec);

}  // namespace retrace::serializers
