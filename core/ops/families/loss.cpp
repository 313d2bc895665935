// SPDX-License-Identifier: Apache-2.0
// Loss functions.
#include <fmt/format.h>

#include "core/ops/gradient_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/formula.h"
#include "core/ops/vocabulary/indexing.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// Anything but mean and sum is no reduction.
bool reduces(std::int64_t how) { return how == reduction::kMean || how == reduction::kSum; }

FakeTensor& scalar_of(Call& call, ScalarType dtype, const Device& device) { return call.contiguous(dtype, {}, device); }

/// mean() of a tensor of this dtype.
void check_mean(ScalarType dtype) {
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
        torch_name(dtype));
  });
}

/// -t of a tensor of this dtype.
void check_negation(ScalarType dtype) {
  check(!is_bool(dtype), ErrorType::kRuntimeError, [] {
    return "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
           "`~` or `logical_not()` operator instead.";
  });
}

/// apply_loss_reduction.
FakeTensor& apply_reduction(Call& call, FakeTensor& loss, std::int64_t reduction) {
  if (!reduces(reduction)) return loss;
  if (reduction == reduction::kMean) call.op("aten::mean", {&loss});
  const bool sums_integers = reduction == reduction::kSum && is_integral(loss.dtype, true);
  return scalar_of(call, sums_integers ? ScalarType::kLong : loss.dtype, loss.device);
}

Term tensor(Call& call, std::size_t i) { return {call, call.tensor(i)}; }

/// A decomposition of a loss over tensors in the computation dtype (pw_cast_for_opmath).
template <Term (*formula)(Call&, const Opmath&), std::size_t reduction_at>
Results opmath(Call& call) {
  const Opmath t(call);
  FakeTensor& loss = formula(call, t).tensor();
  return {&t.result({call, apply_reduction(call, loss, call.integer(reduction_at))})};
}
/// A composite of ATen, which promotes as it goes along.
Results reduced_loss(Call& call, const Term& loss, std::size_t reduction_at) {
  return {&apply_reduction(call, loss.tensor(), call.integer(reduction_at))};
}

Term binary_cross_entropy(Call&, const Opmath& t) {
  const Term x = t[0];
  const Term missed = (t[1] - 1) * apply("aten::log1p", -x);
  const Term loss = missed - t[1] * apply("aten::log", x);
  return t.has(2) ? loss * t[2] : loss;
}
Term squared(Call&, const Opmath& t) {
  const Term difference = t[0] - t[1];
  return difference * difference;
}
/// Either branch of huber_loss and smooth_l1_loss multiplies by a float.
Term absolute(Call&, const Opmath& t) { return 0.5 * apply("aten::abs", t[0] - t[1]); }
Term soft_margin(Call&, const Opmath& t) { return apply("aten::log1p", apply("aten::exp", -t[0] * t[1])); }

/// _decomp/decompositions.py binary_cross_entropy_with_logits(self, target, weight, pos_weight, reduction)
Results logits_loss(Call& call) {
  const Term self = tensor(call, 0);
  const Term target = tensor(call, 1);
  const auto log_sigmoid = [&] { return apply("aten::log_sigmoid", self); };
  Term loss = self;
  if (call.is_none(3)) {
    loss = (1 - target) * self;
    loss = loss - log_sigmoid();
  } else {
    const Term weight = (tensor(call, 3) - 1) * target + 1;
    loss = (1 - target) * self;
    loss = loss - weight * log_sigmoid();
  }
  if (!call.is_none(2)) loss = loss * tensor(call, 2);
  loss.tensor().dtype = target.tensor().dtype;  // written into 1 - target step by step
  return reduced_loss(call, loss, 4);
}

/// ATen/native/Loss.cpp poisson_nll_loss(input, target, log_input, full, eps, reduction)
Results poisson_loss(Call& call) {
  const Term input = tensor(call, 0);
  const Term target = tensor(call, 1);
  Term loss = input;
  if (call.boolean(2)) {
    loss = apply("aten::exp", input) - target * input;
  } else {
    loss = input - target * apply("aten::log", input + call.scalar(4));
  }
  if (call.boolean(3)) {
    const Term stirling = target * apply("aten::log", target) - target;
    loss = loss + (stirling + 0.5 * apply("aten::log", 6.3 * target));
  }
  return reduced_loss(call, loss, 5);
}

