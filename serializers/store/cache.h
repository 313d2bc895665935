// SPDX-License-Identifier: Apache-2.0
// Answers by content, a file each, shared by any number of processes and machines: files appear whole or not at
// all, and never change.
#pragma once
#include <string>
#include <vector>

#include "core/batch/row.h"

namespace retrace::serializers {

class Cache {
 public:
  Cache(std::string directory, const std::string& tool, const std::string& options)
      : directory_(std::move(directory)), about_(tool + "\n" + options) {}

  /// All programs of a file in this mode, in order; none: not answered.
  [[nodiscard]] std::vector<batch::Row> recall(const std::string& content, const std::string& shapes,
                                               exporter::Mode mode) const;
  /// Rows of one file. What cannot be written is not kept.
  void keep(const std::vector<batch::Row>& rows) const;

 private:
  [[nodiscard]] std::string path(const std::string& content, const std::string& shapes, exporter::Mode mode) const;
  std::string directory_;
  std::string about_;
};

}  // namespace retrace::serializers
