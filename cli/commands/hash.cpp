// SPDX-License-Identifier: Apache-2.0
// hash FILE...: "digest  file" a line, as sha256sum prints them.
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/printer.h"

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
    for (const auto& program : *programs) printer.print_hashes(file, program.name, hashes(program.program));
  }
  return status;
}

}  // namespace retrace::cli
