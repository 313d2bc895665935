// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run.h"

#include "core/ops/op_table.h"

namespace retrace::ops {

namespace {

template <typename Visit>
void for_each_tensor(const Value& value, Visit&& visit) {
  if (value.holds<FakeTensor*>()) {
    visit(*value.get<FakeTensor*>());
  } else if (value.holds<ValueList>()) {
    for (const Value& element : value.get<ValueList>()) for_each_tensor(element, visit);
  }
}

bool is_written(const SchemaArg& arg) { return arg.type.find('!') != std::string_view::npos; }

/// torch/csrc/autograd/VariableTypeUtils.h check_inplace
void check_inplace(const FakeTensor& tensor) {
  if (tensor.requires_grad) {
    raise(ErrorType::kRuntimeError, "a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (tensor.base != nullptr && tensor.base->requires_grad && tensor.tracks_grad) {
    raise(ErrorType::kRuntimeError, "a view of a leaf Variable that requires grad is being used in an in-place operation.");
  }
}

bool differentiable(const FakeTensor& tensor) { return is_floating(tensor.dtype) || is_complex(tensor.dtype); }

bool stops_gradient(std::string_view name) { return name == "aten::detach" || name == "aten::detach_"; }

bool any_tracked(const Call& call) {
  bool tracked = false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    for_each_tensor(call.arg(i), [&](const FakeTensor& t) { tracked |= t.requires_grad || t.tracks_grad; });
  }
  return tracked;
}

}  // namespace

Results run(Call& call) {
  const Schema& schema = call.schema();
  const bool grad = call.context().grad_enabled();
  if (schema.is_mutable && grad) {
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (is_written(schema.args[i])) for_each_tensor(call.arg(i), [](const FakeTensor& t) { check_inplace(t); });
    }
  }
  const bool tracked = grad && any_tracked(call) && !stops_gradient(schema.name);
  Results results = find_rule(schema.name)(call);
  for (std::size_t i = 0; schema.is_mutable && i < call.size(); ++i) {
    if (!is_written(schema.args[i])) continue;
    for_each_tensor(call.arg(i), [](FakeTensor& t) {
      if (t.storage != nullptr) ++t.storage->version;
    });
  }
  if (!tracked) return results;
  for (const Value& result : results) {
    for_each_tensor(result, [](FakeTensor& t) { t.tracks_grad = t.tracks_grad || (differentiable(t) && !t.requires_grad); });
  }
  return results;
}

}  // namespace retrace::ops
