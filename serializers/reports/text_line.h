// SPDX-License-Identifier: Apache-2.0
// A line of text output, and only one: names come from files, and may hold line feeds or what a terminal acts on.
#pragma once
#include <fmt/format.h>

#include <string>
#include <utility>

#include "serializers/reports/clean_text.h"

namespace retrace::serializers {

template <typename... T>
std::string text_line(fmt::format_string<T...> format, T&&... values) {
  return terminal_line(fmt::format(format, std::forward<T>(values)...)) + "\n";
}

}  // namespace retrace::serializers
