// SPDX-License-Identifier: Apache-2.0
// What an operator takes and gives while it is traced.
#pragma once
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/ops/fake_tensor.h"

namespace retrace {

struct Value;
using ValueList = std::vector<Value>;

/// monostate: Python's None. Plain numbers are the constant case of SymBool, SymInt and SymFloat.
struct Value : std::variant<std::monostate, FakeTensor*, SymInt, SymFloat, SymBool, std::string_view, ScalarType,
                            Layout, MemoryFormat, Device, std::pair<double, double>, ValueList, const void*> {
  using variant::variant;
  Value(std::int64_t v) : variant(SymInt(v)) {}                        // NOLINT(google-explicit-constructor)
  Value(int v) : variant(SymInt(v)) {}                                 // NOLINT(google-explicit-constructor)
  Value(double v) : variant(SymFloat(v)) {}                            // NOLINT(google-explicit-constructor)
  Value(bool v) : variant(SymBool(v)) {}                               // NOLINT(google-explicit-constructor)
  Value(const SharedInts& v) : Value(v.values()) {}                    // NOLINT(google-explicit-constructor)
  Value(const SymInts& v) : variant(ValueList(v.begin(), v.end())) {}  // NOLINT(google-explicit-constructor)
  Value(const Scalar& s);                                              // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool is_none() const { return index() == 0; }
  template <typename T>
  [[nodiscard]] bool holds() const {
    return std::holds_alternative<T>(*this);
  }
  template <typename T>
  [[nodiscard]] const T& get() const {
    return std::get<T>(static_cast<const variant&>(*this));
  }
};

}  // namespace retrace
