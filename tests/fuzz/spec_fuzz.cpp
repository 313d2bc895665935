// SPDX-License-Identifier: Apache-2.0
// Any bytes are a dynamic-shapes spec or a clear refusal.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "serializers/spec/spec_reader.h"
#include "serializers/spec/spec_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace retrace::serializers;
  const auto spec = read_spec(std::string(reinterpret_cast<const char*>(data), size), "-");
  if (!spec) return spec.error().reason.empty() ? std::abort(), 1 : 0;
  (void)write_spec(*spec);
  return 0;
}
