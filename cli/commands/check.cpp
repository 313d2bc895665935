// SPDX-License-Identifier: Apache-2.0
// check FILE...: load, export, rebuild, re-export, hash, diff.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "cli/batch/question.h"
#include "cli/batch/run_output.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/printer.h"
#include "core/batch/row_of.h"
#include "serializers/files/files.h"
#include "serializers/program/json_writer.h"

namespace retrace::cli {
namespace {

using serializers::NamedProgram;
using serializers::Report;
using serializers::Result;

std::string_view mode_name(exporter::Mode mode) { return mode == exporter::Mode::kStrict ? "strict" : "non-strict"; }

/// The lock file's entry of a result.
verdict::Locked locked_now(const ir::Program& program, const CheckResult& result, identity::Level level) {
  batch::Row row;
  batch::fill_row(row, program, result, level);
  return locked(row);
}

/// Where the exports of one result go: the directory itself, or one of its own where there are several results.
std::string emit_directory(const Options& options, const Report& report, bool only_result) {
  if (only_result) return options.emit;
  std::string name = label(report);
  std::replace(name.begin(), name.end(), '/', '_');
  return fmt::format("{}/{}.{}", options.emit, name, report.mode);
}

/// Writes the exports that there are, and removes those of an earlier run that there no longer are.
Result<void> emit(const std::string& directory, const CheckResult& result) {
  if (auto made = serializers::make_directory(directory); !made) return made;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string path = fmt::format("{}/export{}.json", directory, i + 1);
    const bool there = i < result.exports.size() && result.exports[i].program;
    auto done = there ? serializers::write_atomically(path, serializers::write_program(*result.exports[i].program))
                      : serializers::remove_file(path);
    if (!done) return done;
  }
  return {};
}

int status_of(Verdict verdict) {
  if (verdict == Verdict::kSame) return kSame;
  return verdict == Verdict::kTrouble ? kTrouble : kNotSame;
}

class Checker {
 public:
  Checker(Context& context, CheckOptions check) : context_(context), check_(std::move(check)), printer_(context) {
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
    return status_;
  }

 private:
  void run_file(const std::string& file) {
    const std::int64_t start = context_.environment.now_ns();
    auto programs = serializers::load(input(file, context_.environment), context_.options.model);
    const std::int64_t read_ns = context_.environment.now_ns() - start;
    if (!programs) {
      Report report;
      report.file = file;
      report.trouble = programs.error().text();
      return finish(report, nullptr);
    }
    const auto& modes = context_.options.modes;
    const bool only_result = context_.options.files.size() * programs->size() * modes.size() == 1;
    for (const NamedProgram& program : *programs)
      for (const exporter::Mode mode : modes) {
        Report report;
        report.file = file;
        report.program = program.name;
        report.mode = mode_name(mode);
        report.read_ns = read_ns;
        run_program(program.program, mode, report);
        if (!context_.options.emit.empty()) run_emit(report, only_result);
        finish(report, &program.program);
        if (lock_) run_lock(report, program.program, mode);
      }
  }

  void run_program(const ir::Program& program, exporter::Mode mode, Report& report) {
    const std::int64_t start = context_.environment.now_ns();
    check_.mode = mode;
    try {
      report.result = check(program, check_);
    } catch (const std::exception& error) {
      report.trouble = fmt::format("{}: a bug of retrace: {}", label(report), error.what());
    }
    CheckResult& result = report.result;
    if (result.verdict == Verdict::kSame && result.drift && !equal_at(*result.drift, context_.options.level))
      result.verdict = Verdict::kDiffers;
    report.total_ns = report.read_ns + context_.environment.now_ns() - start;
  }

  void run_lock(const Report& report, const ir::Program& program, exporter::Mode mode) {
    const verdict::Locked now = locked_now(program, report.result, context_.options.level);
    if (context_.options.update_lock) return lock_->set(label(report), mode, now);
    const std::string message = lock_->compare(label(report), mode, now);
    if (message.empty()) return;
    context_.log.error(fmt::format("{}: {} ({}): {}", context_.options.lock, label(report), report.mode, message));
    status_ = std::max(status_, kNotSame);
  }

  void run_emit(Report& report, bool only_result) {
    const auto done = emit(emit_directory(context_.options, report, only_result), report.result);
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
  Printer printer_;
  std::optional<verdict::Lock> lock_;
  int status_ = kSame;
};

}  // namespace

int run_check(Context& context) {
  auto asked = question(context);
  if (!asked) {
    context.log.error(asked.error().text());
    return kTrouble;
  }
  return Checker(context, std::move(asked->check)).run();
}

}  // namespace retrace::cli
