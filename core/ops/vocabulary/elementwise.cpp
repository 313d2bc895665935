// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/elementwise.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/vocabulary/pointwise.h"

namespace retrace::ops {
namespace {

std::vector<FakeTensor*> tensors_among(std::span<const Value> operands) {
  std::vector<FakeTensor*> result;
  for (const Value& operand : operands) {
    if (operand.holds<FakeTensor*>()) result.push_back(operand.get<FakeTensor*>());
  }
  return result;
}

bool is_cpu_scalar(const FakeTensor& t) { return t.dim() == 0 && t.device.type == "cpu"; }

std::string device_text(const Device& device) {
  return device.index ? fmt::format("{}:{}", device.type, *device.index) : std::string(device.type);
}

}  // namespace

Device common_device(Call& call, std::span<const Value> operands) {
  const FakeTensor* decider = nullptr;
  for (const FakeTensor* t : tensors_among(operands)) {
    if (decider == nullptr || (is_cpu_scalar(*decider) && !is_cpu_scalar(*t))) {
      decider = t;
    } else if (t->device != decider->device && !is_cpu_scalar(*t)) {
      raise(ErrorType::kRuntimeError,
            fmt::format("Unhandled FakeTensor Device Propagation for {}, found two different devices {}, {}",
                        packet_name(call.schema()), device_text(decider->device), device_text(t->device)));
    }
  }
  return decider == nullptr ? Device{} : decider->device;
}

FakeTensor& elementwise_of(Call& call, std::span<const Value> operands, Dtypes dtypes) {
  std::vector<FakeTensor*> tensors = tensors_among(operands);
  const Device device = common_device(call, operands);
  std::vector<FakeTensor> converted;
  converted.reserve(tensors.size());
  for (FakeTensor*& t : tensors) {  // the promotion's conversions, which make their tensors dense
    if (t->dtype == dtypes.computation) continue;
    FakeTensor& copy = converted.emplace_back(*t);
    copy.strides = preserved_strides(call.env(), geometry(*t));
    t = &copy;
  }
  const bool apart = numbers_stand_apart(tensors);
  const std::vector<Geometry> geometries =
      tensors.size() == 1 ? std::vector{geometry(*tensors[0])} : maybe_broadcast(call, tensors, apart);
  std::vector<Geometry> deciding;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!apart || !is_cpu_scalar(*tensors[i])) deciding.push_back(geometries[i]);
  }
  if (deciding.empty()) return call.contiguous(dtypes.result, {}, device);
  const auto perm = elementwise_perm(call.env(), deciding);
  return call.strided(dtypes.result, deciding[0].sizes, permuted_strides(deciding[0].sizes, perm), device);
}

FakeTensor& elementwise_of(Call& call, std::span<const Value> operands, ScalarType dtype) {
  return elementwise_of(call, operands, {elementwise_dtypes(operands).computation, dtype});
}

FakeTensor& elementwise(Call& call, std::initializer_list<Value> operands, Promotion kind) {
  const std::span<const Value> all(operands.begin(), operands.size());
  return elementwise_of(call, all, elementwise_dtypes(all, kind));
}

FakeTensor& like(Call& call, const FakeTensor& self) { return like(call, self, self.dtype); }

FakeTensor& like(Call& call, const FakeTensor& self, ScalarType dtype) {
  return call.strided(dtype, self.sizes, like_strides(call.env(), geometry(self), MemoryFormat::kPreserve),
                      self.device);
}

void check_elements_apart(Call& call, const FakeTensor& self) {
  const auto depends_on_data = [&](const SymInt& n) {
    const SymInt now = call.env().replace(n);
    return !now.is_int() && now.node()->has_unbacked;
  };
  if (std::ranges::any_of(self.sizes, depends_on_data) || std::ranges::any_of(self.strides, depends_on_data) ||
      depends_on_data(self.storage_offset)) {
    return;
  }
  check(!overlaps_itself(call.env(), geometry(self)), ErrorType::kRuntimeError,
        [] { return "more than one element of the written-to tensor refers to a single memory location"; });
}

void check_safe_cast(ScalarType result, ScalarType out) {
  check(can_cast(result, out), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Attempting to cast from {} to out tensor with dtype {}, but this can't be cast because it is not safe!",
        torch_name(result), torch_name(out));
  });
}

void take_sizes(FakeTensor& self, const SharedInts& sizes) {
  check(has_symbols(sizes.values()) || !is_symbolic(self), ErrorType::kRuntimeError,
        [] { return "tried to directly modify sizes for customized tensor"; });
  self.sizes = sizes;
  self.strides = contiguous_strides(sizes);
}

FakeTensor& write_back(Call& call, FakeTensor& self, const FakeTensor& result) {
  const bool fits = self.sizes.size() == result.sizes.size() && call.env().guard(sym_eq(self.sizes, result.sizes));
  check_safe_cast(result.dtype, self.dtype);
  self.constant.reset();
  if (fits) {
    check_elements_apart(call, self);
    return self;
  }
  take_sizes(self, result.sizes);
  call.env().guard(sym_eq(result.numel(), 0));  // resize_ asks how much storage is needed
  return self;
}

FakeTensor& copy_back(Call& call, FakeTensor& self, const FakeTensor& result) {
  check_elements_apart(call, self);
  expand(call, geometry(result), self.sizes);
  self.constant.reset();
  return self;
}

}  // namespace retrace::ops
