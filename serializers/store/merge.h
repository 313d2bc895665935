// SPDX-License-Identifier: Apache-2.0
// The journals of all shards as one stream of rows, in the order of the zoo, in bounded memory: each shard's rows
// come sorted, so that one row of each is enough. What is missing and what is doubled is named.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/batch/row.h"
#include "serializers/store/journal.h"

namespace retrace::serializers {

struct MergeEvents {
  std::function<void(const batch::Row& row, std::string_view line)> row;
  std::function<void(const std::string& problem)> problem;
};

/// Raises std::runtime_error where the journals are not of one run. Returns the run's header.
JournalHeader merge_header(const std::vector<std::string>& paths, std::vector<JournalMap>& maps);
/// Planned files of all shards, in the order of the zoo.
void merge_plans(const std::vector<std::string>& paths, const std::vector<JournalMap>& maps,
                 const std::function<void(const Planned&)>& take);
void merge_rows(const std::vector<std::string>& paths, const std::vector<JournalMap>& maps, const MergeEvents& events);

}  // namespace retrace::serializers
