// SPDX-License-Identifier: Apache-2.0
// Which part of a zoo one of several machines checks: a stable hash of the file's relative path, so that a file
// stays in its shard as the zoo grows.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace retrace::batch {

struct Shard {
  std::uint32_t number = 1;  // from 1
  std::uint32_t count = 1;

  [[nodiscard]] bool has(std::string_view relative_path) const { return of(relative_path) == number; }
  [[nodiscard]] std::uint32_t of(std::string_view relative_path) const;
};

/// "K/N"; "auto": of a Slurm array task; "auto/N": of a Kubernetes indexed job. Sets `error` where it cannot be.
std::optional<Shard> parse_shard(const std::string& text,
                                 const std::function<std::optional<std::string>(const char*)>& variable,
                                 std::string& error);

}  // namespace retrace::batch
