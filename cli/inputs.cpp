// SPDX-License-Identifier: Apache-2.0
#include "cli/inputs.h"

#include <array>
#include <istream>

#include "serializers/files/files.h"

namespace retrace::cli {
namespace {

std::string read_all(std::istream& in) {
  std::string out;
  std::array<char, std::size_t{1} << 16> block;
  while (in.read(block.data(), block.size()) || in.gcount() > 0)
    out.append(block.data(), static_cast<std::size_t>(in.gcount()));
  return out;
}

}  // namespace

serializers::Input input(const std::string& name, Environment& environment) {
  if (name == "-") return {name, read_all(environment.in)};
  return {name, std::nullopt};
}

serializers::Result<std::string> read_text(const std::string& name, Environment& environment) {
  if (name == "-") return read_all(environment.in);
  return serializers::read_file(name);
}

}  // namespace retrace::cli
