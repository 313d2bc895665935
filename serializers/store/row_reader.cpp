// SPDX-License-Identifier: Apache-2.0
// A row from its line.
#include <array>

#include "core/batch/row_of.h"
#include "serializers/reports/report.h"
#include "serializers/store/line.h"
#include "serializers/store/row_json.h"

namespace retrace::serializers {
namespace {

using batch::Row;

template <typename T, std::size_t N, typename Name>
T named(std::string_view word, const std::array<T, N>& all, Name&& name) {
  for (const T one : all)
    if (word == name(one)) return one;
  return all.front();
}

/// Fields that are absent, or null, leave what is there.
class RowReader {
 public:
  explicit RowReader(JsonStream& json) : json_(json) {}

  /// False: it is no row.
  bool read(Row& row);

 private:
  void text(std::string& out) { out = json_.text(); }
  template <typename T>
  void integer(T& out) {
    out = static_cast<T>(json_.integer());
  }
  void digest(hash::Digest& out) { out = hash::from_hex(json_.text()); }
  Hashes hashes();
  batch::Levels levels();
  diff::Difference difference();
  std::vector<diff::Difference> differences();
  std::vector<std::string> lines();
  batch::Finding finding();
  batch::ExportRow one_export();
  batch::Excerpt excerpt();
  batch::RowTiming timing();
  void recorded(Row& row);
  void assumed_ops(Row& row);

