// SPDX-License-Identifier: Apache-2.0
// What a reader raises; caught at the readers' doors, where it becomes a LoadError.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace retrace::serializers {

struct ReadFailure : std::runtime_error {
  ReadFailure(std::string at, const std::string& reason) : std::runtime_error(reason), place(std::move(at)) {}
  std::string place;
};

}  // namespace retrace::serializers
