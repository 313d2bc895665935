// SPDX-License-Identifier: Apache-2.0
// normalize SPEC --program FILE: the positional tuple that the re-export needs, in PyTorch's JSON form.
#include "core/bind/normalize.h"

#include <fmt/format.h>

#include <ostream>

#include "cli/commands.h"
#include "cli/inputs.h"
#include "core/base/failure.h"
#include "serializers/spec/spec_reader.h"
#include "serializers/spec/spec_writer.h"

namespace retrace::cli {
namespace {

int fail(Context& context, const std::string& message) {
  context.log.error(message);
  return kTrouble;
}

}  // namespace

int run_normalize(Context& context) {
  const Options& options = context.options;
  auto text = read_text(options.spec, context.environment);
  if (!text) return fail(context, text.error().text());
  const auto spec = serializers::read_spec(*text, options.spec);
  if (!spec) return fail(context, spec.error().text());
  const auto program = load_one(options.files[0], context);
  if (!program) return fail(context, program.error().text());
  try {
    const bind::Normalized normalized = bind::normalize(*spec, program->program);
    context.environment.out << serializers::write_spec(normalized.spec);
    for (std::size_t i = 0; i < normalized.arguments.size() && !options.quiet; ++i)
      context.log.info(
          fmt::format("{} -> entry {}{}", normalized.arguments[i], i, normalized.given[i] ? "" : " (not given: null)"));
  } catch (const Failure& failure) {
    return fail(context, fmt::format("{}: {}", options.spec, failure.what()));
  }
  return kSame;
}

}  // namespace retrace::cli