  JsonStream& json_;
};

Hashes RowReader::hashes() {
  static constexpr std::string_view kNames[] = {"exact", "dataflow", "symbolic"};
  Hashes out;
  json_.fields(kNames, [&](std::size_t i) { digest(i == 0 ? out.exact : i == 1 ? out.dataflow : out.symbolic); });
  return out;
}

batch::Levels RowReader::levels() {
  static constexpr std::string_view kNames[] = {"exact", "dataflow", "symbolic"};
  batch::Levels out;
  json_.fields(kNames, [&](std::size_t i) {
    (i == 0 ? out.exact : i == 1 ? out.dataflow : out.symbolic) = json_.boolean();
  });
  return out;
}

diff::Difference RowReader::difference() {
  using identity::Level;
  static constexpr std::string_view kNames[] = {"rule", "level", "where_a", "where_b", "a", "b", "count"};
  static constexpr std::array kLevels{Level::kExact, Level::kDataflow, Level::kSymbolic};
  diff::Difference out;
  json_.fields(kNames, [&](std::size_t i) {
    switch (i) {
      case 0:
        return text(out.rule);
      case 1:
        return void(out.level = named(json_.text(), kLevels, level_name));
      case 2:
        return text(out.where_a);
      case 3:
        return text(out.where_b);
      case 4:
        return text(out.a);
      case 5:
        return text(out.b);
      default:
        return integer(out.count);
    }
  });
  return out;
}

std::vector<diff::Difference> RowReader::differences() {
  std::vector<diff::Difference> out;
  json_.array([&] { out.push_back(difference()); });
  return out;
}

std::vector<std::string> RowReader::lines() {
  std::vector<std::string> out;
  json_.array([&] { out.emplace_back(json_.text()); });
  return out;
}

batch::Finding RowReader::finding() {
  static constexpr std::string_view kNames[] = {"rule", "node", "operator", "message"};
  batch::Finding out;
  std::string* const fields[] = {&out.rule, &out.node, &out.operator_name, &out.message};
  json_.fields(kNames, [&](std::size_t i) { text(*fields[i]); });
  return out;
}

batch::ExportRow RowReader::one_export() {
  static constexpr std::string_view kNames[] = {"ok", "hash", "stage", "rule", "node", "type", "message"};
  batch::ExportRow out;
  std::string* const fields[] = {&out.stage, &out.rule, &out.node, &out.type, &out.message};
  json_.fields(kNames, [&](std::size_t i) {
    if (i == 0)
      out.ok = json_.boolean();
    else if (i == 1)
      out.hashes = hashes();
    else
      text(*fields[i - 2]);
  });
  return out;
}

batch::Excerpt RowReader::excerpt() {
  static constexpr std::string_view kNames[] = {"title_a", "title_b", "first", "at", "a", "b"};
  batch::Excerpt out;
  json_.fields(kNames, [&](std::size_t i) {
    switch (i) {
      case 0:
        return text(out.title_a);
      case 1:
        return text(out.title_b);
      case 2:
        return integer(out.first);
      case 3:
        return integer(out.at);
      case 4:
        return void(out.a = lines());
      default:
        return void(out.b = lines());
    }
  });
  return out;
}

batch::RowTiming RowReader::timing() {
  static constexpr std::string_view kNames[] = {"read_ns",    "total_ns", "export1_ns", "rebuild_ns",
                                                "export2_ns", "hash_ns",  "diff_ns"};
  batch::RowTiming out;
  std::int64_t* const fields[] = {&out.read_ns,           &out.total_ns,          &out.phases.export1_ns,
                                  &out.phases.rebuild_ns, &out.phases.export2_ns, &out.phases.hash_ns,
                                  &out.phases.diff_ns};
  json_.fields(kNames, [&](std::size_t i) { *fields[i] = json_.integer(); });
  return out;
}

void RowReader::recorded(Row& row) {
  static constexpr std::string_view kNames[] = {"hash", "equal", "differences"};
  json_.fields(kNames, [&](std::size_t i) {
    if (i == 0)
      row.recorded_hashes = hashes();
    else if (i == 1)
      row.recorded_equal = levels();
    else
      row.recorded_differences = differences();
  });
}

void RowReader::assumed_ops(Row& row) {
  json_.object([&](std::string_view name) {
    std::int64_t& count = row.assumed_ops[std::string(name)];
    count = json_.integer();
  });
}

bool RowReader::read(Row& row) {
  using batch::Trouble;
  static constexpr std::array kVerdicts{Verdict::kTrouble, Verdict::kSame, Verdict::kDiffers, Verdict::kFails};
  static constexpr std::array kTroubles{Trouble::kNone,  Trouble::kUnreadable, Trouble::kBug,
                                        Trouble::kCrash, Trouble::kTimeLimit,  Trouble::kMemoryLimit};
  static constexpr std::string_view kNames[] = {"index",    "part",  "parts",       "file",    "program",     "content",
                                                "shapes",   "mode",  "verdict",     "trouble", "finding",     "exports",
                                                "recorded", "equal", "differences", "excerpt", "assumed_ops", "timing"};
  const auto f = json_.fields(kNames, [&](std::size_t i) {
    switch (i) {
      case 0:
        return integer(row.index);
      case 1:
        return integer(row.part);
      case 2:
        return integer(row.parts);
      case 3:
        return text(row.path);
      case 4:
        return text(row.program);
      case 5:
        return text(row.content);
      case 6:
        return text(row.shapes);
      case 7:
        return void(row.mode = json_.text() == "strict" ? exporter::Mode::kStrict : exporter::Mode::kNonStrict);
      case 8:
        return void(row.verdict = named(json_.text(), kVerdicts, verdict_name));
      case 9:
        return void(row.trouble = named(json_.text(), kTroubles, batch::trouble_name));
      case 10:
        return void(row.finding = finding());
      case 11:
        return json_.array([&] { row.exports.push_back(one_export()); });
      case 12:
        return recorded(row);
      case 13:
        return void(row.equal = levels());
      case 14:
        return void(row.differences = differences());
      case 15:
        return void(row.excerpt = excerpt());
      case 16:
        return assumed_ops(row);
      default:
        return void(row.timing = timing());
    }
  });
  return f.has(7) && f.has(8);
}

}  // namespace

std::optional<Row> row_from_json(std::string_view line) {
  Row row;
  bool is_row = false;
  if (!read_line(line, [&](JsonStream& json) { is_row = RowReader(json).read(row); }) || !is_row) return std::nullopt;
  return row;
}

}  // namespace retrace::serializers
