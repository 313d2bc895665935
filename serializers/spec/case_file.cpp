// SPDX-License-Identifier: Apache-2.0
#include "serializers/spec/case_file.h"

#include <nlohmann/json.hpp>

namespace retrace::serializers {
namespace {

using exporter::Mode;
using Json = nlohmann::ordered_json;

/// Empty: it is read; else what is wrong.
std::string read_field(CaseFile& out, const std::string& key, const Json& value) {
  if (key == "mode") {
    const std::string word = value.is_string() ? value.get<std::string>() : "";
    if (word == "non-strict" || word == "both") out.modes.push_back(Mode::kNonStrict);
    if (word == "strict" || word == "both") out.modes.push_back(Mode::kStrict);
    return out.modes.empty() ? "mode is strict, non-strict or both" : "";
  }
  if (key != "shapes") return "unknown field " + key;
  if (!value.is_string()) {
    out.spec = value.dump();
    return "";
  }
  out.shapes = value.get<std::string>();
  const bool known = out.shapes == "infer" || out.shapes == "named" || out.shapes == "static";
  return known ? "" : "shapes is infer, named, static or a spec";
}

}  // namespace

Result<CaseFile> read_case_file(std::string bytes, const std::string& file) {
  const Json json = Json::parse(bytes, nullptr, false);
  if (!json.is_object()) return tl::unexpected(LoadError{file, "", "a case file is a JSON object"});
  CaseFile out;
  for (const auto& [key, value] : json.items())
    if (const std::string wrong = read_field(out, key, value); !wrong.empty())
      return tl::unexpected(LoadError{file, key, wrong});
  return out;
}

}  // namespace retrace::serializers
