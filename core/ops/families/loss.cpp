// SPDX-License-Identifier: Apache-2.0
// Loss functions.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/reduce.h"

namespace retrace::ops {
namespace {

/// at::Reduction.
constexpr std::int64_t kMean = 1;
constexpr std::int64_t kSum = 2;

/// Anything but mean and sum is no reduction.
bool reduces(std::int64_t reduction) { return reduction == kMean || reduction == kSum; }

FakeTensor& scalar_of(Call& call, ScalarType dtype, const Device& device) { return call.contiguous(dtype, {}, device); }

/// apply_loss_reduction.
FakeTensor& apply_reduction(Call& call, FakeTensor& loss, std::int64_t reduction) {
  if (!reduces(reduction)) return loss;
  check(reduction != kMean || is_floating(loss.dtype) || is_complex(loss.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
        torch_name(loss.dtype));
  });
  return scalar_of(call, loss.dtype, loss.device);
}

/// A loss of `operands` leading tensors, the reduction at place `reduction_at`.
template <std::size_t operands, std::size_t reduction_at>
Results elementwise_loss(Call& call) {
  const std::vector<Value> values = [&] {
    std::vector<Value> leading;
    for (std::size_t i = 0; i < operands; ++i) leading.push_back(call.arg(i));
    return leading;
  }();
  FakeTensor& loss = elementwise_of(call, values, elementwise_dtypes(values, Promotion::kIntToFloat));
  return {&apply_reduction(call, loss, call.integer(reduction_at))};
}

/// mse, l1, smooth l1 and huber loss of a difference.
template <std::size_t reduction_at>
Results difference_loss(Call& call) {
  FakeTensor& loss = fast_binary(call, call.arg(0), call.arg(1), Promotion::kDefault);
  loss.dtype = to_real(loss.dtype);
  return {&apply_reduction(call, loss, call.integer(reduction_at))};
}

Results huber_loss(Call& call) {
  check(call.number(3) > 0, ErrorType::kRuntimeError,
        [] { return "huber_loss does not support non-positive values for delta."; });
  return difference_loss<2>(call);
}

/// binary_cross_entropy_with_logits(self, target, weight?, pos_weight?, reduction)
Results logits_loss(Call& call) { return elementwise_loss<4, 4>(call); }

Results margin_ranking_loss(Call& call) {
  const std::int64_t rank = call.tensor(0).dim();
  check(rank == call.tensor(1).dim() && rank == call.tensor(2).dim(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {}, input2: {}, "
        "target: "
        "{} ",
        size_text(call.tensor(0).sizes), size_text(call.tensor(1).sizes), size_text(call.tensor(2).sizes));
  });
  return elementwise_loss<3, 4>(call);
}

/// ATen/native/Loss.cpp cosine_embedding_loss: the last dimension is summed away.
Results cosine_embedding_loss(Call& call) {
  const FakeTensor& target = call.tensor(2);
  check(target.dim() <= 1, ErrorType::kRuntimeError,
        [] { return "0D or 1D target tensor expected, multi-target not supported"; });
  FakeTensor& joined = elementwise(call, {call.arg(0), call.arg(1)}, Promotion::kIntToFloat);
  const std::int64_t dims[] = {target.dim()};
  check(joined.dim() == target.dim() + 1, ErrorType::kRuntimeError, [&] {
    return target.dim() == 1 ? "1D target tensor expects 2D input tensors"
                             : "0D target tensor expects 1D input tensors";
  });
  FakeTensor& similarity = reduced(call, joined, dims, false, joined.dtype);
  FakeTensor& loss = elementwise(call, {&similarity, call.arg(2)});
  return {&apply_reduction(call, loss, call.integer(4))};
}

/// ATen/native/Loss.cpp triplet_margin_loss.
Results triplet_margin_loss(Call& call) {
  const auto rank = [&](std::size_t i) { return call.tensor(i).dim(); };
  check(rank(0) == rank(1) && rank(1) == rank(2), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
        "anchor {}D, "
        "positive {}D, and negative {}D inputs",
        rank(0), rank(1), rank(2));
  });
  const auto distance = [&](std::size_t other) -> FakeTensor& {
    FakeTensor& difference = elementwise(call, {call.arg(0), call.arg(other)}, Promotion::kIntToFloat);
    const std::int64_t last[] = {difference.dim() - 1};
    return reduced(call, difference, last, false, to_real(difference.dtype));
  };
  FakeTensor& to_positive = distance(1);
  FakeTensor& loss = elementwise(call, {&to_positive, &distance(2)});
  return {&apply_reduction(call, loss, call.integer(7))};
}

// ---- Negative log likelihood.

void check_batch(Call& call, const FakeTensor& self, const FakeTensor& target) {
  check(self.dim() > 0, ErrorType::kValueError,
        [&] { return fmt::format("Expected 1 or more dimensions (got {})", self.dim()); });
  if (self.dim() == 1) return;
  check(target.dim() > 0 && call.env().guard(sym_eq(self.sizes[0], target.sizes[0])), ErrorType::kValueError, [&] {
    return fmt::format("Expected input batch_size ({}) to match target batch_size ({}).", to_string(self.sizes[0]),
                       target.dim() > 0 ? to_string(target.sizes[0]) : "");
  });
}

