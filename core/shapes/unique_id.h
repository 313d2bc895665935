// SPDX-License-Identifier: Apache-2.0
// The number in a backed symbol's name: ShapeEnv._generate_unique_id.
#pragma once
#include <string_view>

namespace retrace::shapes {

/// SHA-256 of the text, as a number modulo 100.
int source_id(std::string_view source_name);

}  // namespace retrace::shapes
