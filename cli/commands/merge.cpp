// SPDX-License-Identifier: Apache-2.0
// merge JOURNAL...: the shards of one run as one, as if it had not been cut.
#include "serializers/store/merge.h"

#include "cli/batch/run_output.h"
#include "serializers/store/store.h"

namespace retrace::cli {
namespace {

constexpr std::size_t kRowsACommit = 100'000;

void open_outputs(const BatchOptions& batch, const serializers::JournalHeader& header,
                  std::unique_ptr<serializers::Store>& store, std::optional<serializers::JournalWriter>& journal) {
  if (!batch.db.empty()) {
    store = std::make_unique<serializers::Store>(batch.db);
    store->begin_run(header, false);
  }
  if (batch.journal.empty()) return;
  auto opened = serializers::JournalWriter::open(batch.journal, header, false);
  if (!opened) throw std::runtime_error(opened.error().text());
  journal.emplace(std::move(*opened));
}

/// The plan of the whole: the shards' plans in order.
void write_plan(const std::vector<std::string>& paths, const std::vector<serializers::JournalMap>& maps,
                serializers::JournalWriter& journal) {
  serializers::merge_plans(paths, maps, [&](const serializers::Planned& file) { journal.plan(file); });
  journal.begin_run();
}

}  // namespace

int run_merge(Context& context) {
  const BatchOptions& batch = context.options.batch;
  std::vector<serializers::JournalMap> maps;
  const serializers::JournalHeader header = serializers::merge_header(context.options.files, maps);
  RunOutput output(context, true);
  std::unique_ptr<serializers::Store> store;
  std::optional<serializers::JournalWriter> journal;
  open_outputs(batch, header, store, journal);
  if (journal) write_plan(context.options.files, maps, *journal);
  output.begin({header.tool, header.options, header.files});
  bool complete = true;
  std::size_t rows = 0;
  serializers::merge_rows(context.options.files, maps,
                          {[&](const batch::Row& row, std::string_view line) {
                             output.take(row);
                             if (journal) journal->append(line);
                             if (store) store->put(row, std::string(line));
                             if (store && ++rows % kRowsACommit == 0) store->commit();
                           },
                           [&](const std::string& problem) {
                             context.log.error(problem);
                             complete = false;
                           }});
  output.end();
  if (store) complete ? store->finish_run() : store->commit();
  if (journal) complete ? journal->end() : journal->sync();
  const int status = output.finish(complete);
  return complete ? status : kTrouble;
}

}  // namespace retrace::cli
