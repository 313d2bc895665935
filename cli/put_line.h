// SPDX-License-Identifier: Apache-2.0
// A line of text output, and only one: names come from files, and may hold line feeds or what a terminal acts on.
#pragma once
#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "serializers/reports/clean_text.h"

namespace retrace::cli {

template <typename... T>
void put_line(std::ostream& out, fmt::format_string<T...> format, T&&... values) {
  out << serializers::terminal_line(fmt::format(format, std::forward<T>(values)...)) << '\n';
}

}  // namespace retrace::cli
