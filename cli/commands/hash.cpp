// SPDX-License-Identifier: Apache-2.0
// hash FILE...: "digest  file" a line, as sha256sum prints them.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/printer.h"
#include "core/base/failure.h"

namespace retrace::cli {

int run_hash(Context& context) {
  Printer printer(context);
  int status = kSame;
  for (const std::string& file : context.options.files) {
    const auto programs = load(file, context);
    if (!programs) {
      printer.print_trouble(file, programs.error().text());
      status = kTrouble;
      continue;
    }
    for (const auto& program : *programs) {
      try {
        printer.print_hashes(file, program.name, hashes(program.program));
      } catch (const Failure& failure) {  // of a number that leaves 64 bits in canonical form
        printer.print_trouble(file, fmt::format("{}: {}", file, failure.what()));
        status = kTrouble;
      }
    }
  }
  return status;
}

}  // namespace retrace::cli
