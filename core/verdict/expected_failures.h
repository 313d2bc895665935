// SPDX-License-Identifier: Apache-2.0
// Programs that are known not to re-export, per mode, as PyTorch's suite keeps its expectedFailure lists.
//
// The manifest is text, a pattern a line, under the mode it holds for; the reason stands behind " # ":
//
//   [strict]
//   zoo/detection/**        # data-dependent boxes
//   zoo/a.pt2#decoder       # order of buffers
//   [non-strict]
//
// In a name that --update-xfail writes, what has a meaning in a pattern or a line stands in a set, "[*]", "a [#]b"; "?"
// stands for a newline. An entry names whatever is not `same`: differs, fails, trouble. One that passes fails the run.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/exporter/exporter.h"

namespace retrace::verdict {

struct ExpectedFailure {
  exporter::Mode mode = exporter::Mode::kNonStrict;
  std::string pattern;
  std::string reason;
  std::uint64_t failures = 0;  // names it matched that failed
  std::uint64_t passes = 0;    // names it matched that passed
};

class ExpectedFailures {
 public:
  /// The manifest, or the line that is wrong: "line 3: a pattern before [strict] or [non-strict]".
  static std::optional<ExpectedFailures> parse(std::string_view text, std::string& error);

  /// The first entry that names it, counted as used; null: none does.
  const ExpectedFailure* find(std::string_view name, exporter::Mode mode, bool passed);
  /// Entries that no name of the run matched.
  [[nodiscard]] std::vector<const ExpectedFailure*> unused() const;

  /// For `updated`: a name that failed without an entry, or through an entry that passes elsewhere.
  void add_failure(std::string_view name, exporter::Mode mode, std::string_view reason);
  /// The manifest as the run would have it: entries that only failures matched stay; the others give way to the
  /// names that failed.
  [[nodiscard]] std::string updated() const;

 private:
  std::vector<ExpectedFailure> entries_;
  std::vector<ExpectedFailure> seen_;  // their patterns are plain names
};

}  // namespace retrace::verdict