/// l1 loss: real, also of complex operands.
Results l1_loss(Call& call) {
  FakeTensor& loss = fast_binary(call, call.arg(0), call.arg(1), Promotion::kDefault);
  loss.dtype = to_real(loss.dtype);
  return {&apply_reduction(call, loss, call.integer(2))};
}

Results huber_loss(Call& call) {
  const std::int64_t reduction = call.integer(2);
  check(reduction >= 0 && reduction <= reduction::kSum, ErrorType::kValueError,
        [&] { return fmt::format("{} is not a valid value for reduction", reduction); });
  check(call.number(3) > 0, ErrorType::kRuntimeError,
        [] { return "huber_loss does not support non-positive values for delta."; });
  return opmath<absolute, 2>(call);
}

/// ATen/native/Loss.cpp hinge_embedding_loss: both halves are chosen by the target.
Results hinge_embedding_loss(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& difference = like(call, self);
  call.op("aten::clamp_min_", {&difference, 0});
  FakeTensor& chosen = elementwise_of(call, {call.arg(1)}, ScalarType::kBool);
  FakeTensor& margin = where(call, chosen, &difference, &like(call, self));
  FakeTensor& inner = where(call, chosen, &self, &like(call, self));
  FakeTensor& loss = call.op1("aten::add.Tensor", {&margin, &inner});
  return {&apply_reduction(call, loss, call.integer(3))};
}

/// ATen/native/Loss.cpp kl_div.
Results kl_div(Call& call) {
  const auto integral = [&](std::size_t i) { return is_integral(call.tensor(i).dtype, true); };
  check(!is_complex(call.tensor(0).dtype) && !is_complex(call.tensor(1).dtype), ErrorType::kRuntimeError,
        [] { return "kl_div: Complex inputs not supported."; });
  check(!integral(0) && !integral(1), ErrorType::kRuntimeError,
        [] { return "kl_div: Integral inputs not supported."; });
  const Term input = tensor(call, 0);
  const Term target = tensor(call, 1);
  if (call.boolean(3)) return reduced_loss(call, apply("aten::exp", target) * (target - input), 2);
  const Term entropy = apply("aten::xlogy.Tensor", target, target.value());
  return reduced_loss(call, entropy - target * input, 2);
}

Results margin_ranking_loss(Call& call) {
  const std::int64_t rank = call.tensor(0).dim();
  check(rank == call.tensor(1).dim() && rank == call.tensor(2).dim(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {}, input2: {}, "
        "target: "
        "{} ",
        size_text(call.tensor(0).sizes), size_text(call.tensor(1).sizes), size_text(call.tensor(2).sizes));
  });
  const Term sign = -tensor(call, 2);
  return reduced_loss(call, sign * (tensor(call, 0) - tensor(call, 1)) + call.scalar(3), 4);
}

