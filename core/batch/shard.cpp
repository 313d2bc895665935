// SPDX-License-Identifier: Apache-2.0
#include "core/batch/shard.h"

#include <fmt/format.h>

#include <charconv>

#include "core/hash/digest.h"

namespace retrace::batch {
namespace {

using Variable = std::function<std::optional<std::string>(const char*)>;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return out;
}

std::optional<std::uint32_t> number(const Variable& variable, const char* name, std::string& error) {
  const auto text = variable(name);
  const auto out = text ? number(*text) : std::nullopt;
  if (!out) error = fmt::format("--shard auto: {} is {}", name, text ? "no number" : "not set");
  return out;
}

std::optional<Shard> checked(std::uint32_t k, std::uint32_t n, std::string& error) {
  if (k >= 1 && k <= n) return Shard{k, n};
  error = fmt::format("--shard: there is no shard {} of {}", k, n);
  return std::nullopt;
}

/// Tasks of an array may start at any number and go by steps; count and step place this one.
std::optional<Shard> of_slurm(const Variable& variable, std::string& error) {
  const auto id = number(variable, "SLURM_ARRAY_TASK_ID", error);
  const auto first = number(variable, "SLURM_ARRAY_TASK_MIN", error);
  const auto count = number(variable, "SLURM_ARRAY_TASK_COUNT", error);
  if (!id || !first || !count) return std::nullopt;
  const std::uint32_t step = number(variable("SLURM_ARRAY_TASK_STEP").value_or("1")).value_or(1);
  if (step == 0 || *id < *first || (*id - *first) % step != 0) {
    error = "--shard auto: SLURM_ARRAY_TASK_ID is not on the array's steps";
    return std::nullopt;
  }
  return checked((*id - *first) / step + 1, *count, error);
}

}  // namespace

std::uint32_t Shard::of(std::string_view relative_path) const {
  return static_cast<std::uint32_t>(hash::digest(relative_path).low % count) + 1;
}

std::optional<Shard> parse_shard(const std::string& text, const Variable& variable, std::string& error) {
  if (text == "auto") return of_slurm(variable, error);
  const std::size_t slash = text.find('/');
  const auto n = number(slash == std::string::npos ? std::string_view() : std::string_view(text).substr(slash + 1));
  if (n && text.starts_with("auto/")) {
    const auto index = number(variable, "JOB_COMPLETION_INDEX", error);
    return index ? checked(*index + 1, *n, error) : std::nullopt;
  }
  const auto k = n ? number(std::string_view(text).substr(0, slash)) : std::nullopt;
  if (k) return checked(*k, *n, error);
  error = "--shard is K/N, auto or auto/N";
  return std::nullopt;
}

}  // namespace retrace::batch
