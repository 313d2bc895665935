// SPDX-License-Identifier: Apache-2.0
// XXH3-64 of text, for tables in memory: never written out, never compared between runs.
#pragma once
#include <cstdint>
#include <string_view>

namespace retrace::hash {

std::uint64_t text_hash(std::string_view text);

}  // namespace retrace::hash
