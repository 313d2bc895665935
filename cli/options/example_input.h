// SPDX-License-Identifier: Apache-2.0
// "x=4,16": an input and its sizes, as --input takes them.
#pragma once
#include <optional>
#include <string_view>

#include "core/bind/example_inputs.h"

namespace retrace::cli {

/// "x=" is a tensor without dimensions. Absent: not of that form.
std::optional<bind::ExampleInput> parse_example_input(std::string_view text);

}  // namespace retrace::cli