/// ATen/native/Loss.cpp cosine_embedding_loss: the last dimension is summed away.
Results cosine_embedding_loss(Call& call) {
  const FakeTensor& target = call.tensor(2);
  check(target.dim() <= 1, ErrorType::kRuntimeError,
        [] { return "0D or 1D target tensor expected, multi-target not supported"; });
  check(call.tensor(0).dim() == target.dim() + 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("{0}D target tensor expects {1}D input tensors, but found inputs with sizes {2} and {3}.",
                       target.dim(), target.dim() + 1, to_string(call.tensor(0).sizes),
                       to_string(call.tensor(1).sizes));
  });
  const auto summed = [&](std::size_t a, std::size_t b) {
    return apply("aten::sum.dim_IntList", tensor(call, a) * tensor(call, b), SymInts{target.dim()});
  };
  const Term product = summed(0, 1);
  const Term left = summed(0, 0) + 1e-12;
  const Term magnitude = apply("aten::sqrt", left * (summed(1, 1) + 1e-12));
  const Term cosine = product / magnitude;
  const Term zeros(call, like(call, cosine.tensor()));
  const auto chosen = [&](const Term& value) {
    return where(apply("aten::eq.Scalar", tensor(call, 2), 1), value, zeros);
  };
  const Term positive = chosen(1 - cosine);
  return reduced_loss(call, positive + chosen(cosine - call.scalar(3)), 4);
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
    return call.op1("aten::pairwise_distance", {call.arg(0), call.arg(other), call.arg(4), call.arg(5)});
  };
  const Term to_positive(call, distance(1));
  Term to_negative(call, distance(2));
  if (call.boolean(6)) {
    const Term swapped(call, call.op1("aten::pairwise_distance", {call.arg(1), call.arg(2), call.arg(4), call.arg(5)}));
    to_negative = apply("aten::minimum", to_negative, swapped.value());
  }
  return reduced_loss(call, call.scalar(3) + to_positive - to_negative, 7);
}

// ---- Negative log likelihood.

/// What the forms of nll_loss take.
struct Likelihood {
  FakeTensor& self;
  FakeTensor& target;
  FakeTensor* weight = nullptr;
  std::int64_t reduction = reduction::kMean;
};

/// Of the sum of the weights that count; of zero, where nothing is reduced.
ScalarType total_dtype(const Likelihood& l, ScalarType weighted) {
  if (l.weight == nullptr || (!reduces(l.reduction) && l.self.dim() > 1)) return weighted;
  return is_integral(l.weight->dtype, true) ? ScalarType::kLong : l.weight->dtype;
}

/// _decomp/decompositions.py _nll_loss_forward: loss and total weight.
Results likelihood(Call& call, const Likelihood& l) {
  const std::int64_t channel = l.self.dim() < 2 ? 0 : 1;
  check_negation(l.self.dtype);
  FakeTensor* weighted = &l.self;
  if (l.weight != nullptr) {
    FakeTensor* wide = l.weight;
    if (l.self.dim() > 1) {
      SymInts shape(l.self.sizes.size(), SymInt(1));
      shape[1] = size_at(*l.weight, 0);
      wide = &view_shape(call, *l.weight, shape);
    }
    weighted = &call.op1("aten::mul.Tensor", {&l.self, wide});
    expand(call, *wide, weighted->sizes);
  }
  FakeTensor& safe = call.op1("aten::where.ScalarOther", {&like(call, l.target, ScalarType::kBool), &l.target, 0});
  FakeTensor& picked = call.op1("aten::gather", {weighted, channel, &unsqueeze(call, safe, channel)});
  FakeTensor& chosen = like(call, squeeze(call, picked, channel));
  FakeTensor& loss = call.op1("aten::where.ScalarOther", {&like(call, l.target, ScalarType::kBool), &chosen, 0});
  FakeTensor& total = scalar_of(call, total_dtype(l, weighted->dtype), l.self.device);
  if (!reduces(l.reduction)) return {&loss, &total};
  const bool divides = l.reduction == reduction::kMean && is_integral(loss.dtype, true);
  return {&scalar_of(call, divides ? kDefaultDtype : loss.dtype, l.self.device), &total};
}

void check_class_weight(Call& call, const Likelihood& l) {
  const SymInt& classes = size_at(l.self, -1);
  const bool fits = l.weight == nullptr || (l.weight->dim() == 1 && truth(call, sym_eq(l.weight->numel(), classes)));
  check(fits, ErrorType::kAssertionError, [&] {
    return fmt::format(
        "weight tensor should be defined either for all {} classes or no classes but got weight tensor of shape: {}",
        to_string(classes), size_text(l.weight->sizes));
  });
}

