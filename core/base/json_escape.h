// SPDX-License-Identifier: Apache-2.0
// Escapes in JSON strings: of programs, and of pytree's specs inside them.
#pragma once
#include <string>

namespace retrace {

/// Appends what an escape stands for; `at` stands behind its backslash, and afterwards behind the escape. False: there
/// is no escape, or half a surrogate pair.
bool unescape_json(const char*& at, const char* end, std::string& out);

}  // namespace retrace
