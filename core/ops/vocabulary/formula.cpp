// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/formula.h"

#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

Term run(Call& call, std::string_view op, std::initializer_list<Value> args) { return {call, call.op1(op, args)}; }

/// Python's operators give a number on the left to the reflected operator of the tensor on the right.
Term commutative(std::string_view op, const Term& a, const Term& b) {
  return a.is_number() ? run(b.call(), op, {b.value(), a.value()}) : run(a.call(), op, {a.value(), b.value()});
}

Term compare(std::string_view with_tensor, std::string_view with_number, const Term& a, const Term& b) {
  return run(a.call(), b.is_number() ? with_number : with_tensor, {a.value(), b.value()});
}

}  // namespace

Term operator+(const Term& a, const Term& b) { return commutative("aten::add.Tensor", a, b); }
Term operator*(const Term& a, const Term& b) { return commutative("aten::mul.Tensor", a, b); }

Term operator-(const Term& a, const Term& b) {
  return a.is_number() ? run(b.call(), "aten::rsub.Scalar", {b.value(), a.value()})
                       : run(a.call(), "aten::sub.Tensor", {a.value(), b.value()});
}

Term operator/(const Term& a, const Term& b) {
  return a.is_number() ? run(b.call(), "aten::reciprocal", {b.value()}) * a
                       : run(a.call(), "aten::div.Tensor", {a.value(), b.value()});
}

Term operator-(const Term& a) { return apply("aten::neg", a); }
Term operator<(const Term& a, const Term& b) { return compare("aten::lt.Tensor", "aten::lt.Scalar", a, b); }
Term operator<=(const Term& a, const Term& b) { return compare("aten::le.Tensor", "aten::le.Scalar", a, b); }
Term operator>(const Term& a, const Term& b) { return compare("aten::gt.Tensor", "aten::gt.Scalar", a, b); }
Term operator>=(const Term& a, const Term& b) { return compare("aten::ge.Tensor", "aten::ge.Scalar", a, b); }
Term operator&(const Term& a, const Term& b) {
  return run(a.call(), "aten::bitwise_and.Tensor", {a.value(), b.value()});
}
Term operator|(const Term& a, const Term& b) {
  return run(a.call(), "aten::bitwise_or.Tensor", {a.value(), b.value()});
}

Term where(const Term& condition, const Term& a, const Term& b) {
  constexpr std::string_view kForms[2][2] = {{"aten::where.self", "aten::where.ScalarOther"},
                                             {"aten::where.ScalarSelf", "aten::where.Scalar"}};
  return run(condition.call(), kForms[a.is_number()][b.is_number()], {condition.value(), a.value(), b.value()});
}

SymFloat per_element(double numerator, const FakeTensor& tensor) {
  const SymInt count = tensor.numel();
  check(!count.is(0), ErrorType::kZeroDivisionError, [] { return "float division by zero"; });
  return true_div(SymFloat(numerator), sym_float(count));
}

Opmath::Opmath(Call& call) : call_(call), tensors_(call.size()) {
  std::vector<Value> given;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.arg(i).holds<FakeTensor*>()) given.push_back(call.arg(i));
  }
  const Dtypes dtypes = elementwise_dtypes(given);
  result_ = dtypes.result;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.arg(i).holds<FakeTensor*>()) tensors_[i] = &to_dtype(call, call.tensor(i), dtypes.computation);
  }
}

FakeTensor& Opmath::result(const Term& value) const { return to_dtype(call_, value.tensor(), result_); }

}  // namespace retrace::ops
