// SPDX-License-Identifier: Apache-2.0
// From an answer to its row: programs are dropped, lists and texts are cut, the finding is picked.
#pragma once
#include <string>

#include "core/batch/row.h"

namespace retrace::batch {

/// Fills all that the answer says; path, program, content and the like are the caller's. Differences finer than
/// `level` are no finding.
void fill_row(Row& row, const ir::Program& recorded, const CheckResult& result, identity::Level level);
/// There is no answer.
void fill_trouble(Row& row, Trouble trouble, const std::string& message);

/// "unreadable", "bug", "crash", "time-limit", "memory-limit".
std::string trouble_name(Trouble trouble);
/// Another run on the same bytes says the same: not a crash, no limit of this machine.
bool is_lasting(const Row& row);

}  // namespace retrace::batch
