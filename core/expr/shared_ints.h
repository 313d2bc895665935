// SPDX-License-Identifier: Apache-2.0
// Sizes or strides that tensors share: copies are one list, which nobody changes. Counted without locks: tensors stay
// in the thread that traces them.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "core/base/failure.h"
#include "core/expr/sym.h"

namespace retrace {

class SharedInts {
 public:
  SharedInts() = default;
  SharedInts(SymInts values) {  // NOLINT(google-explicit-constructor): a list of numbers is one
    if (!values.empty()) at_ = new Block{std::move(values)};
  }
  SharedInts(std::initializer_list<SymInt> values) : SharedInts(SymInts(values)) {}
  SharedInts(const SharedInts& other) : at_(other.at_) {
    if (at_ != nullptr) ++at_->owners;
  }
  SharedInts(SharedInts&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}
  SharedInts& operator=(SharedInts other) noexcept {
    std::swap(at_, other.at_);
    return *this;
  }
  ~SharedInts() {
    if (at_ != nullptr && --at_->owners == 0) delete at_;
  }

  operator const SymInts&() const { return values(); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] const SymInts& values() const {
    static const SymInts kNone;
    return at_ == nullptr ? kNone : at_->values;
  }
  [[nodiscard]] std::size_t size() const { return at_ == nullptr ? 0 : at_->values.size(); }
  [[nodiscard]] bool empty() const { return values().empty(); }
  [[nodiscard]] auto begin() const { return values().begin(); }
  [[nodiscard]] auto end() const { return values().end(); }
  [[nodiscard]] auto rbegin() const { return values().rbegin(); }
  [[nodiscard]] auto rend() const { return values().rend(); }
  /// Raises IndexError for a dimension that is not there, as `shape[i]` does in PyTorch's Python.
  const SymInt& operator[](std::size_t i) const {
    if (i >= size()) raise(ErrorType::kIndexError, "tuple index out of range");
    return at_->values[i];
  }
  [[nodiscard]] const SymInt& at(std::size_t i) const { return (*this)[i]; }
  [[nodiscard]] const SymInt& front() const { return (*this)[0]; }
  [[nodiscard]] const SymInt& back() const { return (*this)[size() - 1]; }

  /// The list to change: this one's own from now on.
  SymInts& edit() {
    if (at_ == nullptr || at_->owners > 1) {
      Block* own = new Block{values()};
      *this = SharedInts();
      at_ = own;
    }
    at_->chosen_by = nullptr;
    return at_->values;
  }

  /// Of one list and its copies; null: empty.
  [[nodiscard]] const void* id() const { return at_; }
  /// Who chose this list to stand for all that hold the same, if anybody did (ops::CallMemo).
  [[nodiscard]] const void* chosen_by() const { return at_ == nullptr ? nullptr : at_->chosen_by; }
  void choose(const void* by) const { at_->chosen_by = by; }

 private:
  struct Block {
    SymInts values;
    std::uint32_t owners = 1;
    const void* chosen_by = nullptr;
  };
  Block* at_ = nullptr;
};

}  // namespace retrace
