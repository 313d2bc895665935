// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/environment.h"

int main(int argc, char** argv) {
  retrace::cli::Environment environment = retrace::cli::real_environment();
  return retrace::cli::run(argc, argv, environment);
}
