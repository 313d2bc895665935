// SPDX-License-Identifier: Apache-2.0
// Lines of standard output and standard error.
#pragma once
#include <ostream>
#include <utility>

#include "serializers/reports/text_line.h"

namespace retrace::cli {

/// One line, whatever the names in it hold.
template <typename... T>
void put_line(std::ostream& out, fmt::format_string<T...> format, T&&... values) {
  out << serializers::text_line(format, std::forward<T>(values)...);
}

}  // namespace retrace::cli
