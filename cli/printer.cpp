// SPDX-License-Identifier: Apache-2.0
#include "cli/printer.h"

#include <ostream>

#include "cli/put_line.h"
#include "serializers/reports/json.h"
#include "serializers/reports/text.h"

namespace retrace::cli {
namespace {

bool use_color(const Context& context) {
  if (context.options.color != Color::kAuto) return context.options.color == Color::kAlways;
  const auto variable = [&](const char* name) { return context.environment.variable(name).value_or(""); };
  return context.environment.out_is_terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

}  // namespace

Printer::Printer(Context& context) : context_(context) {
  if (context_.options.format == Format::kJson) context_.environment.out << R"({"schema_version": 1, "results": [)";
}

Printer::~Printer() {
  if (context_.options.format == Format::kJson) context_.environment.out << "]}\n";
}

void Printer::print_json(const std::string& object) {
  context_.environment.out << (first_ ? "\n" : ",\n") << object << std::flush;
  first_ = false;
}

void Printer::print(const serializers::Report& report, const ir::Program* recorded) {
  const Options& options = context_.options;
  if (!report.trouble.empty()) context_.log.error(report.trouble);
  if (options.format == Format::kJson) return print_json(serializers::to_json(report, options.timing));
  if (!report.trouble.empty()) return;  // as grep and diff do, on standard error only
  const serializers::TextStyle style{use_color(context_), options.quiet, options.timing, options.level};
  context_.environment.out << serializers::to_text(report, style, recorded) << std::flush;
}

void Printer::print_hashes(const std::string& file, const std::string& program, const Hashes& hashes) {
  if (context_.options.format == Format::kJson) return print_json(serializers::hashes_to_json(file, program, hashes));
  put_line(context_.environment.out, "{}  {}{}", hash::to_hex(digest_at(hashes, context_.options.level)), file,
           program.empty() ? "" : "#" + program);
  context_.environment.out.flush();
}

void Printer::print_trouble(const std::string& file, const std::string& message) {
  context_.log.error(message);
  if (context_.options.format == Format::kJson) print_json(serializers::trouble_to_json(file, message));
}

const hash::Digest& digest_at(const Hashes& hashes, identity::Level level) {
  if (level == identity::Level::kExact) return hashes.exact;
  return level == identity::Level::kDataflow ? hashes.dataflow : hashes.symbolic;
}

}  // namespace retrace::cli
