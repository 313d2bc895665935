// SPDX-License-Identifier: Apache-2.0
// Conjugation, negation bits, real and imaginary parts (ATen/native/UnaryOps.cpp, ComplexHelper.h).
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

/// c10/core/TensorImpl.h _set_conj: nothing but complex numbers has a conjugate bit.
FakeTensor& conjugate_view(Call& call, FakeTensor& a) {
  check(is_complex(a.dtype), ErrorType::kRuntimeError, [] {
    return R"(isComplexType(typeMetaToScalarType(dtype())) INTERNAL ASSERT FAILED at )"
           R"("/__w/pytorch/pytorch/c10/core/TensorImpl.h":1470, please report a bug to PyTorch. )";
  });
  FakeTensor& view = alias(call, a);
  view.is_conj = !a.is_conj;
  return view;
}

FakeTensor& negative_view(Call& call, FakeTensor& a) {
  FakeTensor& view = alias(call, a);
  view.is_neg = !a.is_neg;
  return view;
}

FakeTensor& resolved_copy(Call& call, FakeTensor& a) {
  FakeTensor& copy = clone(call, a);
  copy.is_conj = copy.is_neg = false;
  return copy;
}

/// One of the two numbers of each element, as a view.
FakeTensor& part(Call& call, FakeTensor& a, std::int64_t which) {
  FakeTensor& whole = a.is_conj ? conjugate_view(call, a) : a;
  SymInts strides = whole.strides;
  for (SymInt& stride : strides) stride *= 2;
  FakeTensor& view =
      call.view(whole, whole.sizes, std::move(strides), whole.storage_offset * SymInt(2) + SymInt(which));
  view.dtype = to_real(whole.dtype);
  return view;
}

Results conj(Call& call) {
  FakeTensor& self = call.tensor(0);
  return one(is_complex(self.dtype) ? conjugate_view(call, self) : self);
}

Results conj_copy(Call& call) {
  FakeTensor& self = call.tensor(0);
  return one(clone(call, conjugate_view(call, self), MemoryFormat::kContiguous));
}

Results neg_view_copy(Call& call) {
  return one(clone(call, negative_view(call, call.tensor(0)), MemoryFormat::kContiguous));
}

Results resolve_conj(Call& call) {
  FakeTensor& self = call.tensor(0);
  return one(self.is_conj ? resolved_copy(call, self) : self);
}

Results resolve_neg(Call& call) {
  FakeTensor& self = call.tensor(0);
  return one(self.is_neg ? resolved_copy(call, self) : self);
}

Results real(Call& call) {
  FakeTensor& self = call.tensor(0);
  return one(is_complex(self.dtype) ? part(call, self, 0) : self);
}

Results imag(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(is_complex(self.dtype), ErrorType::kRuntimeError,
        [] { return "imag is not implemented for tensors with non-complex dtypes."; });
  FakeTensor& view = part(call, self, 1);
  return one(self.is_conj ? negative_view(call, view) : view);
}

Results chalf(Call& call) {
  const auto format = call.memory_format(1).value_or(MemoryFormat::kPreserve);
  FakeTensor& self = call.tensor(0);
  if (self.dtype == ScalarType::kComplexHalf) return one(self);
  FakeTensor& copy = clone(call, self, format);
  copy.dtype = ScalarType::kComplexHalf;
  return one(copy);
}

constexpr OpRow kRows[] = {
    {"_conj", [](Call& c) { return one(conjugate_view(c, c.tensor(0))); }},
    {"_conj_copy", conj_copy},
    {"_neg_view", [](Call& c) { return one(negative_view(c, c.tensor(0))); }},
    {"_neg_view_copy", neg_view_copy},
    {"chalf", chalf},
    {"conj", conj},
    {"imag", imag},
    {"real", real},
    {"resolve_conj", resolve_conj},
    {"resolve_neg", resolve_neg},
};

}  // namespace

std::span<const OpRow> complex_ops() { return kRows; }

}  // namespace retrace::ops
