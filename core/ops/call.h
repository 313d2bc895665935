// SPDX-License-Identifier: Apache-2.0
// One call of an operator, as its rule sees it: the arguments in schema order, the shape environment, and
// the means to make results.
//
// Arguments are numbered as in the operator's schema (self is 0); what was not given has the schema's
// default. Accessors raise Failure(TypeError) where PyTorch's argument parser would. Guards go through `env()`.
// A rule returns the operator's results in order; an in-place operator returns its (changed) self, a view
// shares its base's storage, everything else gets fresh storage. A composite operator may call others with
// `op()`, which runs their rule without emitting a node.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/failure.h"
#include "core/ops/fake_tensor.h"
#include "core/ops/schema.h"
#include "core/ops/value.h"
#include "core/shapes/shape_env.h"

namespace retrace::ops {

/// What a trace offers to rules: one a trace, shared by its calls.
class TraceContext {
 public:
  virtual ~TraceContext() = default;
  virtual shapes::ShapeEnv& env() = 0;
  /// A fresh tensor object (owned by the trace).
  virtual FakeTensor& new_tensor() = 0;
  virtual Storage& new_storage() = 0;
  /// Non-strict export replaces Python's min and max, also inside meta functions, by sym_min and sym_max
  /// (_export/non_strict_utils.py _override_builtin_ops); strict export compares, which guards.
  [[nodiscard]] virtual bool overrides_builtin_min_max() const = 0;
  [[nodiscard]] virtual bool grad_enabled() const = 0;
};

class Call {
 public:
  Call(TraceContext& context, const Schema& schema, std::span<const Value> args)
      : context_(context), schema_(schema), args_(args) {}

  [[nodiscard]] const Schema& schema() const { return schema_; }
  TraceContext& context() { return context_; }
  shapes::ShapeEnv& env() { return context_.env(); }

  // Arguments, by place in the schema.
  [[nodiscard]] std::size_t size() const { return args_.size(); }
  [[nodiscard]] const Value& arg(std::size_t i) const { return args_[i]; }
  [[nodiscard]] bool is_none(std::size_t i) const { return args_[i].is_none(); }
  FakeTensor& tensor(std::size_t i) const;
  FakeTensor* optional_tensor(std::size_t i) const;       // null: None
  std::vector<FakeTensor*> tensors(std::size_t i) const;  // elements of Tensor?[] may be null
  SymInt sym_int(std::size_t i) const;
  std::optional<SymInt> optional_sym_int(std::size_t i) const;
  SymInts sym_ints(std::size_t i) const;  // an int stands for a list of one
  std::optional<SymInts> optional_sym_ints(std::size_t i) const;
  /// Plain numbers; a symbolic one is specialised (guard_int), as PyTorch does for `int` arguments.
  std::int64_t integer(std::size_t i) const;
  std::optional<std::int64_t> optional_integer(std::size_t i) const;
  std::vector<std::int64_t> integers(std::size_t i) const;
  std::optional<std::vector<std::int64_t>> optional_integers(std::size_t i) const;
  SymFloat sym_float(std::size_t i) const;  // an int is taken, too
  double number(std::size_t i) const;       // plain double
  std::optional<double> optional_number(std::size_t i) const;
  bool boolean(std::size_t i) const;  // a SymBool is guarded on
  std::optional<bool> optional_boolean(std::size_t i) const;
  std::string_view string(std::size_t i) const;
  std::optional<std::string_view> optional_string(std::size_t i) const;
  Scalar scalar(std::size_t i) const;
  std::optional<Scalar> optional_scalar(std::size_t i) const;
  std::optional<ScalarType> dtype(std::size_t i) const;
  std::optional<Layout> layout(std::size_t i) const;
  std::optional<Device> device(std::size_t i) const;
  std::optional<MemoryFormat> memory_format(std::size_t i) const;
  /// RuntimeError: "aten::relu() Expected a value of type 'Tensor' for argument 'self' but instead found type 'int'."
  [[noreturn]] void wrong_type(std::size_t i) const;

  // Results.
  /// Fresh, dense, row-major.
  FakeTensor& contiguous(ScalarType dtype, SymInts sizes, const Device& device);
  /// Fresh storage, given strides.
  FakeTensor& strided(ScalarType dtype, SymInts sizes, SymInts strides, const Device& device);
  /// Another tensor on the storage of `base`; its dtype, device and flags are base's.
  FakeTensor& view(FakeTensor& base, SymInts sizes, SymInts strides, SymInt storage_offset);

  /// A result that owns no memory yet: the rule fills sizes, strides and storage.
  FakeTensor& blank(ScalarType dtype, const Device& device);
  /// Runs another operator's rule ("aten::mm", "aten::add.Tensor"); arguments in schema order, the rest default.
  std::vector<Value> op(std::string_view name, std::initializer_list<Value> args);
  /// The same for an operator with one tensor result.
  FakeTensor& op1(std::string_view name, std::initializer_list<Value> args);

  /// Python's min and max inside a meta function (see TraceContext).
  SymInt py_min(const SymInt& a, const SymInt& b);
  SymInt py_max(const SymInt& a, const SymInt& b);

 private:
  TraceContext& context_;
  const Schema& schema_;
  std::span<const Value> args_;
};

/// The default of a schema's argument.
Value default_value(const SchemaArg& arg);
/// What Python calls the type of a value: "Tensor", "int", "NoneType".
std::string_view python_type(const Value& value);
/// The name of a schema without its overload: "aten::add".
std::string_view packet_name(const Schema& schema);

using Results = std::vector<Value>;
using Rule = Results (*)(Call& call);

/// torch._check and friends: raise(type, message()) unless `condition` holds (a guard, or a deferred assertion).
template <typename Message>
void check(Call& call, const SymBool& condition, ErrorType type, Message&& message) {
  if (condition.is_bool() ? !condition.as_bool() : !call.env().expect_true(condition)) raise(type, message());
}
/// The same for a condition that is plain.
template <typename Message>
void check(bool condition, ErrorType type, Message&& message) {
  if (!condition) raise(type, message());
}

}  // namespace retrace::ops
