// SPDX-License-Identifier: Apache-2.0
// check FILE...: load, export, rebuild, re-export, hash, diff.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "cli/batch/question.h"
#include "cli/batch/run_output.h"
#include "cli/commands.h"
#include "cli/emitted.h"
#include "cli/inputs.h"
#include "cli/printer.h"
#include "core/base/failure.h"
#include "core/batch/row_of.h"
#include "serializers/files/content.h"
#include "serializers/files/files.h"
#include "serializers/reports/reports.h"

namespace retrace::cli {
namespace {

using serializers::NamedProgram;
using serializers::Report;
using serializers::Result;

std::string_view mode_name(exporter::Mode mode) { return mode == exporter::Mode::kStrict ? "strict" : "non-strict"; }

int status_of(Verdict verdict) {
  if (verdict == Verdict::kSame) return kSame;
  return verdict == Verdict::kTrouble ? kTrouble : kNotSame;
}

class Checker {
 public:
  Checker(Context& context, Question question)
      : context_(context),
        check_(std::move(question.check)),
        shapes_(std::move(question.shapes)),
        emitted_(context.options),
        printer_(context),
        reports_(serializers::write_reports(context.options.reports)) {
    check_.share = context.options.emit.empty();  // names in a shared program are those of the export before
    for (const auto& report : reports_)
      report->begin({RETRACE_VERSION, answer_options(context.options), context.options.files.size()});
    const std::string& path = context.options.lock;
    if (path.empty()) return;
    const bool starts = context.options.update_lock && !serializers::file_exists(path);
    lock_ = starts ? verdict::Lock() : read_lock(path);
  }

  int run() {
    for (const std::string& file : context_.options.files) run_file(file);
    if (lock_ && context_.options.update_lock)
      if (auto done = serializers::write_atomically(context_.options.lock, lock_->text()); !done)
        throw std::runtime_error(done.error().text());
    for (const auto& report : reports_) report->end();
    if (!context_.options.emit.empty())
      if (auto done = emitted_.remove_others(); !done) throw std::runtime_error(done.error().text());
    return status_;
  }

 private:
  void run_file(const std::string& file) {
    const std::int64_t start = context_.environment.now_ns();
    row_.content.clear();
    auto programs = load_with_content(file);
    const std::int64_t read_ns = context_.environment.now_ns() - start;
    const auto& modes = context_.options.modes;
    start_rows(file, modes.size() * (programs ? programs->size() : 1));
    if (!programs) {
      Report report;
      report.file = file;
      report.trouble = programs.error().text();
      for (const exporter::Mode mode : modes) take_row(row_of(report, nullptr, mode));
      return finish(report, nullptr);
    }
    const bool only_result = context_.options.files.size() * programs->size() * modes.size() == 1;
    for (const NamedProgram& program : *programs) {
      std::optional<CheckResult> before;  // in the mode before this one
      for (const exporter::Mode mode : modes) {
        Report report;
        report.file = file;
        report.program = program.name;
        report.mode = mode_name(mode);
        report.read_ns = read_ns;
        run_program(program.program, mode, report);
        compare_modes(report, before);
        batch::Row row;
        if (lock_ || !reports_.empty()) row = row_of(report, &program.program, mode);
        if (!context_.options.emit.empty()) run_emit(report, only_result);
        finish(report, &program.program);
        if (lock_) run_lock(row);
        take_row(std::move(row));
        before = std::move(report.result);
      }
    }
  }

  /// Reports want the content's digest too; a pipe can be read only once.
  Result<std::vector<NamedProgram>> load_with_content(const std::string& file) {
    if (reports_.empty() || file == "-") return load(file, context_);
    auto content = serializers::read_content(file, 0);
    if (!content) return tl::unexpected(content.error());
    row_.content = content->digest;
    return serializers::load(std::move(content->input), context_.options.model);
  }

  /// Modes come non-strict first.
  void compare_modes(Report& report, const std::optional<CheckResult>& before) {
    if (!before || !report.trouble.empty()) return;
    if (auto note = mode_disagreement(*before, report.result, context_.options.level))
      report.result.notes.push_back(std::move(*note));
  }

  void run_program(const ir::Program& program, exporter::Mode mode, Report& report) {
    const std::int64_t start = context_.environment.now_ns();
    check_.mode = mode;
    try {
      report.result = check(program, check_);
    } catch (const Failure& failure) {
      report.trouble = fmt::format("{}: {}{}", label(report), check_.inputs.empty() ? "" : "--input: ", failure.what());
    } catch (const std::exception& error) {
      report.trouble = fmt::format("{}: a bug of retrace: {}", label(report), error.what());
    }
    CheckResult& result = report.result;
    if (result.verdict == Verdict::kSame && !agrees_at(result, context_.options.level))
      result.verdict = Verdict::kDiffers;
    report.total_ns = report.read_ns + context_.environment.now_ns() - start;
  }

  /// What the rows of a file have in common.
  void start_rows(const std::string& file, std::size_t rows) {
    row_.index = next_file_++;
    row_.path = file;
    row_.shapes = shapes_;
    row_.part = 0;
    row_.parts = static_cast<std::uint32_t>(rows);
  }

  batch::Row row_of(const Report& report, const ir::Program* program, exporter::Mode mode) const {
    batch::Row row = row_;
    row.program = report.program;
    row.mode = mode;
    if (report.trouble.empty())
      batch::fill_row(row, *program, report.result, context_.options.level);
    else
      batch::fill_trouble(row, program == nullptr ? batch::Trouble::kUnreadable : batch::Trouble::kBug, report.trouble);
    if (context_.options.timing) row.timing = {report.read_ns, report.total_ns, report.result.timing};
    return row;
  }

  void take_row(batch::Row row) {
    row.part = row_.part++;
    for (const auto& report : reports_) report->take(row);
  }

  void run_lock(batch::Row& row) {
    if (context_.options.update_lock) return lock_->set(label(row), row.mode, locked(row));
    row.lock_message = lock_->compare(label(row), row.mode, locked(row));
    if (row.lock_message.empty()) return;
    context_.log.error(
        fmt::format("{}: {} ({}): {}", context_.options.lock, label(row), mode_name(row.mode), row.lock_message));
    status_ = std::max(status_, kNotSame);
  }

  void run_emit(Report& report, bool only_result) {
    const auto done = emitted_.write(report, only_result);
    if (done) return;
    report.trouble = done.error().text();
    report.result.verdict = Verdict::kTrouble;
  }

  void finish(const Report& report, const ir::Program* recorded) {
    printer_.print(report, recorded);
    status_ = std::max(status_, status_of(report.result.verdict));
  }

  Context& context_;
  CheckOptions check_;
  std::string shapes_;
  Emitted emitted_;
  Printer printer_;
  std::vector<std::unique_ptr<batch::RowSink>> reports_;
  std::optional<verdict::Lock> lock_;
  batch::Row row_;  // of the file at hand
  std::uint64_t next_file_ = 0;
  int status_ = kSame;
};

}  // namespace

int run_check(Context& context) {
  auto asked = question(context);
  if (!asked) {
    context.log.error(asked.error().text());
    return kTrouble;
  }
  return Checker(context, std::move(*asked)).run();
}

}  // namespace retrace::cli
