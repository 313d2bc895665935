// SPDX-License-Identifier: Apache-2.0
#include "cli/emitted.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/batch/tally.h"
#include "serializers/files/files.h"
#include "serializers/program/json_writer.h"

namespace retrace::cli {
namespace {

namespace fs = std::filesystem;
using serializers::Report;
using serializers::Result;

/// As a part of one directory's name; no two names give the same.
std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == '/' || c == '%' || c == '#')
      out += fmt::format("%{:02X}", c);
    else
      out += c;
  }
  return out;
}

std::string directory_name(const Report& report) {
  const std::string program = report.program.empty() ? "" : "#" + escaped(report.program);
  return escaped(report.file) + program + "." + report.mode;
}

bool is_export(std::string_view name) {
  constexpr std::string_view kBefore = "export", kBehind = ".json";
  if (name.size() <= kBefore.size() + kBehind.size() || !name.starts_with(kBefore) || !name.ends_with(kBehind))
    return false;
  name = name.substr(kBefore.size(), name.size() - kBefore.size() - kBehind.size());
  return name.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Emitted::Emitted(const Options& options) : options_(options) {
  for (const std::string& file : options.files) files_.insert(escaped(file));
}

Result<void> Emitted::write(const Report& report, bool only_result) {
  const std::string directory = only_result ? options_.emit : options_.emit + "/" + directory_name(report);
  if (auto made = serializers::make_directory(directory); !made) return made;
  const auto& exports = report.result.exports;
  for (std::size_t i = 0; i < exports.size(); ++i) {
    if (!exports[i].program) continue;
    const std::string path = fmt::format("{}/export{}.json", directory, i + 1);
    auto done = serializers::write_atomically(path, serializers::write_program(*exports[i].program));
    if (!done) return done;
    written_.insert(path);
  }
  return {};
}

Result<void> Emitted::remove_others() const {
  auto done = remove_others_in(options_.emit);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.emit, error))
    if (const std::string name = entry.path().filename(); done && entry.is_directory(error) && is_of_this_run(name))
      done = remove_others_in(options_.emit + "/" + name);
  return done;
}

bool Emitted::is_of_this_run(const std::string& directory_name) const {
  return std::any_of(options_.modes.begin(), options_.modes.end(), [&](exporter::Mode mode) {
    const std::string ending = fmt::format(".{}", batch::mode_name(mode));
    if (!directory_name.ends_with(ending)) return false;
    const std::size_t size = std::min(directory_name.find('#'), directory_name.size() - ending.size());
    return files_.contains(directory_name.substr(0, size));
  });
}

Result<void> Emitted::remove_others_in(const std::string& directory) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string path = directory + "/" + entry.path().filename().string();
    if (!is_export(entry.path().filename().string()) || written_.contains(path)) continue;
    const bool is_read = std::any_of(options_.files.begin(), options_.files.end(),
                                     [&](const std::string& file) { return fs::equivalent(file, path, error); });
    if (is_read) continue;
    if (auto done = serializers::remove_file(path); !done) return done;
  }
  return {};
}

}  // namespace retrace::cli
