// SPDX-License-Identifier: Apache-2.0
// Which operators have an effect beside their results, by name, as the reference comparison decides it.
#pragma once
#include <string_view>

namespace retrace::identity {

/// In-place forms (name ends in _), assertions, range constraints, effect tokens, printing.
bool has_effect(std::string_view target);
bool is_assertion(std::string_view target);
/// Only computes a size from sizes: left out at level symbolic.
bool computes_size(std::string_view target);

}  // namespace retrace::identity
