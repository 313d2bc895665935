// SPDX-License-Identifier: Apache-2.0
#include "serializers/pt2/archive.h"

#include <fmt/format.h>

#include <algorithm>

#include "serializers/program/json_reader.h"
#include "serializers/program/read_failure.h"
#include "serializers/pt2/payload_config.h"
#include "serializers/pt2/zip_file.h"

namespace retrace::serializers {
namespace {

constexpr std::string_view kOldProgram = "serialized_exported_program.json";
constexpr std::uint64_t kMaxConstantBytes = 4096;

/// Where one program and its configurations lie in the archive.
struct Entry {
  std::string name;
  std::string program;  // record names
  std::string weights;  // empty: the layout has none
  std::string constants;
  std::string constants_directory;
};

/// "package" of "package/archive_format": PyTorch puts every record under one root.
std::string root_of(const ZipFile& zip) {
  if (zip.names().empty()) return {};
  const std::string& first = zip.names().front();
  const std::size_t slash = first.find('/');
  return slash == std::string::npos ? "" : first.substr(0, slash + 1);
}

bool any_under(const ZipFile& zip, const std::string& prefix) {
  return std::any_of(zip.names().begin(), zip.names().end(), [&](const auto& n) { return n.starts_with(prefix); });
}

/// Today's layout: <root>/archive_format holds "pt2", <root>/models/<name>.json the programs.
std::vector<Entry> entries_of_pt2(const ZipFile& zip, const std::string& root) {
  if (const std::string version = zip.has(root + "archive_version") ? zip.read(root + "archive_version", 64) : "0";
      version != "0")
    throw std::runtime_error(fmt::format("archive version {} is not read, only 0", version));
  const std::string models = root + "models/";
  std::vector<Entry> out;
  for (const std::string& name : zip.names()) {
    if (!name.starts_with(models) || !name.ends_with(".json")) continue;
    const std::string model = name.substr(models.size(), name.size() - models.size() - 5);
    out.push_back({model, name, fmt::format("{}data/weights/{}_weights_config.json", root, model),
                   fmt::format("{}data/constants/{}_constants_config.json", root, model), root + "data/constants/"});
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  if (out.empty() && any_under(zip, root + "data/aotinductor/"))
    throw std::runtime_error("an AOTInductor package: it holds compiled code, but no exported program");
  if (out.empty()) throw std::runtime_error("a .pt2 archive without a program (nothing under models/)");
  return out;
}

std::vector<Entry> entries_of(const ZipFile& zip) {
  const std::string root = root_of(zip);
  if (zip.has(root + "archive_format")) {
    const std::string format = zip.read(root + "archive_format", 64);
    if (format != "pt2") throw std::runtime_error(fmt::format("the archive's format is '{}', not pt2", format));
    return entries_of_pt2(zip, root);
  }
  for (const std::string& name : {std::string(kOldProgram), root + std::string(kOldProgram)})
    if (zip.has(name)) return {{"model", name, "", "", ""}};
  if (zip.has(root + "constants.pkl")) throw std::runtime_error("a TorchScript archive, not an exported program");
  if (zip.has(root + "data.pkl")) throw std::runtime_error("a torch.save file, not an exported program");
  throw std::runtime_error("a zip archive without an exported program");
}

void read_configs(const ZipFile& zip, const Entry& entry, ir::Program& program) {
  Arena& arena = *program.arena;
  if (!entry.weights.empty() && zip.has(entry.weights)) {
    for (const auto& group : tied(read_payload_config(zip.read(entry.weights)))) {
      program.tied.emplace_back();
      for (const std::string& fqn : group) program.tied.back().push_back(arena.store(fqn));
    }
  }
  if (entry.constants.empty() || !zip.has(entry.constants)) return;
  for (const Payload& payload : read_payload_config(zip.read(entry.constants))) {
    const std::string record = entry.constants_directory + payload.path_name;
    if (!is_small(payload) || !zip.has(record) || zip.size(record) > kMaxConstantBytes) continue;
    if (auto values = elements(payload, zip.read(record)))
      program.constants.emplace_back(arena.store(payload.fqn), std::move(*values));
  }
}

Result<NamedProgram> read_entry(const ZipFile& zip, const Entry& entry, const std::string& file) {
  auto program = read_program(zip.read(entry.program), file, entry.program);
  if (!program) return tl::unexpected(program.error());
  try {
    read_configs(zip, entry, *program);
  } catch (const ReadFailure& failure) {
    return tl::unexpected(LoadError{file, "configuration of " + entry.name + " " + failure.place, failure.what()});
  }
  return NamedProgram{entry.name, std::move(*program)};
}

Result<std::vector<NamedProgram>> read_entries(const ZipFile& zip, const std::string& file, const std::string& model) {
  std::vector<NamedProgram> out;
  std::string names;
  for (const Entry& entry : entries_of(zip)) {
    names += (names.empty() ? "" : ", ") + entry.name;
    if (!model.empty() && entry.name != model) continue;
    auto program = read_entry(zip, entry, file);
    if (!program) return tl::unexpected(program.error());
    out.push_back(std::move(*program));
  }
  if (out.empty())
    return tl::unexpected(LoadError{file, "", fmt::format("no program '{}'; it holds {}", model, names)});
  return out;
}

}  // namespace

Result<std::vector<NamedProgram>> read_archive(const Input& input, const std::string& model) {
  try {
    const ZipFile zip = input.bytes ? ZipFile::of_bytes(*input.bytes) : ZipFile::open(input.name);
    return read_entries(zip, input.name, model);
  } catch (const std::runtime_error& error) {
    return tl::unexpected(LoadError{input.name, "", error.what()});
  }
}

}  // namespace retrace::serializers