/// _decomp/decompositions.py nll_loss_forward.
Results nll_loss_of(Call& call, const Likelihood& l) {
  check(l.self.dim() > 0 && l.self.dim() <= 2, ErrorType::kAssertionError,
        [&] { return fmt::format("input tensor should be 1D or 2D, got {}D", l.self.dim()); });
  check(l.target.dim() <= 1, ErrorType::kAssertionError, [&] {
    return fmt::format("0D or 1D target tensor expected, multi-target not supported, got {}D", l.target.dim());
  });
  if (l.self.dim() != 1 || l.target.dim() != 0) {
    check(l.target.dim() == 1, ErrorType::kIndexError, [] { return "tuple index out of range"; });
    check(call, sym_eq(l.self.sizes[0], l.target.sizes[0]), ErrorType::kRuntimeError, [&] {
      return fmt::format("size mismatch (got input: {}, target: {})", size_text(l.self.sizes),
                         size_text(l.target.sizes));
    });
  }
  check_class_weight(call, l);
  return likelihood(call, l);
}

/// ATen/native/LossNLL.cpp nll_loss_nd: more dimensions are folded into a plane.
FakeTensor& folded_likelihood(Call& call, const Likelihood& l) {
  const SymInts inner(l.self.sizes.begin() + 2, l.self.sizes.end());
  SymInts out = inner;
  out.insert(out.begin(), l.self.sizes[0]);
  const SymInts given(l.target.sizes.begin() + 1, l.target.sizes.end());
  check(truth(call, sym_eq(given, inner)), ErrorType::kRuntimeError,
        [&] { return fmt::format("Expected target size {}, got {}", to_string(out), to_string(l.target.sizes)); });
  const SymInt& batch = l.self.sizes[0];
  const SymInt& classes = l.self.sizes[1];
  const bool some = truth(call, sym_gt(l.self.numel(), 0));
  FakeTensor& self = view_shape(call, contiguous(call, l.self), {batch, classes, some ? 1 : 0, some ? -1 : 0});
  const bool any = truth(call, sym_gt(l.target.numel(), 0));
  FakeTensor& target = view_shape(call, contiguous(call, l.target), {batch, any ? 1 : 0, any ? -1 : 0});
  FakeTensor& loss = *likelihood(call, {self, target, l.weight, l.reduction}).front().get<FakeTensor*>();
  return l.reduction == 0 ? view_shape(call, loss, out) : loss;
}

FakeTensor& likelihood_of_any_rank(Call& call, const Likelihood& l) {
  check(l.self.dim() > 0, ErrorType::kValueError,
        [&] { return fmt::format("Expected 1 or more dimensions (got {})", l.self.dim()); });
  if (l.self.dim() != 1) {
    const SymBool fits = l.target.dim() > 0 ? sym_eq(l.self.sizes[0], l.target.sizes[0]) : SymBool(false);
    check(call, fits, ErrorType::kValueError, [&] {
      return fmt::format("Expected input batch_size ({}) to match target batch_size ({}).", to_string(l.self.sizes[0]),
                         l.target.dim() > 0 ? to_string(l.target.sizes[0]) : "0");
    });
  }
  if (l.self.dim() == 3 || l.self.dim() > 4) return folded_likelihood(call, l);
  const Results results = l.self.dim() == 4 ? likelihood(call, l) : nll_loss_of(call, l);
  return *results.front().get<FakeTensor*>();
}

/// nll_loss and its kin(self, target, weight, reduction, ignore_index)
Likelihood likelihood_arguments(Call& call) {
  return {call.tensor(0), call.tensor(1), call.optional_tensor(2), call.integer(3)};
}

Results nll_loss_nd(Call& call) { return {&likelihood_of_any_rank(call, likelihood_arguments(call))}; }
Results nll_loss_forward(Call& call) { return nll_loss_of(call, likelihood_arguments(call)); }
Results nll_loss2d_forward(Call& call) { return likelihood(call, likelihood_arguments(call)); }

template <Rule forward>
Results loss_alone(Call& call) {
  Results results = forward(call);
  results.resize(1);
  return results;
}

