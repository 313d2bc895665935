// SPDX-License-Identifier: Apache-2.0
// Any bytes are a program or a clear refusal; a program that was read is written, and read again the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "serializers/load.h"
#include "serializers/program/json_reader.h"
#include "serializers/program/json_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace retrace::serializers;
  const auto programs = load({"-", std::string(reinterpret_cast<const char*>(data), size)});
  if (!programs) return programs.error().reason.empty() ? std::abort(), 1 : 0;
  for (const NamedProgram& program : *programs) {
    const std::string written = write_program(program.program);
    const auto again = read_program(written, "-");
    if (!again || write_program(*again) != written) std::abort();
  }
  return 0;
}
