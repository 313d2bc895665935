// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/factory.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/strides.h"

namespace retrace::ops {

std::optional<std::size_t> find_arg(const Call& call, std::string_view name) {
  const auto args = call.schema().args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i].name == name) return i;
  }
  return std::nullopt;
}

TensorOptions tensor_options(const Call& call) {
  TensorOptions options;
  if (const auto at = find_arg(call, "dtype")) options.dtype = call.dtype(*at);
  if (const auto at = find_arg(call, "device")) options.device = call.device(*at);
  if (const auto at = find_arg(call, "memory_format")) options.memory_format = call.memory_format(*at);
  return options;
}

void check_pin_memory(const Call& call) {
  const auto at = find_arg(call, "pin_memory");
  check(!at || !call.optional_boolean(*at).value_or(false), ErrorType::kNotImplementedError,
        [] { return "PrimTorch does not support pinned memory"; });
}

FakeTensor& empty(Call& call, ScalarType dtype, SymInts sizes, const Device& device) {
  for (const SymInt& size : sizes) {
    check(call, sym_ge(size, 0), ErrorType::kRuntimeError, [&] {
      return fmt::format("Trying to create tensor with negative dimension {}: {}", to_string(size), to_string(sizes));
    });
  }
  return call.contiguous(dtype, std::move(sizes), device);
}

FakeTensor& empty(Call& call, const TensorOptions& options, ScalarType dtype, SymInts sizes, const Device& device) {
  return empty(call, options.dtype.value_or(dtype), std::move(sizes), options.device.value_or(device));
}

FakeTensor& empty_like(Call& call, const FakeTensor& self, const TensorOptions& options) {
  const MemoryFormat format = options.memory_format.value_or(MemoryFormat::kPreserve);
  return call.strided(options.dtype.value_or(self.dtype), self.sizes, like_strides(call.env(), geometry(self), format),
                      options.device.value_or(self.device));
}

}  // namespace retrace::ops
