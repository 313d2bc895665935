// SPDX-License-Identifier: Apache-2.0
// Copies and conversions: clone, contiguous, to, copy_, lift, resize_ (ATen/native/TensorConversions.cpp, Copy.cpp).
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

/// What Tensor.to is asked for.
struct Wish {
  std::optional<ScalarType> dtype;
  std::optional<Device> device;
  bool copy = false;
  std::optional<MemoryFormat> format;
};

FakeTensor& on_device(Call& call, FakeTensor& a, const Device& device) {
  // prims._device_put_meta
  FakeTensor& moved = call.strided(a.dtype, a.sizes, a.strides, device);
  moved.constant = a.constant;
  return moved;
}

/// torch._decomp.decompositions._to_copy
FakeTensor& to_copy(Call& call, FakeTensor& a, const Wish& wish) {
  if (!wish.device && !wish.dtype && !wish.format) return clone(call, a);
  FakeTensor* result = &a;
  if (wish.device && !(*wish.device == a.device)) result = &on_device(call, *result, *wish.device);
  if (wish.dtype) result = &convert_dtype(call, *result, *wish.dtype);
  if (wish.format) result = &clone(call, *result, *wish.format);
  return *result;
}

/// TensorConversions.cpp to_will_alias, to_impl
FakeTensor& to(Call& call, FakeTensor& a, const Wish& wish) {
  const MemoryFormat format = wish.format.value_or(MemoryFormat::kPreserve);
  const bool same_type = !wish.dtype || *wish.dtype == a.dtype;
  const bool same_device = !wish.device || *wish.device == a.device;
  if (same_type && same_device && !wish.copy &&
      (format == MemoryFormat::kPreserve || suggest_memory_format(call.env(), geometry(a)) == format)) {
    return a;
  }
  return to_copy(call, a, wish);
}

Results to_other(Call& call) {
  const FakeTensor& other = call.tensor(1);
  return one(to(call, call.tensor(0), {other.dtype, other.device, call.boolean(3), call.memory_format(4)}));
}

Results type_as(Call& call) {
  const FakeTensor& other = call.tensor(1);
  return one(to(call, call.tensor(0), {other.dtype, other.device, false, std::nullopt}));
}

/// torch._meta_registrations.meta_copy_
Results copy_in_place(Call& call) {
  FakeTensor& self = call.tensor(0);
  if (call.arg(1).holds<FakeTensor*>()) copy_back(call, self, *call.arg(1).get<FakeTensor*>());
  if (self.storage != nullptr) ++self.storage->version;
  self.constant.reset();
  return one(self);
}

/// ATen/native/Copy.cpp copy: clone_preserve_strides of self (its whole storage is cloned), written to.
Results copy_functional(Call& call) {
  const FakeTensor& self = call.tensor(0);
  expand(call, geometry(call.tensor(1)), self.sizes);
  if (overlaps_itself(call.env(), geometry(self))) return one(clone(call, self));
  FakeTensor& out = call.strided(self.dtype, self.sizes, self.strides, self.device);
  out.storage_offset = self.storage_offset;
  if (self.storage != nullptr) out.storage->hold(*self.storage);
  return one(out);
}

FakeTensor& resized(Call& call, FakeTensor& self, const SymInts& sizes, std::optional<MemoryFormat> format) {
  // ATen/native/Resize.cpp _resize_
  for (const SymInt& size : sizes) {
    check(call, sym_ge(size, 0), ErrorType::kRuntimeError, [] { return "numel: integer multiplication overflow"; });
  }
  if (!same_sizes(call, self.sizes, sizes)) {
    check(!is_symbolic(self), ErrorType::kRuntimeError,
          [] { return "tried to directly modify sizes for customized tensor"; });
    self.sizes = sizes;
    self.strides = contiguous_strides(sizes);
  }
  if (format) self.strides = strides_for(self.sizes, *format);
  if (self.storage != nullptr) ++self.storage->version;
  return self;
}

MemoryFormat template_format(Call& call, std::size_t i, const FakeTensor& other) {
  const MemoryFormat format = call.memory_format(i).value_or(MemoryFormat::kContiguous);
  return format == MemoryFormat::kPreserve ? suggest_memory_format(call.env(), geometry(other)) : format;
}

/// ATen/native/Resize.cpp resize_as_
Results resize_as_in_place(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& other = call.tensor(1);
  SymInts sizes;
  for (const SymInt& size : other.sizes) sizes.emplace_back(call.env().guard_int(size));
  resized(call, self, sizes, std::nullopt);
  if (!call.is_none(2)) self.strides = strides_for(self.sizes, template_format(call, 2, other));
  return one(self);
}

Results resize_functional(Call& call) {
  FakeTensor& copy = clone(call, call.tensor(0));
  return one(resized(call, copy, call.sym_ints(1), call.memory_format(2)));
}

Results resize_as_functional(Call& call) {
  FakeTensor& other = call.tensor(1);
  FakeTensor& copy = clone(call, call.tensor(0));
  return one(resized(call, copy, other.sizes, template_format(call, 2, other)));
}

Results clone_copy(Call& call) {
  return one(clone(call, call.tensor(0), call.memory_format(1).value_or(MemoryFormat::kPreserve)));
}

Results make_contiguous(Call& call) {
  return one(contiguous(call, call.tensor(0), call.memory_format(1).value_or(MemoryFormat::kContiguous)));
}

constexpr OpRow kRows[] = {
    {"_to_copy",
     [](Call& c) {
       return one(to_copy(c, c.tensor(0), {c.dtype(1), c.device(3), true, c.memory_format(6)}));
     }},
    {"clone", clone_copy},
    {"contiguous", make_contiguous},
    {"copy", copy_functional},
    {"copy_", copy_in_place},
    {"copy_.Tensor", copy_in_place},
    {"copy_.float", copy_in_place},
    {"copy_.int", copy_in_place},
    {"lift", [](Call& c) { return one(alias(c, c.tensor(0))); }},
    {"lift_fresh", [](Call& c) { return one(alias(c, c.tensor(0))); }},
    {"lift_fresh_copy", [](Call& c) { return one(clone(c, c.tensor(0), MemoryFormat::kContiguous)); }},
    {"resize", resize_functional},
    {"resize_", [](Call& c) { return one(resized(c, c.tensor(0), c.sym_ints(1), c.memory_format(2))); }},
    {"resize_as", resize_as_functional},
    {"resize_as_", resize_as_in_place},
    {"to.device",
     [](Call& c) {
       return one(to(c, c.tensor(0), {c.dtype(2), c.device(1), c.boolean(4), c.memory_format(5)}));
     }},
    {"to.dtype",
     [](Call& c) {
       return one(to(c, c.tensor(0), {c.dtype(1), std::nullopt, c.boolean(3), c.memory_format(4)}));
     }},
    {"to.dtype_layout",
     [](Call& c) {
       return one(to(c, c.tensor(0), {c.dtype(1), c.device(3), c.boolean(6), c.memory_format(7)}));
     }},
    {"to.other", to_other},
    {"to.prim_Device",
     [](Call& c) {
       return one(to(c, c.tensor(0), {std::nullopt, c.device(1), c.boolean(4), std::nullopt}));
     }},
    {"type_as", type_as},
};

}  // namespace

std::span<const OpRow> conversion_ops() { return kRows; }

}  // namespace retrace::ops
