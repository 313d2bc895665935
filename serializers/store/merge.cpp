// SPDX-License-Identifier: Apache-2.0
#include "serializers/store/merge.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <queue>
#include <stdexcept>
#include <tuple>

#include "serializers/store/row_json.h"

namespace retrace::serializers {
namespace {

using batch::Row;

/// A sorted part of a journal, at its next row. Plans count as runs of rows without content.
struct Source {
  LineReader lines;
  std::uint32_t shard;
  std::uint32_t run;  // later ones replace earlier ones
  bool plan;
  std::uint64_t index = 0;
  std::uint32_t part = 0;
  std::string line;
  std::string path;  // of a plan
};

std::uint64_t number_after(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  std::uint64_t out = 0;
  if (at == std::string_view::npos) return out;
  for (std::size_t i = at + key.size(); i < line.size() && line[i] >= '0' && line[i] <= '9'; ++i)
    out = out * 10 + static_cast<std::uint64_t>(line[i] - '0');
  return out;
}

/// To the next row or plan; false: this part of the journal is over.
bool advance(Source& source) {
  std::string_view line;
  if (!source.lines.next(line)) return false;
  if (source.plan) {
    const auto planned = planned_of(line);
    if (!planned) return false;
    source.index = planned->index;
    source.path = planned->path;
    return true;
  }
  if (!is_row(line)) return false;
  source.line.assign(line);
  source.index = number_after(line, "\"index\":");
  source.part = static_cast<std::uint32_t>(number_after(line, "\"part\":"));
  return true;
}

/// By file, the plan first, then by part, and of one part the latest run last.
struct Later {
  bool operator()(const Source* a, const Source* b) const {
    const auto key = [](const Source& s) { return std::tuple(s.index, !s.plan, s.part, s.shard, s.run); };
    return key(*a) > key(*b);
  }
};

/// Rows of one file as they come; says what is wrong with them when the next file begins.
class OneFile {
 public:
  explicit OneFile(const MergeEvents& events) : events_(events) {}

  void plan(const Source& source) {
    if (planned_)
      events_.problem(fmt::format("{} is doubled: planned by shards {} and {}", path_, shard_, source.shard));
    planned_ = true;
    path_ = source.path;
    shard_ = source.shard;
  }

  void row(Source& source) {
    if (const auto at = rows_.find(source.part); at != rows_.end() && at->second.first != source.shard)
      events_.problem(fmt::format("{} is doubled: answered by shards {} and {}", path_.empty() ? "a file" : path_,
                                  at->second.first, source.shard));
    rows_[source.part] = {source.shard, std::move(source.line)};
  }

  void finish() {
    std::uint32_t parts = 1;
    std::erase_if(rows_, [&](const auto& entry) {
      const auto row = row_from_json(entry.second.second);
      if (!row) return true;  // a damaged line is no result
      parts = row->parts;
      if (entry.first < parts) events_.row(*row, entry.second.second);
      return false;
    });
    for (std::uint32_t part = 0; part < parts; ++part)
      if (!rows_.contains(part))
        events_.problem(fmt::format("{} is missing: shard {} has no result {} of {}", path_, shard_, part + 1, parts));
    rows_.clear();
    planned_ = false;
    path_.clear();
  }

 private:
  const MergeEvents& events_;
  bool planned_ = false;
  std::string path_;
  std::uint32_t shard_ = 0;
  std::map<std::uint32_t, std::pair<std::uint32_t, std::string>> rows_;
};

using Sources = std::vector<std::unique_ptr<Source>>;
using Queue = std::priority_queue<Source*, std::vector<Source*>, Later>;

void open_source(const std::string& path, const JournalMap& map, std::uint64_t offset, std::uint32_t run, bool plan,
                 Sources& out) {
  auto source =
      std::make_unique<Source>(Source{LineReader(path, offset), map.header.shard.number, run, plan, 0, 0, {}, {}});
  if (!source->lines.good()) throw std::runtime_error(path + ": cannot be opened");
  if (advance(*source)) out.push_back(std::move(source));
}

void open_sources(const std::string& path, const JournalMap& map, Sources& out) {
  open_source(path, map, map.plan_offset, 0, true, out);
  for (std::uint32_t run = 0; run < map.runs.size(); ++run) open_source(path, map, map.runs[run], run, false, out);
}

/// A plan and at least one run a shard are open at once.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

JournalHeader merge_header(const std::vector<std::string>& paths, std::vector<JournalMap>& maps) {
  for (const std::string& path : paths) {
    auto map = map_journal(path);
    if (!map) throw std::runtime_error(map.error().text());
    if (!*map) throw std::runtime_error(path + ": no journal, or it ends before its header");
    const JournalHeader& first = maps.empty() ? (*map)->header : maps.front().header;
    const JournalHeader& header = (*map)->header;
    if (std::tie(first.tool, first.options, first.zoo, first.shard.count) !=
        std::tie(header.tool, header.options, header.zoo, header.shard.count))
      throw std::runtime_error(
          fmt::format("{} and {} are not shards of one run: another version, options or zoo", paths.front(), path));
    maps.push_back(std::move(**map));
  }
  JournalHeader out = maps.front().header;
  out.shard = {};
  return out;
}

void merge_plans(const std::vector<std::string>& paths, const std::vector<JournalMap>& maps,
                 const std::function<void(const Planned&)>& take) {
  allow_many_files();
  Sources sources;
  for (std::size_t i = 0; i < paths.size(); ++i) open_source(paths[i], maps[i], maps[i].plan_offset, 0, true, sources);
  Queue queue;
  for (const auto& source : sources) queue.push(source.get());
  while (!queue.empty()) {
    Source* source = queue.top();
    queue.pop();
    take({source->index, source->path});
    if (advance(*source)) queue.push(source);
  }
}

void merge_rows(const std::vector<std::string>& paths, const std::vector<JournalMap>& maps, const MergeEvents& events) {
  allow_many_files();
  Sources sources;
  std::uint64_t planned = 0;
  std::vector<bool> there(maps.front().header.shard.count + 1);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    open_sources(paths[i], maps[i], sources);
    const std::uint32_t shard = maps[i].header.shard.number;
    if (there[shard]) events.problem(fmt::format("shard {} is given twice, also by {}", shard, paths[i]));
    there[shard] = true;
    planned += maps[i].planned;
    if (!maps[i].plan_complete) events.problem(fmt::format("{}: the plan is cut short", paths[i]));
  }
  for (std::size_t shard = 1; shard < there.size(); ++shard)
    if (!there[shard]) events.problem(fmt::format("shard {} of {} is missing", shard, there.size() - 1));
  Queue queue;
  for (const auto& source : sources) queue.push(source.get());
  OneFile file(events);
  for (std::uint64_t index = queue.empty() ? 0 : queue.top()->index; !queue.empty();) {
    Source* source = queue.top();
    queue.pop();
    if (source->index != index) file.finish();
    index = source->index;
    source->plan ? file.plan(*source) : file.row(*source);
    if (advance(*source)) queue.push(source);
    if (queue.empty()) file.finish();
  }
  if (const std::uint64_t files = maps.front().header.files; planned != files)
    events.problem(
        fmt::format("{} of the zoo's {} files are in no journal", files > planned ? files - planned : 0, files));
}

}  // namespace retrace::serializers
