// SPDX-License-Identifier: Apache-2.0
// Names of files and programs against patterns: `*` and `?` stay inside one folder, `**` crosses folders (`**/`
// matches no folder too), `[a-z]` and `[!a-z]` are sets. Linear in practice, without recursion.
#pragma once
#include <string_view>

namespace retrace {

bool glob_matches(std::string_view pattern, std::string_view name);
/// It has wildcards.
bool is_glob(std::string_view pattern);

}  // namespace retrace
