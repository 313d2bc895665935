// SPDX-License-Identifier: Apache-2.0
// Factories: the tensor options of a call, and fresh tensors from sizes.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// Where in the schema is the argument of this name? Empty: it has none.
std::optional<std::size_t> find_arg(const Call& call, std::string_view name);

/// dtype=, device= and memory_format= of a factory, as far as given.
struct TensorOptions {
  std::optional<ScalarType> dtype;
  std::optional<Device> device;
  std::optional<MemoryFormat> memory_format;
};
TensorOptions tensor_options(const Call& call);

/// utils.check_pin_memory, which some references of torch._refs ask.
void check_pin_memory(const Call& call);

/// A fresh row-major tensor; negative sizes raise as ATen's empty does, unbacked ones are asserted.
FakeTensor& empty(Call& call, ScalarType dtype, SymInts sizes, const Device& device);
/// Of these options; `dtype` where they name none, the CPU where they name no device.
FakeTensor& empty(Call& call, const TensorOptions& options, ScalarType dtype, SymInts sizes, const Device& device = {});
/// empty_like(self) with options.
FakeTensor& empty_like(Call& call, const FakeTensor& self, const TensorOptions& options);

}  // namespace retrace::ops
