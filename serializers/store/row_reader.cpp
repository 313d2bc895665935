// SPDX-License-Identifier: Apache-2.0
// A row from its line.
#include <simdjson.h>

#include <array>

#include "core/batch/row_of.h"
#include "serializers/reports/report.h"
#include "serializers/store/row_json.h"

namespace retrace::serializers {
namespace {

using batch::Row;
using simdjson::dom::element;
using simdjson::dom::object;

std::string text(const object& in, std::string_view key) {
  std::string_view out;
  return in[key].get(out) == simdjson::SUCCESS ? std::string(out) : std::string();
}

std::int64_t integer(const object& in, std::string_view key) {
  std::int64_t out = 0;
  return in[key].get(out) == simdjson::SUCCESS ? out : 0;
}

bool truth(const object& in, std::string_view key) {
  bool out = false;
  return in[key].get(out) == simdjson::SUCCESS && out;
}

std::optional<object> child(const object& in, std::string_view key) {
  object out;
  return in[key].get(out) == simdjson::SUCCESS ? std::optional(out) : std::nullopt;
}

template <typename F>
void each(const object& in, std::string_view key, F&& f) {
  simdjson::dom::array out;
  if (in[key].get(out) != simdjson::SUCCESS) return;
  for (const element e : out) f(e);
}

template <typename T, std::size_t N, typename Name>
T named(const std::string& word, const std::array<T, N>& all, Name&& name) {
  for (const T one : all)
    if (word == name(one)) return one;
  return all.front();
}

std::optional<Hashes> hashes(const object& in) {
  const auto hash = child(in, "hash");
  if (!hash) return std::nullopt;
  const auto digest = [&](std::string_view key) { return hash::from_hex(text(*hash, key)); };
  return Hashes{digest("exact"), digest("dataflow"), digest("symbolic")};
}

std::optional<batch::Levels> levels(const object& in) {
  const auto equal = child(in, "equal");
  if (!equal) return std::nullopt;
  return batch::Levels{truth(*equal, "exact"), truth(*equal, "dataflow"), truth(*equal, "symbolic")};
}

std::vector<diff::Difference> differences(const object& in) {
  using identity::Level;
  constexpr std::array kLevels{Level::kExact, Level::kDataflow, Level::kSymbolic};
  std::vector<diff::Difference> out;
  each(in, "differences", [&](const element& e) {
    const object d = e;
    out.push_back({text(d, "rule"), named(text(d, "level"), kLevels, level_name), text(d, "where_a"),
                   text(d, "where_b"), text(d, "a"), text(d, "b"), static_cast<std::size_t>(integer(d, "count"))});
  });
  return out;
}

std::vector<std::string> lines(const object& in, std::string_view key) {
  std::vector<std::string> out;
  each(in, key, [&](const element& e) { out.emplace_back(std::string_view(e)); });
  return out;
}

void read_place(const object& in, Row& row) {
  row.index = static_cast<std::uint64_t>(integer(in, "index"));
  row.part = static_cast<std::uint32_t>(integer(in, "part"));
  row.parts = static_cast<std::uint32_t>(integer(in, "parts"));
  row.path = text(in, "file");
  row.program = text(in, "program");
  row.content = text(in, "content");
  row.shapes = text(in, "shapes");
  row.mode = text(in, "mode") == "strict" ? exporter::Mode::kStrict : exporter::Mode::kNonStrict;
}

void read_exports(const object& in, Row& row) {
  each(in, "exports", [&](const element& e) {
    const object o = e;
    row.exports.push_back({truth(o, "ok"), hashes(o), text(o, "stage"), text(o, "rule"), text(o, "node"),
                           text(o, "type"), text(o, "message")});
  });
}

void read_timing(const object& in, Row& row) {
  const auto t = child(in, "timing");
  if (!t) return;
  row.timing = batch::RowTiming{integer(*t, "read_ns"),
                                integer(*t, "total_ns"),
                                {integer(*t, "export1_ns"), integer(*t, "rebuild_ns"), integer(*t, "export2_ns"),
                                 integer(*t, "hash_ns"), integer(*t, "diff_ns")}};
}

void read_answer(const object& in, Row& row) {
  using batch::Trouble;
  constexpr std::array kVerdicts{Verdict::kTrouble, Verdict::kSame, Verdict::kDiffers, Verdict::kFails};
  constexpr std::array kTroubles{Trouble::kNone,  Trouble::kUnreadable, Trouble::kBug,
                                 Trouble::kCrash, Trouble::kTimeLimit,  Trouble::kMemoryLimit};
  row.verdict = named(text(in, "verdict"), kVerdicts, verdict_name);
  row.trouble = named(text(in, "trouble"), kTroubles, batch::trouble_name);
  if (const auto f = child(in, "finding"))
    row.finding = {text(*f, "rule"), text(*f, "node"), text(*f, "operator"), text(*f, "message")};
  read_exports(in, row);
  if (const auto recorded = child(in, "recorded")) {
    row.recorded_hashes = hashes(*recorded);
    row.recorded_equal = levels(*recorded);
    row.recorded_differences = differences(*recorded);
  }
  row.equal = levels(in);
  row.differences = differences(in);
  if (const auto e = child(in, "excerpt"))
    row.excerpt = batch::Excerpt{text(*e, "title_a"),
                                 text(*e, "title_b"),
                                 static_cast<std::size_t>(integer(*e, "first")),
                                 static_cast<std::size_t>(integer(*e, "at")),
                                 lines(*e, "a"),
                                 lines(*e, "b")};
  if (const auto assumed = child(in, "assumed_ops"))
    for (const auto field : *assumed) row.assumed_ops[std::string(field.key)] = std::int64_t(field.value);
  read_timing(in, row);
}

}  // namespace

std::optional<Row> row_from_json(std::string_view line) {
  thread_local simdjson::dom::parser parser;
  object in;
  if (parser.parse(line.data(), line.size()).get(in) != simdjson::SUCCESS) return std::nullopt;
  if (text(in, "verdict").empty() || text(in, "mode").empty()) return std::nullopt;
  Row row;
  try {
    read_place(in, row);
    read_answer(in, row);
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;  // JSON, but of another shape
  }
  return row;
}

}  // namespace retrace::serializers
