// SPDX-License-Identifier: Apache-2.0
// Sources in texts ("L['flat_args'][2].size()[0] >= 3") under other names.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace retrace::rebuild {

/// Texts of the form L['x'][0] and what to call them; none is the start of another.
class SourceNames {
 public:
  void add(std::string source, const std::string& name) { names_.try_emplace(std::move(source), name); }
  [[nodiscard]] std::string rename(std::string_view text) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Names = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;
  [[nodiscard]] Names::const_iterator longest(std::string_view text, std::size_t at) const;
  Names names_;
};

/// Strict export names sources by place: L['flat_args'][2] is the third input. As the user calls them, by their paths.
SourceNames source_names_by_place(const std::vector<std::string>& paths);

}  // namespace retrace::rebuild
