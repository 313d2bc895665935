// SPDX-License-Identifier: Apache-2.0
#include "core/ops/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/each_tensor.h"
#include "core/ops/gradient_checks.h"

namespace retrace::ops {

namespace {

/// torch/csrc/autograd/VariableTypeUtils.h check_inplace
void check_inplace(const FakeTensor& tensor) {
  if (tensor.requires_grad) {
    raise(ErrorType::kRuntimeError, "a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (tensor.base != nullptr && tensor.base->requires_grad && tensor.tracks_grad) {
    raise(ErrorType::kRuntimeError,
          "a view of a leaf Variable that requires grad is being used in an in-place operation.");
  }
}

void check_layouts(const Operator& op, const Call& call) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    for_each_tensor(call.arg(i), [&](const FakeTensor& t) {
      const bool sparse = t.layout >= Layout::kSparseCoo && t.layout <= Layout::kSparseBsc;
      if (!sparse || op.takes_sparse) return;
      raise(ErrorType::kUnsupported, "sparse layouts are not traced: " + std::string(op.schema->name));
    });
  }
}

bool differentiable(const FakeTensor& tensor) { return is_floating(tensor.dtype) || is_complex(tensor.dtype); }

bool is_tracked(const FakeTensor& t) { return t.requires_grad || t.tracks_grad; }

bool any_tracked(const Call& call) {
  bool tracked = false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    for_each_tensor(call.arg(i), [&](const FakeTensor& t) { tracked |= is_tracked(t); });
  }
  return tracked;
}

/// torch/csrc/autograd/functions/utils.h set_history: what is followed has to be of a differentiable dtype.
void check_followed(const Results& results) {
  for_each_tensor(results.front(), [](const FakeTensor& t) {
    check(differentiable(t), ErrorType::kRuntimeError,
          [&] { return fmt::format("Autograd not support dtype: {}", aten_name(t.dtype)); });
  });
}

/// Autograd's clone is not traced, but what it asks of the shapes is.
void save_self(const Operator& op, Call& call) {
  if (!op.saves_self && !op.saves_other) return;
  if (call.size() == 0 || !call.arg(0).holds<FakeTensor*>()) return;
  const Value& needs = call.arg(op.saves_other ? 1 : 0);
  if (needs.holds<FakeTensor*>() && is_tracked(*needs.get<FakeTensor*>())) call.op("aten::clone", {call.arg(0)});
}

/// Calls visit(FakeTensor&) for each tensor that the operator writes.
template <typename Visit>
void for_each_written(const Operator& op, const Call& call, Visit&& visit) {
  if (!op.schema->is_mutable) return;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (op.parameters[i].is_written) for_each_tensor(call.arg(i), visit);
  }
}

}  // namespace

Results run(Call& call) { return run(operator_of(call.schema()), call, nullptr); }

Results run(const Operator& op, Call& call, CallMemo* memo) {
  check_layouts(op, call);
  const bool grad = call.context().grad_enabled();
  if (grad) for_each_written(op, call, check_inplace);
  const bool tracked = grad && any_tracked(call) && !op.stops_gradient;
  if (tracked) {
    for (const WithoutFormula& a : op.without_formula) check_no_gradient(call, call.arg(a.argument), a.name, a.says_so);
    save_self(op, call);
  }
  Results results = memo != nullptr && !op.schema->is_mutable ? memo->run(op.rule, call) : op.rule(call);
  for_each_written(op, call, [](FakeTensor& t) {
    if (t.storage != nullptr) ++t.storage->version;
  });
  if (!tracked) return results;
  if (op.follows_any_dtype && !op.schema->is_mutable) check_followed(results);
  // rebase_history: what a view is written with becomes part of its base's history
  for_each_written(op, call, [](FakeTensor& t) {
    if (t.base != nullptr && differentiable(*t.base)) t.base->tracks_grad = true;
  });
  const std::size_t count = op.only_first_differentiable ? 1 : results.size();
  for (std::size_t i = 0; i < std::min(count, results.size()); ++i) {
    for_each_tensor(results[i],
                    [](FakeTensor& t) { t.tracks_grad = t.tracks_grad || (differentiable(t) && !t.requires_grad); });
  }
  return results;
}

}  // namespace retrace::ops
