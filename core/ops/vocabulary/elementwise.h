// SPDX-License-Identifier: Apache-2.0
// Elementwise results: broadcast, promoted, with the memory layout TensorIterator would give.
#pragma once
#include <initializer_list>
#include <span>

#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/strides.h"

namespace retrace::ops {

/// A fresh result over operands broadcast together, each first converted to the computation dtype.
FakeTensor& elementwise_of(Call& call, std::span<const Value> operands, Dtypes dtypes);
/// A fresh result of dtype `dtype` over operands broadcast together (numbers and None take no part in the shape).
FakeTensor& elementwise_of(Call& call, std::span<const Value> operands, ScalarType dtype);
inline FakeTensor& elementwise_of(Call& call, std::initializer_list<Value> operands, ScalarType dtype) {
  return elementwise_of(call, std::span(operands.begin(), operands.size()), dtype);
}
/// The same with the promoted dtype of all operands.
FakeTensor& elementwise(Call& call, std::initializer_list<Value> operands, Promotion kind = Promotion::kDefault);
/// Like `self` in layout, device and dtype (or of another dtype): a fresh elementwise result of one operand.
FakeTensor& like(Call& call, const FakeTensor& self);
FakeTensor& like(Call& call, const FakeTensor& self, ScalarType dtype);
/// The device of a result over these operands (FakeTensor._find_common_device); raises where they differ.
Device common_device(Call& call, std::span<const Value> operands);

/// What meta_copy_ asks of the tensor that it writes to: that its elements lie apart.
void check_elements_apart(Call& call, const FakeTensor& self);
/// _safe_copy_out: a result may be cast to what it is written to.
void check_safe_cast(ScalarType result, ScalarType out);
/// _maybe_resize_out: self takes the sizes, in rows. A fake tensor with symbols takes no plain ones.
void take_sizes(FakeTensor& self, const SharedInts& sizes);
/// out=self of an operation that gave `result` (torch/_prims_common/wrappers.py out_wrapper): safe casts only, and
/// self takes the result's shape where that differs. Gives self back.
FakeTensor& write_back(Call& call, FakeTensor& self, const FakeTensor& result);
/// self.copy_(result).
FakeTensor& copy_back(Call& call, FakeTensor& self, const FakeTensor& result);

}  // namespace retrace::ops
