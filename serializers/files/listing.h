// SPDX-License-Identifier: Apache-2.0
// The files of a run, one by one in a fixed order: of directories all programs below them, sorted by name, of lists
// the lines. Holds the names of the open folders, never of the whole tree; drawn twice it gives the same.
//
// In a directory the programs are *.json and *.pt2, or what `include` says; hidden entries, case files
// (*.retrace.json), what `exclude` says, and what a .retraceignore there or above says are left out. A link to a
// directory is not followed.
#pragma once
#include <cstdint>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serializers/load_error.h"

namespace retrace::serializers {

struct ListOptions {
  std::string root;                  // names are relative to it; empty: the working directory
  std::vector<std::string> paths;    // files, directories, patterns with wildcards, @list
  std::vector<std::string> include;  // patterns; without a slash they name the last component
  std::vector<std::string> exclude;
  char separator = '\n';   // of lists
  std::string files_from;  // a list separated by NUL; empty: none
  /// What was read of lists that can be read only once: pipes, and "-", standard input.
  std::map<std::string, std::string> read_lists;
};

struct Found {
  std::string path;      // as named in the run, below the root
  std::string relative;  // below the argument that led to it: what shards are cut by
};

class Listing {
 public:
  explicit Listing(ListOptions options);
  ~Listing();
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

  /// Absent: no more. An argument or folder that cannot be read is an error of the run.
  Result<std::optional<Found>> next();

 private:
  struct Folder;
  Result<std::optional<Found>> from_folder();
  Result<std::optional<Found>> from_argument(const std::string& path);
  Result<void> open_list(const std::string& path, char separator);
  Result<void> open_folder(std::string path, std::string relative);
  [[nodiscard]] std::string real(const std::string& path) const;
  [[nodiscard]] bool wanted(const std::string& relative, bool directory) const;

  ListOptions options_;
  std::size_t at_ = 0;   // the next of options_.paths
  std::string pattern_;  // of the argument that is being walked; empty: it has no wildcards
  std::unique_ptr<std::istream> list_;
  char list_separator_ = '\n';
  std::vector<std::unique_ptr<Folder>> folders_;
};

/// Where a named file really is.
std::string below(const std::string& root, const std::string& path);

}  // namespace retrace::serializers
