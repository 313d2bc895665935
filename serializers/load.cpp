// SPDX-License-Identifier: Apache-2.0
#include "serializers/load.h"

#include <fmt/format.h>

#include "serializers/files/files.h"
#include "serializers/program/json_reader.h"
#include "serializers/pt2/archive.h"

namespace retrace::serializers {
namespace {

bool is_zip(std::string_view head) { return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"); }

Result<std::vector<NamedProgram>> load_json(const std::string& name, std::string bytes, const std::string& model) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return tl::unexpected(LoadError{name, "", "empty input"});
  if (bytes[first] != '{') return tl::unexpected(LoadError{name, "", "neither a program JSON nor a .pt2 archive"});
  if (!model.empty())
    return tl::unexpected(
        LoadError{name, "", fmt::format("a bare program has no models, so none is called '{}'", model)});
  auto program = read_program(bytes, name);
  if (!program) return tl::unexpected(program.error());
  std::vector<NamedProgram> out;
  out.push_back({"", std::move(*program)});
  return out;
}

}  // namespace

Result<std::vector<NamedProgram>> load(Input input, const std::string& model) {
  if (!input.bytes) {
    const auto head = read_head(input.name, 4);
    if (!head) return tl::unexpected(head.error());
    if (is_zip(*head)) return read_archive(input, model);
    auto bytes = read_file(input.name);
    if (!bytes) return tl::unexpected(bytes.error());
    input.bytes = std::move(*bytes);
  }
  if (is_zip(*input.bytes)) return read_archive(input, model);
  return load_json(input.name, std::move(*input.bytes), model);
}

Result<NamedProgram> load_one(Input input, const std::string& model) {
  const std::string name = input.name;
  auto programs = load(std::move(input), model);
  if (!programs) return tl::unexpected(programs.error());
  if (programs->size() == 1) return std::move(programs->front());
  std::string names;
  for (const NamedProgram& p : *programs) names += (names.empty() ? "" : ", ") + p.name;
  return tl::unexpected(
      LoadError{name, "", fmt::format("holds several programs ({}); choose one with --model", names)});
}

}  // namespace retrace::serializers