/// ATen/native/LossNLL.cpp cross_entropy_loss_prob_target.
FakeTensor& cross_entropy_of_probabilities(Call& call, const Likelihood& l) {
  check(is_floating(l.target.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected floating point type for target with class probabilities, got {}",
                       aten_name(l.target.dtype));
  });
  check(truth(call, sym_lt(call.sym_int(4), 0)), ErrorType::kRuntimeError,
        [] { return "ignore_index is not supported for floating point target"; });
  const std::int64_t class_dim = l.self.dim() == 1 ? 0 : 1;
  const SymInt& classes = size_at(l.self, class_dim);
  const bool fits = l.weight == nullptr || (l.weight->dim() == 1 && truth(call, sym_eq(l.weight->numel(), classes)));
  check(fits, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "cross_entropy: weight tensor should be defined either for all {} classes or no classes but got weight tensor "
        "of shape: {}",
        to_string(classes), to_string(l.weight->sizes));
  });
  if (l.weight != nullptr && l.self.dim() > 1) call.env().guard_int(l.weight->sizes[0]);
  const ScalarType dtype = promote_types(l.self.dtype, l.target.dtype);
  if (l.reduction == reduction::kMean) truth(call, sym_eq(l.self.numel(), 0));
  if (reduces(l.reduction)) return scalar_of(call, dtype, l.self.device);
  const std::int64_t summed[] = {class_dim};
  return reduced(call, l.self, summed, false, dtype);
}

/// ATen/native/LossNLL.cpp cross_entropy_loss_label_smoothing: what its second term asks of the arguments.
void smooth(Call& call, const Likelihood& l, FakeTensor& logits) {
  if (l.weight != nullptr) call.env().guard_int(l.weight->sizes[0]);
  const std::int64_t class_dim[] = {l.self.dim() == 1 ? 0 : 1};
  FakeTensor& loss = reduced(call, logits, class_dim, false, logits.dtype);
  call.op("aten::masked_fill_.Scalar", {&loss, &call.op1("aten::eq.Scalar", {&l.target, call.sym_int(4)}), 0.0});
}

/// ATen/native/LossNLL.cpp cross_entropy_loss: a target of the input's shape holds probabilities.
Results cross_entropy_loss(Call& call) {
  const Likelihood l = likelihood_arguments(call);
  const bool probabilities =
      l.self.sizes.size() == l.target.sizes.size() && call.env().guard(sym_eq(l.self.sizes, l.target.sizes));
  if (probabilities) return {&cross_entropy_of_probabilities(call, l)};
  check_no_gradient(call, call.arg(2), "weight", "nll_loss_forward");
  const double smoothing = call.number(5);
  check(smoothing <= 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("label_smoothing must be between 0.0 and 1.0. Got: {}", smoothing); });
  FakeTensor& logits = call.op1("aten::log_softmax.int", {&l.self, l.self.dim() == 1 ? 0 : 1, l.self.dtype});
  FakeTensor& loss = likelihood_of_any_rank(call, {logits, l.target, l.weight, l.reduction});
  if (smoothing > 0) smooth(call, l, logits);
  return {&loss};
}

FakeTensor& at_least_1d(Call& call, FakeTensor& t) { return t.dim() == 0 ? unsqueeze(call, t, 0) : t; }

void check_margin_weight(Call& call, const FakeTensor& weight, const SymInt& classes) {
  check(weight.dim() <= 1 && truth(call, sym_eq(weight.numel(), classes)), ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent weight size, expected {} but got {}", to_string(classes), size_text(weight.sizes));
  });
}

