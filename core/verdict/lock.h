// SPDX-License-Identifier: Apache-2.0
// The golden lock of a zoo: what each program is and becomes, by hash, so that a change of the tool or of a model
// shows. A line a program and mode, sorted:
//
//   same  recorded=<hash>  export=<hash>  strict  zoo/a.pt2#decoder
//
// Control characters and backslashes of names are written as \xHH. Hashes are of the level symbolic; "-" stands for a
// program that is not there (the export fails).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/exporter/exporter.h"

namespace retrace::verdict {

struct Locked {
  std::string verdict;
  std::string recorded;
  std::string exported;
  bool operator==(const Locked&) const = default;
};

class Lock {
 public:
  static std::optional<Lock> parse(std::string_view text, std::string& error);

  /// How `now` departs from what is locked; empty: it does not.
  std::string compare(const std::string& name, exporter::Mode mode, const Locked& now);
  /// Sets or renews.
  void set(const std::string& name, exporter::Mode mode, const Locked& now);
  /// Locked programs that `compare` was not asked for, as "name (mode)".
  [[nodiscard]] std::vector<std::string> unseen() const;
  [[nodiscard]] std::string text() const;

 private:
  struct Entry {
    Locked locked;
    bool seen = false;
  };
  std::map<std::pair<std::string, exporter::Mode>, Entry> entries_;
};

}  // namespace retrace::verdict
