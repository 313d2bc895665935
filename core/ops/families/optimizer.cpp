// SPDX-License-Identifier: Apache-2.0
// Steps of optimisers and of gradient scaling (ATen/native/FusedAdam.cpp, FusedSGD.cpp, FusedAdagrad.cpp,
// AmpKernels.cpp).
#include <fmt/format.h>

#include "core/ops/each_tensor.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

bool is_written(const SchemaArg& arg) { return arg.type.find('!') != std::string_view::npos; }

/// What a functional step gives: copies of the lists that its in-place form writes to.
Results copies(Call& call, std::size_t count) {
  Results results;
  for (std::size_t i = 0; i < count; ++i) {
    ValueList list;
    for (FakeTensor* t : call.tensors(i)) list.emplace_back(&clone(call, *t));
    results.emplace_back(std::move(list));
  }
  return results;
}

bool is_functional(const Call& call) {
  return std::none_of(call.schema().args.begin(), call.schema().args.end(), is_written);
}

Results step(Call& call, std::size_t written) { return is_functional(call) ? copies(call, written) : Results(); }

/// Tensor.item() of a learning rate or a step on zeros.
void check_one_number(const FakeTensor& t) {
  check(t.numel().is(1), ErrorType::kRuntimeError,
        [&] { return fmt::format("a Tensor with {} elements cannot be converted to Scalar", to_string(t.numel())); });
}

/// TORCH_CHECK without a text of its own.
void expect_true(bool condition, std::string_view written) {
  check(condition, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {} to be true, but got false. (Could this error message be improved? If so, please "
        "report an enhancement request to PyTorch.)",
        written);
  });
}

void check_count(Call& call, std::size_t list) {
  expect_true(call.tensors(list).size() == call.tensors(0).size(),
              fmt::format("{}.size() == n_tensors", call.schema().args[list].name));
}
void check_counts(Call& call, std::size_t lists) {
  for (std::size_t i = 1; i < lists; ++i) check_count(call, i);
}

/// The kernel's dispatch, a tensor of each list at a time.
void check_dtypes(Call& call, std::size_t lists, std::string_view kernel) {
  for (std::size_t n = 0; n < call.tensors(0).size(); ++n) {
    const ScalarType dtype = call.tensors(0)[n]->dtype;
    if (!is_floating(dtype)) raise_not_implemented(kernel, dtype);
    for (std::size_t i = 1; i < lists; ++i) check_scalar_type(*call.tensors(i)[n], dtype);
  }
}

// _meta_registrations.py meta__fused_adam(_) asks that lists be lists
Results adam(Call& call) { return step(call, 5); }
Results adam_tensor_rate(Call& call) {
  check_fallback(call);
  check_one_number(call.tensor(6));
  check_counts(call, 4);
  if (call.boolean(11)) {
    check_count(call, 4);
  } else {
    expect_true(call.tensors(4).empty(), "max_exp_avg_sqs.empty()");
  }
  check_count(call, 5);
  check_dtypes(call, 4, "fused_adam_kernel");
  return step(call, 5);
}

Results sgd(Call& call) {
  check_fallback(call);
  check_counts(call, 2);
  if (!call.tensors(2).empty() || call.number(4) != 0) check_count(call, 2);
  check_dtypes(call, call.tensors(2).empty() ? 2 : 3, "fused_sgd_kernel");
  return step(call, 3);
}
Results sgd_tensor_rate(Call& call) {
  check_fallback(call);
  check_one_number(call.tensor(5));
  return sgd(call);
}

Results adagrad_of(Call& call, std::size_t written) {
  check_counts(call, 4);
  for (std::size_t n = 0; n < call.tensors(0).size(); ++n) {
    const ScalarType dtype = call.tensors(0)[n]->dtype;
    if (!is_floating(dtype)) raise_not_implemented("fused_adagrad_kernel", dtype);
    check_one_number(*call.tensors(3)[n]);
    for (const std::size_t i : {1U, 2U}) check_scalar_type(*call.tensors(i)[n], dtype);
  }
  return step(call, written);
}
Results adagrad(Call& call) {
  check_fallback(call);
  return adagrad_of(call, 4);
}
Results adagrad_tensor_rate(Call& call) {
  check_fallback(call);
  check_one_number(call.tensor(4));
  return adagrad_of(call, 3);
}

// ---- Gradient scaling

/// _meta_registrations.py meta__amp_foreach_non_finite_check_and_unscale_
void check_scaling(Call& call) {
  for (const std::size_t i : {1U, 2U}) {
    check(call, sym_eq(call.tensor(i).numel(), 1), ErrorType::kRuntimeError,
          [&] { return fmt::format("{} must be a 1-element tensor.", call.schema().args[i].name); });
  }
  for (const std::size_t i : {1U, 2U}) {
    check(is_floating(call.tensor(i).dtype), ErrorType::kRuntimeError,
          [&] { return fmt::format("{} must be a float tensor.", call.schema().args[i].name); });
  }
}
Results unscale_in_place(Call& call) {
  check_scaling(call);
  return {};
}
Results unscale(Call& call) {
  check_scaling(call);
  return {copies(call, 1).front(), &clone(call, call.tensor(1))};
}
Results update_scale_in_place(Call& call) { return one(call.tensor(0)); }
Results update_scale(Call& call) { return {&clone(call, call.tensor(0)), &clone(call, call.tensor(1))}; }

constexpr OpRow kRows[] = {
    {"_amp_foreach_non_finite_check_and_unscale", unscale},
    {"_amp_foreach_non_finite_check_and_unscale_", unscale_in_place},
    {"_amp_update_scale", update_scale},
    {"_amp_update_scale_", update_scale_in_place},
    {"_fused_adagrad", adagrad},
    {"_fused_adagrad.tensor_lr", adagrad_tensor_rate},
    {"_fused_adagrad_", adagrad},
    {"_fused_adagrad_.tensor_lr", adagrad_tensor_rate},
    {"_fused_adam", adam},
    {"_fused_adam.tensor_lr", adam_tensor_rate},
    {"_fused_adam_", adam},
    {"_fused_adam_.tensor_lr", adam_tensor_rate},
    {"_fused_adamw", adam},
    {"_fused_adamw.tensor_lr", adam_tensor_rate},
    {"_fused_adamw_", adam},
    {"_fused_adamw_.tensor_lr", adam_tensor_rate},
    {"_fused_sgd", sgd},
    {"_fused_sgd.tensor_lr", sgd_tensor_rate},
    {"_fused_sgd_", sgd},
    {"_fused_sgd_.tensor_lr", sgd_tensor_rate},
};

}  // namespace

std::span<const OpRow> optimizer_ops() { return kRows; }

}  // namespace retrace::ops
