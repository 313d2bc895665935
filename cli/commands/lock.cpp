// SPDX-License-Identifier: Apache-2.0
// lock PATH...: the hashes of a zoo, for `check --lock` and `batch --lock`.
#include <ostream>
#include <stdexcept>

#include "cli/batch/run_output.h"
#include "cli/batch/zoo_run.h"
#include "serializers/files/files.h"
#include "serializers/reports/clean_text.h"

namespace retrace::cli {
namespace {

class LockSink : public batch::RowSink {
 public:
  void take(const batch::Row& row) override {
    lock_.set(label(row), row.mode, locked(row));
    tally_.take(row);
  }
  [[nodiscard]] std::string text() const { return lock_.text(); }
  [[nodiscard]] std::string summary() const { return tally_.summary(); }

 private:
  verdict::Lock lock_;
  batch::Tally tally_;
};

}  // namespace

int run_lock(Context& context) {
  LockSink sink;
  const int status = ZooRun(context).run(sink);
  if (status != kSame) return status;
  context.environment.err << serializers::terminal_text(sink.summary());
  const std::string& path = context.options.batch.output;
  if (path.empty()) {
    context.environment.out << sink.text();
    return kSame;
  }
  if (auto done = serializers::write_atomically(path, sink.text()); !done)
    throw std::runtime_error(done.error().text());
  return kSame;
}

}  // namespace retrace::cli
