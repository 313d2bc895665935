// SPDX-License-Identifier: Apache-2.0
// diff A B: two saved programs, no export.
#include "core/diff/diff.h"

#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/printer.h"

namespace retrace::cli {
namespace {

using serializers::Report;

ExportReport side(ir::Program program) {
  ExportReport out;
  out.hashes = hashes(program);
  out.program = std::make_shared<const ir::Program>(std::move(program));
  return out;
}

void compare(Context& context, Report& report) {
  CheckResult& result = report.result;
  const std::int64_t start = context.environment.now_ns();
  for (const std::string& file : context.options.files) {
    auto program = load_one(file, context);
    if (!program) {
      report.trouble = program.error().text();
      return;
    }
    const std::int64_t loaded = context.environment.now_ns();
    result.exports.push_back(side(std::move(program->program)));
    result.timing.hash_ns += context.environment.now_ns() - loaded;
  }
  const std::int64_t hashed = context.environment.now_ns();
  report.read_ns = hashed - start - result.timing.hash_ns;
  result.drift = diff::compare(*result.exports[0].program, *result.exports[1].program);
  const std::int64_t end = context.environment.now_ns();
  result.timing.diff_ns = end - hashed;
  report.total_ns = end - start;
  result.verdict = result.drift->equal_at(context.options.level) ? Verdict::kSame : Verdict::kDiffers;
}

}  // namespace

int run_diff(Context& context) {
  Report report;
  report.file = context.options.files[0];
  report.other = context.options.files[1];
  Printer printer(context);
  compare(context, report);
  printer.print(report);
  if (report.result.verdict == Verdict::kTrouble) return kTrouble;
  return report.result.verdict == Verdict::kSame ? kSame : kNotSame;
}

}  // namespace retrace::cli
