// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/run_output.h"

#include <fmt/format.h>

#include <ostream>
#include <stdexcept>

#include "cli/put_line.h"
#include "serializers/files/files.h"
#include "serializers/reports/github.h"
#include "serializers/reports/markdown.h"
#include "serializers/reports/report.h"
#include "serializers/store/row_json.h"

namespace retrace::cli {
namespace {

using batch::Expected;
using batch::Row;

std::string read(const std::string& path) {
  auto text = serializers::read_file(path);
  if (!text) throw std::runtime_error(text.error().text());
  return std::move(*text);
}

void write(const std::string& path, const std::string& text) {
  if (auto done = serializers::write_atomically(path, text); !done) throw std::runtime_error(done.error().text());
}

void print_text(std::ostream& out, const Row& row) {
  std::string why;
  if (row.expected == Expected::kFailure) why += ", as expected";
  if (row.expected == Expected::kUnexpectedPass) why += ", but was expected to fail";
  if (row.expected != Expected::kPlain && !row.expected_reason.empty()) why += ": " + row.expected_reason;
  put_line(out, "{}: {} ({}){}", label(row), verdict_name(row.verdict), batch::mode_name(row.mode), why);
  if (const batch::Finding& f = row.finding; !f.rule.empty())
    put_line(out, "  {}{}{}: {}", f.rule, f.node.empty() ? "" : " at " + f.node,
             f.operator_name.empty() ? "" : " (" + f.operator_name + ")", serializers::first_line(f.message));
  if (!row.lock_message.empty()) put_line(out, "  lock: {}", row.lock_message);
}

}  // namespace

verdict::Locked locked(const Row& row) {
  const auto text = [](const std::optional<Hashes>& hashes) {
    return hashes ? hash::to_hex(hashes->symbolic) : std::string("-");
  };
  return {std::string(verdict_name(row.verdict)), text(row.recorded_hashes),
          row.exports.empty() ? "-" : text(row.exports.back().hashes)};
}

verdict::Lock read_lock(const std::string& path) {
  std::string error;
  auto lock = verdict::Lock::parse(read(path), error);
  if (!lock) throw std::runtime_error(path + ": " + error);
  return std::move(*lock);
}

RunOutput::RunOutput(Context& context, bool whole_zoo) : context_(context), whole_zoo_(whole_zoo) {
  const Options& options = context.options;
  if (const std::string& path = options.batch.xfail; !path.empty()) {
    std::string error;
    const bool none = options.batch.update_xfail && !serializers::file_exists(path);
    expected_ = verdict::ExpectedFailures::parse(none ? "" : read(path), error);
    if (!expected_) throw std::runtime_error(path + ": " + error);
  }
  sinks_ = serializers::write_reports(options.reports);
  const auto print = [&out = context.environment.out](const std::string& text) { out << text; };
  if (options.format == Format::kMarkdown) add(std::make_unique<serializers::MarkdownReport>(print));
  if (options.format == Format::kGithub) add(std::make_unique<serializers::GithubReport>(print));
  if (options.lock.empty()) return;
  const bool renews = options.update_lock && (whole_zoo_ || !serializers::file_exists(options.lock));
  lock_ = renews ? verdict::Lock() : read_lock(options.lock);
}

void RunOutput::begin(const batch::RunInfo& info) {
  if (context_.options.format == Format::kJson) context_.environment.out << R"({"schema_version": 1, "results": [)";
  for (const auto& sink : sinks_) sink->begin(info);
}

void RunOutput::take(const Row& plain) {
  Row row = plain;
  if (expected_) expect(row);
  if (lock_) compare_lock(row);
  tally_.take(row);
  print(row);
  for (const auto& sink : sinks_) sink->take(row);
}

void RunOutput::end() {
  if (context_.options.format == Format::kJson) context_.environment.out << "]}\n";
  for (const auto& sink : sinks_) sink->end();
  context_.environment.out.flush();
}

void RunOutput::expect(Row& row) {
  const bool passed = row.verdict == Verdict::kSame;
  const auto* entry = expected_->find(label(row), row.mode, passed);
  if (entry != nullptr) {
    row.expected = passed ? Expected::kUnexpectedPass : Expected::kFailure;
    row.expected_reason = entry->reason;
  }
  if (!context_.options.batch.update_xfail) return;
  if (!passed) expected_->add_failure(label(row), row.mode, entry != nullptr ? entry->reason : row.finding.rule);
  row.expected = passed ? Expected::kPlain : Expected::kFailure;
}

void RunOutput::compare_lock(Row& row) {
  if (context_.options.update_lock)
    lock_->set(label(row), row.mode, locked(row));
  else
    row.lock_message = lock_->compare(label(row), row.mode, locked(row));
}

void RunOutput::print(const Row& row) {
  const Options& options = context_.options;
  std::ostream& out = context_.environment.out;
  if (options.format == Format::kJsonl) out << serializers::row_to_json(row, true) << '\n';
  if (options.format == Format::kJson) out << (first_ ? "\n" : ",\n") << serializers::row_to_json(row, true);
  first_ = false;
  if (options.format != Format::kText || (options.quiet && !fails_run(row))) return;
  print_text(out, row);
}

void RunOutput::report_unused() {
  if (!whole_zoo_) return;
  if (expected_ && !context_.options.batch.update_xfail)
    for (const auto* entry : expected_->unused()) {
      context_.log.error(fmt::format("{}: no program matches '{}' ({})", context_.options.batch.xfail, entry->pattern,
                                     batch::mode_name(entry->mode)));
      tally_.raise_status(kNotSame);
    }
  if (lock_ && !context_.options.update_lock)
    for (const std::string& name : lock_->unseen()) {
      context_.log.error(fmt::format("{}: {} is locked, but was not checked", context_.options.lock, name));
      tally_.raise_status(kNotSame);
    }
}

void RunOutput::update_files() {
  if (expected_ && context_.options.batch.update_xfail) write(context_.options.batch.xfail, expected_->updated());
  if (lock_ && context_.options.update_lock) write(context_.options.lock, lock_->text());
}

int RunOutput::finish(bool complete) {
  if (complete) {
    report_unused();
    update_files();
  }
  context_.environment.err << serializers::terminal_text(tally_.summary()) << std::flush;
  return tally_.status();
}

}  // namespace retrace::cli
