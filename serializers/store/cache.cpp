// SPDX-License-Identifier: Apache-2.0
#include "serializers/store/cache.h"

#include "core/batch/tally.h"
#include "serializers/files/files.h"
#include "serializers/store/row_json.h"

namespace retrace::serializers {

using batch::Row;
using exporter::Mode;

std::string Cache::path(const std::string& content, const std::string& shapes, Mode mode) const {
  std::string key = about_ + "\n" + content + "\n" + shapes + "\n";
  key += batch::mode_name(mode);
  const std::string digest = hash::to_hex(hash::digest(key));
  return directory_ + "/" + digest.substr(0, 2) + "/" + digest.substr(2) + ".jsonl";
}

std::vector<Row> Cache::recall(const std::string& content, const std::string& shapes, Mode mode) const {
  const auto text = read_file(path(content, shapes, mode));
  if (!text) return {};
  std::vector<Row> out;
  std::string_view rest = *text;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    auto row = row_from_json(rest.substr(0, end));
    if (!row || row->content != content) return {};
    out.push_back(std::move(*row));
  }
  return out;
}

void Cache::keep(const std::vector<Row>& rows) const {
  if (rows.front().content.empty()) return;
  for (const Mode mode : {Mode::kNonStrict, Mode::kStrict}) {
    std::string text;
    for (Row row : rows) {
      if (row.mode != mode) continue;
      row.timing.reset();
      text += row_to_json(row, false) + "\n";
    }
    if (text.empty()) continue;
    const std::string file = path(rows.front().content, rows.front().shapes, mode);
    if (make_directory(file.substr(0, file.rfind('/')))) (void)write_atomically(file, text);
  }
}

}  // namespace retrace::serializers
