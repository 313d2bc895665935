// SPDX-License-Identifier: Apache-2.0
#include "core/hash/text_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace retrace::hash {

std::uint64_t text_hash(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

}  // namespace retrace::hash
