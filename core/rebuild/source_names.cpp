// SPDX-License-Identifier: Apache-2.0
#include "core/rebuild/source_names.h"

#include <fmt/format.h>

namespace retrace::rebuild {

std::string SourceNames::rename(std::string_view text) const {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find("L["); at != std::string_view::npos; at = text.find("L[", at + 1)) {
    const auto known = at < done ? names_.end() : longest(text, at);
    if (known == names_.end()) continue;
    out.append(text, done, at - done).append(known->second);
    done = at + known->first.size();
  }
  return out.append(text, done);
}

SourceNames::Names::const_iterator SourceNames::longest(std::string_view text, std::size_t at) const {
  for (std::size_t end = text.find(']', at); end != std::string_view::npos; end = text.find(']', end + 1)) {
    const auto known = names_.find(text.substr(at, end + 1 - at));
    if (known != names_.end()) return known;
    if (end + 1 == text.size() || text[end + 1] != '[') break;
  }
  return names_.end();
}

SourceNames source_names_by_place(const std::vector<std::string>& paths) {
  SourceNames names;
  for (std::size_t i = 0; i < paths.size(); ++i) names.add(fmt::format("L['flat_args'][{}]", i), "L" + paths[i]);
  return names;
}

}  // namespace retrace::rebuild
