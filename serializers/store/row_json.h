// SPDX-License-Identifier: Apache-2.0
// A row as one line of JSON and back: what workers send, journals and stores keep, and `--format jsonl` prints
// (docs/formats.md). Fields that `check --format json` has too are spelled as there.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/batch/row.h"

namespace retrace::serializers {

/// Without the newline. Expectations and the lock are not the answer's: only `annotated`, for people and their tools,
/// writes them, and what is not UTF-8 as U+FFFD.
std::string row_to_json(const batch::Row& row, bool annotated);
/// Absent: not a row (a line cut short, another kind of line). The text must end a line or a buffer.
std::optional<batch::Row> row_from_json(std::string_view line);

}  // namespace retrace::serializers
