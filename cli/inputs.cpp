// SPDX-License-Identifier: Apache-2.0
#include "cli/inputs.h"

#include <array>
#include <istream>

#include "serializers/files/files.h"

namespace retrace::cli {
namespace {

using serializers::Input;
using serializers::LoadError;
using serializers::Result;

Result<std::string> read_all(std::istream& in) {
  std::string out;
  std::array<char, std::size_t{1} << 16> block;
  while (in.read(block.data(), block.size()) || in.gcount() > 0) {
    out.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > serializers::kMaxStreamBytes)
      return tl::unexpected(serializers::too_big("-", serializers::kMaxStreamBytes));
  }
  if (in.bad()) return tl::unexpected(LoadError{"-", "", "cannot read"});
  return out;
}

Result<Input> input(const std::string& name, Environment& environment) {
  if (name != "-") return Input{name, std::nullopt};
  auto bytes = read_all(environment.in);
  if (!bytes) return tl::unexpected(bytes.error());
  return Input{name, std::move(*bytes)};
}

}  // namespace

Result<std::string> read_text(const std::string& name, Environment& environment) {
  return name == "-" ? read_all(environment.in) : serializers::read_file(name);
}

Result<std::vector<serializers::NamedProgram>> load(const std::string& name, Context& context) {
  auto given = input(name, context.environment);
  if (!given) return tl::unexpected(given.error());
  return serializers::load(std::move(*given), context.options.model);
}

Result<serializers::NamedProgram> load_one(const std::string& name, Context& context) {
  auto given = input(name, context.environment);
  if (!given) return tl::unexpected(given.error());
  return serializers::load_one(std::move(*given), context.options.model);
}

}  // namespace retrace::cli
