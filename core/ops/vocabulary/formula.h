// SPDX-License-Identifier: Apache-2.0
// Formulas as torch/_decomp/decompositions.py writes them: arithmetic of tensors and numbers, each step the ATen
// operator that Python's runs, so that questions are asked in the order in which the formula asks them.
#pragma once
#include "core/ops/call.h"
#include "core/ops/vocabulary/promote.h"

namespace retrace::ops {

/// A tensor or a number in a formula.
class Term {
 public:
  Term(Call& call, FakeTensor& tensor) : call_(&call), value_(&tensor) {}
  Term(double number) : value_(number) {}           // NOLINT(google-explicit-constructor)
  Term(int number) : value_(number) {}              // NOLINT(google-explicit-constructor)
  Term(const SymFloat& number) : value_(number) {}  // NOLINT(google-explicit-constructor)
  Term(const Scalar& number) : value_(number) {}    // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_number() const { return call_ == nullptr; }
  [[nodiscard]] const Value& value() const { return value_; }
  [[nodiscard]] FakeTensor& tensor() const { return *value_.get<FakeTensor*>(); }
  [[nodiscard]] Call& call() const { return *call_; }

 private:
  Call* call_ = nullptr;  // none: a number
  Value value_;
};

Term operator+(const Term& a, const Term& b);
Term operator-(const Term& a, const Term& b);
Term operator*(const Term& a, const Term& b);
Term operator/(const Term& a, const Term& b);
Term operator-(const Term& a);
Term operator<(const Term& a, const Term& b);
Term operator<=(const Term& a, const Term& b);
Term operator>(const Term& a, const Term& b);
Term operator>=(const Term& a, const Term& b);
Term operator&(const Term& a, const Term& b);
Term operator|(const Term& a, const Term& b);
/// An operator of a tensor and what else it takes: apply("aten::exp", x).
template <typename... Rest>
Term apply(std::string_view op, const Term& a, const Rest&... rest) {
  return {a.call(), a.call().op1(op, {a.value(), Value(rest)...})};
}
/// torch.where
Term where(const Term& condition, const Term& a, const Term& b);
/// numerator / tensor.numel(), Python's division.
SymFloat per_element(double numerator, const FakeTensor& tensor);

/// The tensors of a call as a decomposition under type_casts(DEFAULT) sees them: in the computation dtype.
class Opmath {
 public:
  explicit Opmath(Call& call);
  Term operator[](std::size_t i) const { return {call_, *tensors_[i]}; }
  [[nodiscard]] bool has(std::size_t i) const { return tensors_[i] != nullptr; }
  /// In the dtype to which the call's tensors promote.
  [[nodiscard]] FakeTensor& result(const Term& value) const;

 private:
  Call& call_;
  std::vector<FakeTensor*> tensors_;  // by argument; null: none there
  ScalarType result_;
};

}  // namespace retrace::ops