FakeTensor& negative_log_likelihood(Call& call, std::int64_t reduction) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& target = call.tensor(1);
  check_batch(call, self, target);
  if (reduces(reduction)) return scalar_of(call, self.dtype, self.device);
  return call.contiguous(self.dtype, target.sizes, self.device);
}

/// nll_loss, nll_loss2d, nll_loss_nd(self, target, weight, reduction, ignore_index)
Results nll_loss(Call& call) {
  check(call.tensor(0).dim() > 2 || call.tensor(1).dim() <= 1, ErrorType::kAssertionError, [&] {
    return fmt::format("0D or 1D target tensor expected, multi-target not supported, got {}D", call.tensor(1).dim());
  });
  return {&negative_log_likelihood(call, call.integer(3))};
}

Results nll_loss_forward(Call& call) {
  const FakeTensor& self = call.tensor(0);
  Value loss = &negative_log_likelihood(call, call.integer(3));
  return {loss, &scalar_of(call, self.dtype, self.device)};
}

/// ATen/native/LossNLL.cpp cross_entropy_loss: a target of the input's shape holds probabilities.
Results cross_entropy_loss(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& target = call.tensor(1);
  const std::int64_t reduction = call.integer(3);
  const bool probabilities =
      self.sizes.size() == target.sizes.size() && call.env().guard(sym_eq(self.sizes, target.sizes));
  if (!probabilities) return {&negative_log_likelihood(call, reduction)};
  check(is_floating(target.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected floating point type for target with class probabilities, got {}",
                       aten_name(target.dtype));
  });
  const ScalarType dtype = promote_types(self.dtype, target.dtype);
  if (reduces(reduction)) return {&scalar_of(call, dtype, self.device)};
  const std::int64_t class_dim[] = {self.dim() == 1 ? 0 : 1};
  return {&reduced(call, self, class_dim, false, dtype)};
}

/// _decomp/decompositions.py multi_margin_loss(self, target, p, margin, weight, reduction).
Results multi_margin_loss(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& target = call.tensor(1);
  const SymInt frames = self.dim() == 2 ? self.sizes[0] : SymInt(1);
  check(self.dim() <= 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected non-empty vector or matrix with optional 0-dim batch size, but got: {}",
                       size_text(self.sizes));
  });
  check(target.dim() <= 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size, expected {} but got {}", to_string(frames), size_text(target.sizes));
  });
  check(call, sym_eq(target.numel(), frames), ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size, expected {} but got {}", to_string(frames), size_text(target.sizes));
  });
  if (reduces(call.integer(5))) return {&scalar_of(call, self.dtype, self.device)};
  return {&call.contiguous(self.dtype, {frames}, self.device)};
}

FakeTensor& multilabel_loss(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& target = call.tensor(1);
  const bool fits = self.sizes.size() == target.sizes.size() && call.env().guard(sym_eq(self.sizes, target.sizes));
  check(fits, ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size: {} for input of size: {}", size_text(target.sizes),
                       size_text(self.sizes));
  });
  const bool one_a_frame = !reduces(call.integer(2)) && self.dim() == 2;
  return call.contiguous(self.dtype, one_a_frame ? SymInts{self.sizes[0]} : SymInts{}, self.device);
}

Results multilabel_margin_loss(Call& call) { return {&multilabel_loss(call)}; }

Results multilabel_margin_loss_forward(Call& call) {
  Value loss = &multilabel_loss(call);
  const FakeTensor& self = call.tensor(0);
  return {loss, &call.contiguous(self.dtype, call.tensor(1).sizes, self.device)};
}

/// Its result's size is data (fake_impls dyn_shape).
template <bool tensor_lengths>
Results ctc_loss(Call&) {
  raise(ErrorType::kUnsupported, tensor_lengths ? "aten._ctc_loss.Tensor" : "aten._ctc_loss.default");
}

constexpr OpRow kRows[] = {
    {"_ctc_loss", ctc_loss<false>},
    {"_ctc_loss.Tensor", ctc_loss<true>},
    {"binary_cross_entropy", elementwise_loss<3, 3>},
    {"binary_cross_entropy_with_logits", logits_loss},
    {"cosine_embedding_loss", cosine_embedding_loss},
    {"cross_entropy_loss", cross_entropy_loss},
    {"ctc_loss.IntList", ctc_loss<false>},
    {"ctc_loss.Tensor", ctc_loss<true>},
    {"hinge_embedding_loss", elementwise_loss<2, 3>},
    {"huber_loss", huber_loss},
    {"kl_div", elementwise_loss<2, 2>},
    {"l1_loss", difference_loss<2>},
    {"margin_ranking_loss", margin_ranking_loss},
    {"mse_loss", difference_loss<2>},
    {"multi_margin_loss", multi_margin_loss},
    {"multilabel_margin_loss", multilabel_margin_loss},
    {"multilabel_margin_loss_forward", multilabel_margin_loss_forward},
    {"nll_loss", nll_loss},
    {"nll_loss2d", nll_loss},
    {"nll_loss2d_forward", nll_loss_forward},
    {"nll_loss_forward", nll_loss_forward},
    {"nll_loss_nd", nll_loss},
    {"poisson_nll_loss", elementwise_loss<2, 5>},
    {"smooth_l1_loss", difference_loss<2>},
    {"soft_margin_loss", elementwise_loss<2, 2>},
    {"triplet_margin_loss", triplet_margin_loss},
};

}  // namespace

std::span<const OpRow> loss_ops() { return kRows; }

}  // namespace retrace::ops
