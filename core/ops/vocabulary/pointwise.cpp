// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/pointwise.h"

#include <fmt/format.h>

#include <algorithm>

namespace retrace::ops {
namespace {

SymInts shape_of(const Value& operand) {
  return operand.holds<FakeTensor*>() ? operand.get<FakeTensor*>()->sizes.values() : SymInts{};
}

bool is_symbolic(const Value& operand) {
  if (operand.holds<FakeTensor*>()) return ops::is_symbolic(*operand.get<FakeTensor*>());
  return operand.holds<SymInt>() && !operand.get<SymInt>().is_int();
}

/// Does an operand already have the result's shape? Else "both tensors nontrivially broadcast".
bool some_shape_is(Call& call, std::span<const Value> operands, const SymInts& shape) {
  return std::ranges::any_of(operands, [&](const Value& operand) {
    return operand.holds<FakeTensor*>() && operand.get<FakeTensor*>()->sizes.size() == shape.size() &&
           call.env().guard_or_false(sym_eq(operand.get<FakeTensor*>()->sizes, shape));
  });
}

/// The memory format in which all operands lie; none: the slow path decides.
std::optional<MemoryFormat> common_format(Call& call, std::span<const Value> operands) {
  bool contiguous = true;
  bool channels_last = true;
  for (const Value& operand : operands) {
    if (!operand.holds<FakeTensor*>()) continue;
    const Geometry g = geometry(*operand.get<FakeTensor*>());
    contiguous = contiguous && is_contiguous_for(call.env(), g, MemoryFormat::kContiguous);
    channels_last = channels_last && is_contiguous_for(call.env(), g, MemoryFormat::kChannelsLast);
  }
  if (contiguous) return MemoryFormat::kContiguous;
  return channels_last ? std::optional(MemoryFormat::kChannelsLast) : std::nullopt;
}

}  // namespace

bool is_symbolic(const FakeTensor& t) {
  const auto symbolic = [](const SymInt& n) { return !n.is_int(); };
  return std::ranges::any_of(t.sizes, symbolic) || std::ranges::any_of(t.strides, symbolic) ||
         symbolic(t.storage_offset);
}

FakeTensor& fast_binary(Call& call, const Value& a, const Value& b, Promotion kind, void (*refs)(Call&)) {
  const Value operands[] = {a, b};
  const auto slow = [&]() -> FakeTensor& {
    if (refs != nullptr) refs(call);
    return elementwise(call, {a, b}, kind);
  };
  const bool symbolic = std::ranges::any_of(operands, [](const Value& v) { return is_symbolic(v); });
  if (!symbolic) return slow();
  SymInts shape = shape_of(a);
  for (const Value& operand : operands) shape = infer_broadcast(call, shape, shape_of(operand));
  if (!some_shape_is(call, operands, shape)) return slow();
  const Device device = common_device(call, operands);
  const auto format = common_format(call, operands);
  if (!format) return slow();
  SymInts strides = strides_for(shape, *format);
  return call.strided(elementwise_dtypes(operands, kind).result, std::move(shape), std::move(strides), device);
}

bool numbers_stand_apart(std::span<FakeTensor* const> tensors) {
  return std::ranges::any_of(tensors, [](const FakeTensor* t) { return is_symbolic(*t); });
}

std::pair<FakeTensor*, FakeTensor*> referenced(Call& call, FakeTensor& a, FakeTensor& b, ScalarType dtype) {
  FakeTensor* tensors[] = {&a, &b};
  for (FakeTensor*& t : tensors) {
    if (t->dtype != dtype) t = &elementwise_of(call, {t}, dtype);
  }
  const std::vector<Geometry> shaped = maybe_broadcast(call, tensors, numbers_stand_apart(tensors));
  for (std::size_t i = 0; i < 2; ++i)
    tensors[i] = &call.view(*tensors[i], shaped[i].sizes, shaped[i].strides, tensors[i]->storage_offset);
  return {tensors[0], tensors[1]};
}

bool weakly_fits(const Value& number, ScalarType dtype) {
  const auto rank = [](ScalarType t) { return is_complex(t) ? 3 : is_floating(t) ? 2 : is_bool(t) ? 0 : 1; };
  return rank(number_dtype(number)) <= rank(dtype);
}

void check_weakly_fits(const Value& number, std::string_view name, ScalarType dtype, ErrorType error) {
  check(weakly_fits(number, dtype), error, [&] {
    return fmt::format("{} argument of type <class '{}'> cannot be safely cast to type <class '{}'>!", name,
                       python_type(number),
                       is_bool(dtype)       ? "bool"
                       : is_floating(dtype) ? "float"
                                            : "int");
  });
}

FakeTensor& fast_result(Call& call, FakeTensor& operand, Dtypes dtypes) {
  FakeTensor* a = &operand;
  if (a->dtype != dtypes.computation) a = &elementwise_of(call, {a}, dtypes.computation);
  FakeTensor& result = fast_binary(call, a, a, Promotion::kDefault);
  result.dtype = dtypes.result;
  return result;
}

Results fast_unary(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  return {&fast_result(call, call.tensor(0), {dtype, dtype})};
}

void check_inplace_broadcast(Call& call, const FakeTensor& self, const SymInts& other) {
  const SymInts shape = broadcast_shapes(call, self.sizes, other);
  const bool fits = shape.size() == self.sizes.size() && call.env().guard(sym_eq(shape, self.sizes));
  check(fits, ErrorType::kRuntimeError, [&] {
    return fmt::format("output with shape {} doesn't match the broadcast shape {}", size_text(self.sizes),
                       tuple_text(shape));
  });
}

Results inplace_broadcast(Call& call) {
  FakeTensor& self = call.tensor(0);
  if (call.arg(1).holds<FakeTensor*>()) check_inplace_broadcast(call, self, call.tensor(1).sizes);
  return inplace_values(call);
}

Results inplace_values(Call& call) {
  call.tensor(0).constant.reset();
  return {&call.tensor(0)};
}

Results inplace_copied(Call& call) { return {&copy_back(call, call.tensor(0), call.tensor(0))}; }

Results same_as_self(Call& call) { return {&like(call, call.tensor(0))}; }

Results clone_of_self(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return {&call.strided(self.dtype, self.sizes, preserved_strides(call.env(), geometry(self)), self.device)};
}

}  // namespace retrace::ops
