// SPDX-License-Identifier: Apache-2.0
// Programs of any bytes that can be read: the check of each ends in a verdict, in both modes.
#include <cstdint>
#include <string>

#include "core/retrace.h"
#include "serializers/program/json_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto program = retrace::serializers::read_program(bytes, "fuzz");
  if (!program) return 0;
  for (const auto mode : {retrace::exporter::Mode::kNonStrict, retrace::exporter::Mode::kStrict}) {
    retrace::CheckOptions options;
    options.mode = mode;
    retrace::check(*program, options);
  }
  return 0;
}
