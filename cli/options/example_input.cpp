// SPDX-License-Identifier: Apache-2.0
#include "cli/options/example_input.h"

#include <charconv>

namespace retrace::cli {

std::optional<bind::ExampleInput> parse_example_input(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
  bind::ExampleInput out{std::string(text.substr(0, equals)), {}};
  text.remove_prefix(equals + 1);
  while (!text.empty()) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc()) return std::nullopt;
    out.sizes.push_back(size);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) break;
    if (text.front() != ',' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace retrace::cli