/// _decomp/decompositions.py multi_margin_loss(self, target, p, margin, weight, reduction).
Results multi_margin_loss(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& target = call.tensor(1);
  const SymInt frames = self.dim() == 2 ? self.sizes[0] : SymInt(1);
  const SymInt classes = self.dim() == 0 ? SymInt(1) : self.sizes.back();
  const double p = call.number(2);
  check(p == 1 || p == 2, ErrorType::kRuntimeError, [] { return "only p == 1 and p == 2 supported"; });
  check(call, self.dim() <= 2 ? sym_ne(classes, 0) : SymBool(false), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected non-empty vector or matrix with optional 0-dim batch size, but got: {}",
                       size_text(self.sizes));
  });
  check(target.dim() <= 1, ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size, expected {} but got {}", to_string(frames), size_text(target.sizes));
  });
  check(call, sym_eq(target.numel(), frames), ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size, expected {} but got {}", to_string(frames), size_text(target.sizes));
  });
  if (!call.is_none(4)) check_margin_weight(call, call.tensor(4), classes);
  FakeTensor& rows = self.dim() == 2 ? self : unsqueeze(call, at_least_1d(call, self), 0);
  FakeTensor& index = unsqueeze(call, at_least_1d(call, target), 1);
  FakeTensor& picked = elementwise(call, {&call.op1("aten::gather", {&rows, 1, &index}), call.arg(3)});
  FakeTensor* loss = &elementwise(call, {&picked, &rows});
  if (!call.is_none(4)) loss = &elementwise(call, {loss, &at_least_1d(call, call.tensor(4))});
  const std::int64_t reduction = call.integer(5);
  if (reduction != reduction::kSum) check_mean(loss->dtype);
  const ScalarType dtype = elementwise_dtypes(std::vector<Value>{loss}, Promotion::kIntToFloat).result;
  return {&call.contiguous(dtype, reduces(reduction) ? SymInts{} : SymInts{frames}, self.device)};
}

FakeTensor& multilabel_loss(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& target = call.tensor(1);
  const SymBool filled = self.dim() == 0 ? SymBool(true) : sym_ne(self.sizes.back(), 0);
  check(call, self.dim() <= 2 ? filled : SymBool(false), ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected non-empty vector or matrix with optional 0-dim batch size, but got: {}",
                       size_text(self.sizes));
  });
  check(same_sizes(call, target.sizes, self.sizes), ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size: {} for input of size: {}", size_text(target.sizes),
                       size_text(self.sizes));
  });
  if (self.dim() > 0) {  // amin finds where the targets end
    check(call, sym_gt(self.sizes.back(), 0), ErrorType::kIndexError,
          [] { return "Expected reduction dim to have non-zero size."; });
  }
  call.op("aten::gather",
          {&self, -1, &call.op1("aten::where.ScalarOther", {&like(call, target, ScalarType::kBool), &target, 0})});
  const ScalarType dtype = elementwise_dtypes(std::vector<Value>{&self}, Promotion::kIntToFloat).result;
  if (reduces(call.integer(2))) return scalar_of(call, dtype, self.device);
  return call.contiguous(dtype, {self.dim() == 2 ? self.sizes[0] : SymInt(1)}, self.device);
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
    {"binary_cross_entropy", opmath<binary_cross_entropy, 3>},
    {"binary_cross_entropy_with_logits", logits_loss},
    {"cosine_embedding_loss", cosine_embedding_loss},
    {"cross_entropy_loss", cross_entropy_loss},
    {"ctc_loss.IntList", ctc_loss<false>},
    {"ctc_loss.Tensor", ctc_loss<true>},
    {"hinge_embedding_loss", hinge_embedding_loss},
    {"huber_loss", huber_loss},
    {"kl_div", kl_div},
    {"l1_loss", l1_loss},
    {"margin_ranking_loss", margin_ranking_loss},
    {"mse_loss", opmath<squared, 2>},
    {"multi_margin_loss", multi_margin_loss},
    {"multilabel_margin_loss", multilabel_margin_loss},
    {"multilabel_margin_loss_forward", multilabel_margin_loss_forward},
    {"nll_loss", loss_alone<nll_loss_forward>},
    {"nll_loss2d", loss_alone<nll_loss2d_forward>},
    {"nll_loss2d_forward", nll_loss2d_forward},
    {"nll_loss_forward", nll_loss_forward},
    {"nll_loss_nd", nll_loss_nd},
    {"poisson_nll_loss", poisson_loss},
    {"smooth_l1_loss", opmath<absolute, 2>},
    {"soft_margin_loss", opmath<soft_margin, 2>},
    {"triplet_margin_loss", triplet_margin_loss},
};

}  // namespace

std::span<const OpRow> loss_ops() { return kRows; }

}  // namespace retrace::ops
