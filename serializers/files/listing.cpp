// SPDX-License-Identifier: Apache-2.0
#include "serializers/files/listing.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/glob.h"
#include "serializers/files/files.h"

namespace retrace::serializers {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIgnoreFile = ".retraceignore";

std::string joined(const std::string& folder, std::string_view name) {
  if (folder.empty() || folder == ".") return std::string(name);
  return folder.back() == '/' ? folder + std::string(name) : folder + "/" + std::string(name);
}

/// A pattern without a slash is about the last component, as in .gitignore.
bool names(const std::string& pattern, const std::string& relative) {
  if (pattern.find('/') != std::string::npos)
    return glob_matches(pattern.front() == '/' ? std::string_view(pattern).substr(1) : pattern, relative);
  return glob_matches(pattern, std::string_view(relative).substr(relative.rfind('/') + 1));
}

bool any_names(const std::vector<std::string>& patterns, const std::string& relative) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return names(p, relative); });
}

/// One line of a .retraceignore.
struct IgnoreRule {
  std::string pattern;
  bool negated = false;
  bool directories_only = false;
};

std::vector<IgnoreRule> ignore_rules(const std::string& folder) {
  std::vector<IgnoreRule> out;
  const std::string path = joined(folder, kIgnoreFile);
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return out;  // a pipe would block
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    IgnoreRule rule;
    rule.negated = line.front() == '!';
    if (rule.negated) line.erase(0, 1);
    rule.directories_only = !line.empty() && line.back() == '/';
    if (rule.directories_only) line.pop_back();
    rule.pattern = line;
    if (!rule.pattern.empty()) out.push_back(std::move(rule));
  }
  return out;
}

}  // namespace

/// An open folder: its names sorted. They lie in blocks, each with a NUL behind it and directories with a slash before
/// that: a folder may hold millions of files, and growing must not copy them.
struct Listing::Folder {
  static constexpr std::size_t kBlock = std::size_t{1} << 16;

  void add(std::string_view name, bool directory) {
    const std::size_t size = name.size() + (directory ? 1 : 0) + 1;
    if (blocks.empty() || blocks.back().size() + size > kBlock) {
      blocks.emplace_back();
      blocks.back().reserve(std::max(kBlock, size));
    }
    std::string& block = blocks.back();
    places.push_back({static_cast<std::uint32_t>(blocks.size() - 1), static_cast<std::uint32_t>(block.size())});
    block.append(name).append(directory ? "/" : "").push_back('\0');
  }
  struct Place {
    std::uint32_t block = 0;
    std::uint32_t offset = 0;
  };
  [[nodiscard]] std::string_view name(const Place& place) const { return blocks[place.block].data() + place.offset; }
  void sort() {
    std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) { return name(a) < name(b); });
  }

  std::string path;
  std::string relative;
  std::vector<std::string> blocks;
  std::deque<Place> places;
  std::size_t at = 0;
  std::vector<IgnoreRule> ignore;
};

std::string below(const std::string& root, const std::string& path) {
  return root.empty() || path.starts_with('/') ? path : joined(root, path);
}

Listing::Listing(ListOptions options) : options_(std::move(options)) {}
Listing::~Listing() = default;

std::string Listing::real(const std::string& path) const { return below(options_.root, path); }

Result<std::optional<Found>> Listing::next() {
  if (at_ == 0 && !options_.files_from.empty() && !list_) {
    if (auto opened = open_list(options_.files_from, '\0'); !opened) return tl::unexpected(opened.error());
    options_.files_from.clear();
  }
  while (true) {
    Result<std::optional<Found>> found = std::nullopt;
    if (!folders_.empty()) {
      found = from_folder();
    } else if (std::string line; list_ && std::getline(*list_, line, list_separator_)) {
      if (!line.empty()) found = from_argument(line);
    } else if (at_ < options_.paths.size()) {
      list_.reset();
      const std::string& path = options_.paths[at_++];
      if (path == "-" || path.starts_with('@')) {
        const std::string list = path == "-" ? path : path.substr(1);
        if (auto opened = open_list(list, options_.separator); !opened) return tl::unexpected(opened.error());
      } else {
        found = from_argument(path);
      }
    } else {
      return std::optional<Found>();
    }
    if (!found || *found) return found;
  }
}

