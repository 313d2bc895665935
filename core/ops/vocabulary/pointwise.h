// SPDX-License-Identifier: Apache-2.0
// Rules of pointwise operators by number of operands and kind of promotion, for the rows of several families.
#pragma once
#include <utility>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"

namespace retrace::ops {

/// One, two or three leading arguments take part; what follows them (alpha, rounding mode, ...) does not.
template <Promotion kind = Promotion::kDefault>
Results unary(Call& call) {
  return {&elementwise(call, {call.arg(0)}, kind)};
}
template <Promotion kind = Promotion::kDefault>
Results binary(Call& call) {
  return {&elementwise(call, {call.arg(0), call.arg(1)}, kind)};
}
template <Promotion kind = Promotion::kDefault>
Results ternary(Call& call) {
  return {&elementwise(call, {call.arg(0), call.arg(1), call.arg(2)}, kind)};
}

/// add, sub, mul and div of tensors: fake_impls.make_fast_binary_impl when anything is symbolic. What that cannot lay
/// out, and plain operands, go to torch._refs, whose questions `refs` asks first.
FakeTensor& fast_binary(Call& call, const Value& a, const Value& b, Promotion kind, void (*refs)(Call&) = nullptr);
/// Do zero-dim CPU tensors stay as they are? Plain operands meet in a meta kernel (in_kernel_invocation_manager), where
/// no tensor is on the CPU: there they are expanded like others, and so take part in the layout.
bool numbers_stand_apart(std::span<FakeTensor* const> tensors);
/// Two tensors as the body of a torch._refs reference finds them: of the computation dtype, expanded to one shape.
std::pair<FakeTensor*, FakeTensor*> referenced(Call& call, FakeTensor& a, FakeTensor& b, ScalarType dtype);
/// utils.is_weakly_lesser_type of a number's type and the Python type of a dtype.
bool weakly_fits(const Value& number, ScalarType dtype);
/// Raises `error` where it does not fit, as torch._refs says it of their scales.
void check_weakly_fits(const Value& number, std::string_view name, ScalarType dtype, ErrorType error);

/// What a reference of torch._refs gives that ends in an arithmetic operator on its one operand: of the promoted dtype,
/// laid out as that operator's fast path has it.
FakeTensor& fast_result(Call& call, FakeTensor& operand, Dtypes dtypes);
/// The first argument's, whose dtype is the result's.
Results fast_unary(Call& call);
/// Promoted first.
template <Promotion kind>
Results fast_unary_of(Call& call) {
  return {&fast_result(call, call.tensor(0), elementwise_dtypes({call.arg(0)}, kind))};
}

/// An in-place operator that changes values only.
Results inplace_values(Call& call);
/// The same by copying new values like self into it.
Results inplace_copied(Call& call);

/// The result of an in-place operator has to have self's shape.
void check_inplace_broadcast(Call& call, const FakeTensor& self, const SymInts& other);

/// The in-place form of an operator that torch._refs makes by out=self: its result must be castable to self.
template <Rule rule>
Results inplace(Call& call) {
  const Results result = rule(call);
  return {&write_back(call, call.tensor(0), *result.front().get<FakeTensor*>())};
}

/// The in-place form that copies its result (_decomp/decompositions.py inplace_op): any dtype, broadcast to self.
template <Rule rule>
Results inplace_copy(Call& call) {
  const Results result = rule(call);
  return {&copy_back(call, call.tensor(0), *result.front().get<FakeTensor*>())};
}

/// The in-place form whose meta function is that of the operator, and a look at its shape (_register_inplace_meta).
template <Rule rule>
Results inplace_meta(Call& call) {
  check_inplace_broadcast(call, call.tensor(0), rule(call).front().get<FakeTensor*>()->sizes);
  return inplace_values(call);
}

/// check_inplace_broadcast: the in-place operators whose meta function asks no more than that.
Results inplace_broadcast(Call& call);
/// empty_like(self).
Results same_as_self(Call& call);
/// self.clone(), written to.
Results clone_of_self(Call& call);

/// Is a size, stride or offset of the tensor symbolic?
bool is_symbolic(const FakeTensor& t);

}  // namespace retrace::ops
