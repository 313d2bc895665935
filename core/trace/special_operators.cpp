// SPDX-License-Identifier: Apache-2.0
// Operators that are not traced as they stand: reads of sizes, items and truth values of tensors.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/run.h"
#include "core/trace/interpreter.h"

namespace retrace::trace {

void Interpreter::raise_non_tensor() { raise(ErrorType::kUnsupported, "torch.* op returned non-Tensor"); }

Traced Interpreter::special(const ops::Operator& op, const BoundArguments& bound, bool& handled) {
  handled = true;
  constexpr std::string_view kAten = "aten::";
  const bool on_tensor = !bound.empty() && bound[0] != nullptr && bound[0]->value.holds<FakeTensor*>();
  if (!on_tensor || !op.schema->name.starts_with(kAten)) return handled = false, Traced();
  const std::string_view name = op.schema->name.substr(kAten.size());
  FakeTensor& tensor = *bound[0]->value.get<FakeTensor*>();
  const auto dim = [&](std::size_t count) {
    const std::int64_t given = bound[1]->value.get<SymInt>().as_int();
    const auto rank = static_cast<std::int64_t>(count);
    if (given < -rank || given >= rank) {
      raise(ErrorType::kIndexError,
            fmt::format("Dimension out of range (expected to be in range of [{}, {}], but got {})",
                        -std::max<std::int64_t>(rank, 1), std::max<std::int64_t>(rank, 1) - 1, given));
    }
    return given < 0 ? given + rank : given;
  };
  if (name == "sym_size.int") {
    const std::int64_t d = dim(tensor.sizes.size());
    return tracer_.read(tensor, {KeyStep::Kind::kSize, d}, tensor.sizes[static_cast<std::size_t>(d)], reads_by_method_);
  }
  if (name == "sym_stride.int") {
    const std::int64_t d = dim(tensor.strides.size());
    return tracer_.read(tensor, {KeyStep::Kind::kStride, d}, tensor.strides[static_cast<std::size_t>(d)],
                        reads_by_method_);
  }
  if (name == "sym_storage_offset" && tracer_.session().keeps_regions && tensor.storage_offset.is_int())
    raise_non_tensor();
  if (name == "sym_storage_offset")
    return tracer_.read(tensor, {KeyStep::Kind::kStorageOffset, 0}, tensor.storage_offset);
  if (name == "sym_numel") {
    Traced elements = number_of_elements(tensor);
    const bool is_known = tracer_.session().env().replace(elements.value.get<SymInt>()).is_int();
    if (tracer_.session().keeps_regions && is_known) raise_non_tensor();
    return elements;
  }
  if (name == "is_nonzero" && !tensor.constant) return is_nonzero(*bound[0]);
  if ((name == "item" || name == "_local_scalar_dense") && tensor.constant) {
    const Value args[] = {Value(&tensor)};
    ops::Call call(tracer_.session(), *ops::find_schema("aten::item"), args);
    Traced out;
    out.value = ops::run(call).front();
    return out;
  }
  return handled = false, Traced();
}

/// The product of the sizes, multiplied by traced operations (c10::multiply_integers over SymInts).
Traced Interpreter::number_of_elements(FakeTensor& tensor) {
  Traced product;
  product.value = Value(SymInt(1));
  for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
    const Traced size = tracer_.read(tensor, {KeyStep::Kind::kSize, static_cast<std::int64_t>(i)}, tensor.sizes[i]);
    Node mul;
    mul.target = "_operator.mul";
    product = run_symbolic(mul, {product, size});
  }
  return product;
}

/// proxy_call's special case: `(x != 0).item()`.
Traced Interpreter::is_nonzero(const Traced& tensor) {
  Session& session = tracer_.session();
  const SymInt numel = tensor.value.get<FakeTensor*>()->numel();
  if (!session.env().expect_true(sym_eq(numel, SymInt(1)))) {
    raise(ErrorType::kRuntimeError, "Boolean value of Tensor with more than one value is ambiguous");
  }
  Traced zero;
  zero.value = Value(SymInt(0));
  const Traced nonzero = emit("torch.ops.aten.ne.Scalar", {tensor, zero});
  return emit("torch.ops.aten.item.default", {nonzero});
}

}  // namespace retrace::trace