Result<void> Listing::open_list(const std::string& path, char separator) {
  const auto read = options_.read_lists.find(path);
  if (read != options_.read_lists.end())
    list_ = std::make_unique<std::istringstream>(read->second);
  else
    list_ = std::make_unique<std::ifstream>(path);
  list_separator_ = separator;
  if (!*list_) return tl::unexpected(LoadError{path, "", "the list cannot be read"});
  return {};
}

Result<std::optional<Found>> Listing::from_argument(const std::string& path) {
  std::error_code error;
  pattern_.clear();
  if (fs::is_directory(real(path), error)) {
    if (auto opened = open_folder(path, ""); !opened) return tl::unexpected(opened.error());
    return std::optional<Found>();
  }
  if (fs::exists(real(path), error) || !is_glob(path)) {
    if (any_names(options_.exclude, path)) return std::optional<Found>();
    return std::optional(Found{path, path});
  }
  const std::size_t slash = path.rfind('/', path.find_first_of("*?["));
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  pattern_ = slash == std::string::npos ? path : path.substr(slash + 1);
  if (auto opened = open_folder(folder, ""); !opened) return tl::unexpected(opened.error());
  return std::optional<Found>();
}

Result<void> Listing::open_folder(std::string path, std::string relative) {
  auto folder = std::make_unique<Folder>();
  std::error_code error;
  for (fs::directory_iterator it(real(path), error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.front() == '.') continue;
    std::error_code ignored;
    const bool directory = it->is_directory(ignored) && !it->is_symlink(ignored);
    if (!directory && !it->is_regular_file(ignored)) continue;
    folder->add(name, directory);
  }
  if (error) return tl::unexpected(LoadError{path, "", "cannot list the directory: " + error.message()});
  folder->sort();
  folder->ignore = ignore_rules(real(path));
  folder->path = std::move(path);
  folder->relative = std::move(relative);
  folders_.push_back(std::move(folder));
  return {};
}

Result<std::optional<Found>> Listing::from_folder() {
  Folder& folder = *folders_.back();
  if (folder.at == folder.places.size()) {
    folders_.pop_back();
    return std::optional<Found>();
  }
  std::string name(folder.name(folder.places[folder.at++]));
  const bool directory = name.back() == '/';
  if (directory) name.pop_back();
  std::string relative = joined(folder.relative, name);
  if (!wanted(relative, directory)) return std::optional<Found>();
  std::string path = joined(folder.path, name);
  if (!directory) return std::optional(Found{std::move(path), std::move(relative)});
  if (auto opened = open_folder(std::move(path), std::move(relative)); !opened) return tl::unexpected(opened.error());
  return std::optional<Found>();
}

bool Listing::wanted(const std::string& relative, bool directory) const {
  if (any_names(options_.exclude, relative)) return false;
  bool ignored = false;  // the last rule that names it decides
  for (const auto& folder : folders_) {
    const std::string inside = relative.substr(folder->relative.empty() ? 0 : folder->relative.size() + 1);
    for (const IgnoreRule& rule : folder->ignore)
      if ((directory || !rule.directories_only) && names(rule.pattern, inside)) ignored = !rule.negated;
  }
  if (ignored || directory) return !ignored;
  if (relative.ends_with(".retrace.json")) return false;
  if (!pattern_.empty()) return glob_matches(pattern_, relative);
  if (!options_.include.empty()) return any_names(options_.include, relative);
  return relative.ends_with(".json") || relative.ends_with(".pt2");
}

}  // namespace retrace::serializers
