// SPDX-License-Identifier: Apache-2.0
// worker: checks the programs that batch names on standard input (cli/batch/worker_process.h has the protocol).
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <istream>
#include <new>
#include <ostream>
#include <thread>

#include "cli/batch/question.h"
#include "cli/batch/worker_process.h"
#include "cli/commands.h"
#include "core/batch/row_of.h"
#include "serializers/files/content.h"
#include "serializers/store/row_json.h"

namespace retrace::cli {
namespace {

using batch::Row;
using batch::Trouble;

constexpr std::int64_t kFlushInterval = 20'000'000;

void limit_memory(std::uint64_t mebibytes) {
  if (mebibytes == 0) return;
  const rlim_t bytes = mebibytes << 20;
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_AS, &limit);
}

/// Ends this process when the one that started it is gone, even in the middle of a check.
void end_with_parent() {
  std::thread([] {
    pollfd hangup{STDIN_FILENO, POLLRDHUP, 0};
    while (::poll(&hangup, 1, -1) < 0) continue;
    ::_exit(0);
  }).detach();
}

class Worker {
 public:
  Worker(Context& context, Question base) : context_(context), base_(std::move(base)) {}

  void run() {
    context_.environment.in.tie(nullptr);  // reading a request flushes no answer
    for (std::string text; std::getline(context_.environment.in, text, '\0');) {
      auto request = WorkerRequest::parse(text);
      if (!request) continue;
      request_ = std::move(*request);
      run_file(request_.path);
      context_.environment.out << "D\n";
      if (!request_.more) flush(context_.environment.now_ns());
    }
  }

 private:
  [[nodiscard]] bool is_asked(const Row& row) const { return row.part >= request_.skip && row.part < request_.until; }

  void run_file(const std::string& path) {
    const std::int64_t start = context_.environment.now_ns();
    auto asked = question_for(base_, path);
    question_ = asked ? std::move(*asked) : base_;
    Row row;
    row.parts = static_cast<std::uint32_t>(question_.modes.size());
    row.shapes = question_.shapes;
    row.mode = question_.modes.front();
    announce('L', row);
    if (!asked) return no_answer(row, Trouble::kUnreadable, asked.error());
    try {
      auto content = serializers::read_content(path, context_.options.batch.max_bytes);
      if (!content) return no_answer(row, Trouble::kUnreadable, content.error());
      row.content = content->digest;
      auto programs = serializers::load(std::move(content->input), context_.options.model);
      read_ns_ = context_.environment.now_ns() - start;
      if (!programs) return no_answer(row, Trouble::kUnreadable, programs.error());
      run_programs(row, *programs);
    } catch (const std::bad_alloc&) {
      no_answer(row, Trouble::kMemoryLimit, {"", "", "not enough memory to read the file"});
    }
  }

  void run_programs(Row& row, const std::vector<serializers::NamedProgram>& programs) {
    row.parts *= static_cast<std::uint32_t>(programs.size());
    for (const auto& program : programs) {
      row.program = program.name;
      for (const exporter::Mode mode : question_.modes) {
        row.mode = mode;
        if (is_asked(row)) run_program(row, program.program);
        ++row.part;
      }
    }
  }

  void run_program(Row row, const ir::Program& program) {
    announce('A', row);
    const std::int64_t start = context_.environment.now_ns();
    question_.check.mode = row.mode;
    try {
      const CheckResult result = check(program, question_.check);
      batch::fill_row(row, program, result, context_.options.level);
      if (context_.options.timing)
        row.timing = batch::RowTiming{read_ns_, read_ns_ + context_.environment.now_ns() - start, result.timing};
    } catch (const std::bad_alloc&) {
      batch::fill_trouble(row, Trouble::kMemoryLimit, "not enough memory for the check");
    } catch (const std::exception& error) {
      batch::fill_trouble(row, Trouble::kBug, fmt::format("a bug of retrace: {}", error.what()));
    }
    answer(row);
  }

  /// A row for each mode, as if the file held one program.
  void no_answer(Row row, Trouble trouble, const serializers::LoadError& error) {
    row.parts = static_cast<std::uint32_t>(question_.modes.size());
    for (row.part = 0; row.part < row.parts; ++row.part) {
      row.mode = question_.modes[row.part];
      batch::fill_trouble(row, trouble, (error.place.empty() ? "" : "at " + error.place + ": ") + error.reason);
      if (is_asked(row)) answer(row);
    }
  }

  /// What we are at, for whoever finds us dead or late. The newline ends it: what follows is of a longer one before.
  void announce(char kind, const Row& row) {
    const std::int64_t now = context_.environment.now_ns();
    if (now - flushed_ns_ > kFlushInterval) flush(now);
    const std::string at =
        fmt::format("{} {} {}{}\n", now, request_.number, kind, serializers::row_to_json(row, false));
    [[maybe_unused]] const ssize_t written = ::pwrite(kStatusFd, at.data(), at.size(), 0);
  }

  void flush(std::int64_t now) {
    context_.environment.out.flush();
    flushed_ns_ = now;
  }

  void answer(const Row& row) { context_.environment.out << 'R' << serializers::row_to_json(row, false) << '\n'; }

  Context& context_;
  Question base_;
  Question question_;
  WorkerRequest request_;
  std::int64_t flushed_ns_ = 0;
  std::int64_t read_ns_ = 0;
};

}  // namespace

int run_worker(Context& context) {
  auto base = question(context);
  if (!base) {
    context.log.error(base.error().text());
    return kTrouble;
  }
  end_with_parent();
  limit_memory(context.options.batch.max_memory);
  Worker(context, std::move(*base)).run();
  return kSame;
}

}  // namespace retrace::cli
