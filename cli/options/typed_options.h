// SPDX-License-Identifier: Apache-2.0
// Options whose value is one of some words, or a number in a range. CLI11 converts for itself, but takes -1 for a big
// unsigned number and NaN for any, and prints the characters that enumerators are.
#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace retrace::cli {

template <typename T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& target,
                        const std::vector<std::pair<std::string, T>>& choices, const std::string& help) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& choice : choices) words.push_back(choice.first);
  const auto set = [&target, choices](const std::string& word) {
    target =
        std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.first == word; })->second;
  };
  return app.add_option_function<std::string>(name, set, help)
      ->check(CLI::IsMember(words))
      ->option_text(CLI::detail::join(words, "|"));
}

template <typename T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& target, std::pair<T, T> range,
                        const std::string& help) {
  const auto set = [&target, name, range](const std::string& text) {
    const char* end = text.data() + text.size();
    T value{};
    const auto [at, error] = std::from_chars(text.data(), end, value);
    const bool good = error == std::errc() && at == end && range.first <= value && value <= range.second;  // NaN is not
    if (!good)
      throw CLI::ValidationError(name,
                                 fmt::format("{} is not a number from {} to {}", text, range.first, range.second));
    target = value;
  };
  return app.add_option_function<std::string>(name, set, help)->option_text("N");
}

}  // namespace retrace::cli
