// SPDX-License-Identifier: Apache-2.0
// Prints results as they come, in the format the user chose. Each is out before the next program is read: that one may
// end the process.
#pragma once
#include <string>

#include "cli/commands.h"
#include "serializers/reports/report.h"

namespace retrace::cli {

class Printer {
 public:
  explicit Printer(Context& context);
  /// Closes the JSON document.
  ~Printer();
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  void print(const serializers::Report& report, const ir::Program* recorded = nullptr);
  void print_hashes(const std::string& file, const std::string& program, const Hashes& hashes);
  /// A file without an answer: the reason also goes to the log.
  void print_trouble(const std::string& file, const std::string& message);

 private:
  void print_json(const std::string& object);
  Context& context_;
  bool first_ = true;
};

/// The digest of the level that the user chose.
const hash::Digest& digest_at(const Hashes& hashes, identity::Level level);

}  // namespace retrace::cli
