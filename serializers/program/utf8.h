// SPDX-License-Identifier: Apache-2.0
// Whether text is UTF-8: asked of the whole program before it is read, so that its reader may take characters for
// granted. Fast, because programs are megabytes and nearly all ASCII.
#pragma once
#include <string_view>

namespace retrace::serializers {

/// Is it well-formed UTF-8 (Unicode, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF)?
bool is_utf8(std::string_view text);

}  // namespace retrace::serializers
