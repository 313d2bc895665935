// SPDX-License-Identifier: Apache-2.0
// A tensor without data: what FakeTensorMode knows of one. Sizes and strides count elements.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/expr/shared_ints.h"
#include "core/ir/scalar_type.h"

namespace retrace {

/// Python scalar: bool, int, float or complex, plain or symbolic.
struct Scalar {
  std::variant<SymBool, SymInt, SymFloat, std::pair<double, double>> value = SymInt(0);
  [[nodiscard]] bool is_bool() const { return value.index() == 0; }
  [[nodiscard]] bool is_integral() const { return value.index() == 1; }
  [[nodiscard]] bool is_float() const { return value.index() == 2; }
  [[nodiscard]] bool is_complex() const { return value.index() == 3; }
};

/// What few owners have: made when it is first asked for, copied with its owner.
template <typename T>
class Rare {
 public:
  Rare() = default;
  Rare(const Rare& other) : at_(other.at_ == nullptr ? nullptr : std::make_unique<T>(*other.at_)) {}
  Rare(Rare&&) noexcept = default;
  ~Rare() = default;
  Rare& operator=(Rare other) noexcept {
    at_ = std::move(other.at_);
    return *this;
  }
  [[nodiscard]] const T* find() const { return at_.get(); }
  T& get() { return at_ == nullptr ? *(at_ = std::make_unique<T>()) : *at_; }
  [[nodiscard]] bool exists() const { return at_ != nullptr; }
  void reset() { at_.reset(); }

 private:
  std::unique_ptr<T> at_;
};

/// How many elements of a storage sizes, strides and an offset reach, where no size is 0.
SymInt reach(const SymInts& sizes, const SymInts& strides, const SymInt& offset);

/// Shared by a base and its views. What it holds is mostly never asked: where it is an expression, it is made then.
struct Storage {
  /// What makes up the size of a storage with symbols in it.
  struct Extent {
    SharedInts sizes, strides;
    SymInt offset;
    std::int64_t item_size = 1;  // bytes
    bool is_strided = false;     // else as many elements as the sizes say
  };
  std::uint32_t version = 0;  // writes so far (Tensor._version)
  std::int64_t plain_nbytes = 0;
  Rare<Extent> extent;  // instead of plain_nbytes

  [[nodiscard]] SymInt nbytes() const;
  /// As many elements of `item_size` bytes as the sizes say.
  void hold(const SharedInts& sizes, std::int64_t item_size);
  /// As far as the strides reach from the offset.
  void hold(const SharedInts& sizes, const SharedInts& strides, const SymInt& offset, std::int64_t item_size);
  /// As much as the other.
  void hold(const Storage& other) {
    plain_nbytes = other.plain_nbytes;
    extent = other.extent;
  }
};

struct FakeTensor {
  ScalarType dtype = ScalarType::kFloat;
  Layout layout = Layout::kStrided;
  Device device;
  bool requires_grad = false;  // autograd's flag on the tensor itself, for leaves; results of operators: false
  bool tracks_grad = false;    // a result that autograd follows back to a leaf; see ops::run
  bool is_conj = false;
  bool is_neg = false;
  SharedInts sizes;
  SharedInts strides;
  SymInt storage_offset;
  Storage* storage = nullptr;                   // identity: who aliases whom
  FakeTensor* base = nullptr;                   // the tensor that this one is a view of
  std::optional<std::vector<double>> constant;  // values known at trace time (FakeTensor.constant), row-major

  /// FakeTensor.item_memo: what item() gave, good until the storage is written again.
  struct ItemMemo {
    std::variant<std::monostate, SymBool, SymInt, SymFloat> value;
    std::uint32_t version = 0;
  };
  /// FakeTensor.nonzero_memo and its kin: the size that an operator gave for these data.
  struct CountMemo {
    std::optional<SymInt> count;
    std::uint32_t version = 0;
  };
  struct Memos {
    ItemMemo item;
    CountMemo nonzero, unique, unique_consecutive;
  };
  Rare<Memos> memos;

  [[nodiscard]] std::int64_t dim() const { return static_cast<std::int64_t>(sizes.size()); }
  [[nodiscard]] SymInt numel() const { return product(sizes.values()); }
};

}  // namespace retrace
