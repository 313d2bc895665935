// SPDX-License-Identifier: Apache-2.0
// Backward operators of pointwise operators and losses (torch/_decomp/decompositions.py, which runs them step by step).
#include <fmt/format.h>

#include "core/ops/families/gradient_mask.h"
#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/formula.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// A formula over a call's tensors in the computation dtype (pw_cast_for_opmath).
template <Term (*formula)(Call&, const Opmath&)>
Results opmath(Call& call) {
  const Opmath t(call);
  return one(t.result(formula(call, t)));
}

Term exp(const Term& x) { return apply("aten::exp", x); }
Term sigmoid(const Term& x) { return apply("aten::sigmoid", x); }
Term tanh(const Term& x) { return apply("aten::tanh", x); }
Term abs(const Term& x) { return apply("aten::abs", x); }

Term elu(Call& call, const Opmath& t) {
  const Term grad = t[0];
  const Term self = t[5];
  const Term slope = call.boolean(4) ? grad * 0.5 * (self + 0.5) : grad * 0.5 * 0.5 * exp(self * 0.5);
  return where(self <= 0, slope, grad * 0.5);
}

Term gelu(Call& call, const Opmath& t) {
  const Term x = t[1];
  if (call.string(2) != "tanh") {
    const Term cdf = 0.5 * (1 + apply("aten::erf", x * 0.7));
    return t[0] * (cdf + x * (0.4 * exp(x * x * -0.5)));
  }
  const Term squared = x * x;
  const Term inner = tanh(0.8 * (x + 0.04 * (squared * x)));
  const Term left = 0.5 * x;
  const Term left_derivative = 0.5 * (1 + inner);
  const Term tanh_derivative = 1 - inner * inner;
  return t[0] * (left_derivative + left * tanh_derivative * (0.8 * (1 + 0.1 * squared)));
}

Term hardsigmoid(Call&, const Opmath& t) { return where((t[1] > -3.0) & (t[1] < 3.0), t[0] * (1.0 / 6.0), 0.0); }

Term hardswish(Call&, const Opmath& t) {
  const Term x = t[1];
  return where(x <= -3, 0.0, where(x < 3, t[0] * (x / 3 + 0.5), t[0]));
}

Term hardtanh(Call& call, const Opmath& t) {
  return where((t[1] <= call.scalar(2)) | (t[1] >= call.scalar(3)), 0.0, t[0]);
}

Term leaky_relu(Call&, const Opmath& t) { return where(t[1] > 0, t[0], t[0] * 0.5); }

Term log_sigmoid(Call& call, const Opmath& t) {
  const Term negative = t[1] < 0;
  const Term max_derivative = where(negative, 1, 0);
  const Term sign = where(negative, 1, -1);
  const Term z = truth(call, sym_gt(call.tensor(2).numel(), 0)) ? t[2] : exp(-abs(t[1]));
  return t[0] * (max_derivative - sign * (z / (1 + z)));
}

Term logit(Call& call, const Opmath& t) {
  const Term x = t[1];
  const Term inside = apply("aten::logical_and", x >= 0.0, (x <= 1.0).value());
  const Term slope = t[0] / (x * (1.0 - x));
  if (!call.is_none(2)) return where(inside, slope, 0.0);
  return where(inside, slope, Term(call, new_empty(call, x.tensor(), {})));
}

Term mish(Call&, const Opmath& t) {
  const Term curve = tanh(apply("aten::softplus", t[1]));
  const Term gate = sigmoid(t[1]);
  return t[0] * (curve + t[1] * gate * (1 - curve * curve));
}

Term rrelu_with_noise(Call& call, const Opmath& t) {
  return call.boolean(5)
             ? t[0] * t[2]
             : Term(call, call.op1("aten::leaky_relu_backward", {t[0].value(), t[1].value(), 0.5, call.boolean(6)}));
}

Term sigmoid_of_output(Call&, const Opmath& t) { return t[0] * apply("aten::conj_physical", t[1] * (1 - t[1])); }

Term silu(Call&, const Opmath& t) {
  const Term gate = sigmoid(t[1]);
  return t[0] * gate * (1 + t[1] * (1 - gate));
}

Term softplus(Call& call, const Opmath& t) {
  const Term z = exp(t[1] * call.scalar(2));
  return where((t[1] * call.scalar(2)) > call.scalar(3), t[0], t[0] * z / (z + 1.0));
}

Term tanh_of_output(Call&, const Opmath& t) { return t[0] * apply("aten::conj_physical", 1 - t[1] * t[1]); }

/// The one formula that promotes by itself.
Results threshold(Call& call) {
  const Term gradient(call, call.tensor(0));
  return one(where(Term(call, call.tensor(1)) <= call.scalar(2), 0, gradient).tensor());
}

/// _prelu_kernel(self, weight)
Results prelu_kernel(Call& call) {
  const Term self(call, call.tensor(0));
  return one(where(self > 0, self, Term(call, call.tensor(1)) * self).tensor());
}

Results prelu_kernel_backward(Call& call) {
  const Term gradient(call, call.tensor(0));
  const Term self(call, call.tensor(1));
  const Term weight(call, call.tensor(2));
  FakeTensor& of_self = where(self > 0, gradient, weight * gradient).tensor();
  return {&of_self, &where(self > 0, 0.0, self * gradient).tensor()};
}

/// ATen/native/Activation.cpp: structured over a TensorIterator, which takes no symbols.
Results shrink(Call& call) {
  check(!is_symbolic(call.tensor(0)) && !is_symbolic(call.tensor(1)), ErrorType::kRuntimeError, [] {
    return "TensorIterator does not support symbolic shapes; please implement this operator in torch/_refs using the "
           "elementwise or reduction helpers (look at backtrace to find out what operator this is)";
  });
  const FakeTensor& grad = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  infer_broadcast(call, grad.sizes, self.sizes, Speaker::kAten);
  FakeTensor& out = elementwise(call, {call.arg(0), call.arg(1)});
  const bool row_major = same_sizes(call, grad.sizes, self.sizes) && is_contiguous(call.env(), geometry(grad)) &&
                         is_contiguous(call.env(), geometry(self));
  if (row_major) out.strides = contiguous_strides(out.sizes);  // compute_fast_setup_type asks for that format first
  return one(out);
}

// ---- Losses

/// The factor of a mean, or that of a sum.
SymFloat norm(Call& call, std::size_t reduction_at, double factor, const Opmath& t) {
  return call.integer(reduction_at) == reduction::kMean ? per_element(factor, t[1].tensor()) : SymFloat(factor);
}

Term binary_cross_entropy(Call& call, const Opmath& t) {
  const Term x = t[1];
  Term result = t[0] * (x - t[2]) / apply("aten::clamp", x * (1 - x), 1e-12);
  if (t.has(3)) result = result * t[3];
  return call.integer(4) == reduction::kMean ? result / Term(SymFloat(1.0)) : result;  // by how many: of no matter
}

Term huber(Call& call, const Opmath& t) {
  const SymFloat factor = norm(call, 3, 1, t);
  const Term x = t[1] - t[2];
  const Term low = -1.0 * t[0] * 0.5;
  return where(x < -0.5, low, where(x > 0.5, Term(factor) * t[0] * 0.5, Term(factor) * x * t[0]));
}

Term mse(Call& call, const Opmath& t) { return Term(norm(call, 3, 2, t)) * (t[1] - t[2]) * t[0]; }

Term smooth_l1(Call& call, const Opmath& t) {
  const SymFloat factor = norm(call, 3, 1, t);
  const Term x = t[1] - t[2];
  const Term size = abs(x);
  const Term gradient = Term(factor) * t[0];
  return where(size < 0.5, gradient * x / 0.5, gradient * apply("aten::sign", x));
}

Term soft_margin(Call& call, const Opmath& t) {
  const Term scaled = t[2] * t[0];
  const Term gradient = scaled * (sigmoid(t[2] * t[1]) - 1);
  return call.integer(3) == reduction::kMean ? gradient / Term(per_element(1, t[1].tensor())) : gradient;
}

Term glu(Call& call, const Opmath& t) {
  FakeTensor& self = t[1].tensor();
  check(self.dim() > 0, ErrorType::kAssertionError, [] { return "glu does not support 0-dimensional tensors"; });
  const std::int64_t dim = wrap_dim(call.integer(2), self.dim());
  const SymInt length = size_at(self, dim);
  check(!truth(call, sym_ne(python_mod(length, 2), 0)), ErrorType::kAssertionError, [&] {
    return fmt::format("Halving dimension must be even, but dimension {} is size {}", dim, to_string(length));
  });
  const SymInt half = floordiv(length, 2);
  const Term first(call, narrow(call, self, dim, 0, half));
  const Term gate = sigmoid(Term(call, narrow(call, self, dim, half, half)));
  const Term second = (1.0 - gate) * gate * first * t[0];
  const Term of_first = gate * t[0];
  return {call, call.op1("aten::cat", {ValueList{of_first.value(), second.value()}, dim})};
}

void check_margin_input(const FakeTensor& self) {
  const bool filled = self.dim() == 0 || !self.sizes.back().is(0);
  check(self.dim() <= 2 && filled, ErrorType::kRuntimeError, [&] {
    return fmt::format("Expected non-empty vector or matrix with optional 0-dim batch size, but got: {}",
                       to_string(self.sizes));
  });
}

/// ATen/native/LossMultiMargin.cpp multi_margin_loss_backward_cpu_template
Results multi_margin(Call& call) {
  check_fallback(call);
  const FakeTensor& self = call.tensor(1);
  const FakeTensor& target = call.tensor(2);
  const double p = call.number(3);
  check(p == 1 || p == 2, ErrorType::kRuntimeError, [] { return "only p == 1 and p == 2 supported"; });
  check_margin_input(self);
  const SymInt frames = self.dim() == 2 ? self.sizes[0] : SymInt(1);
  check(target.dim() <= 1 && target.numel().is(frames.as_int()), ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size, expected {} but got {}", to_string(frames), to_string(target.sizes));
  });
  if (!is_floating(self.dtype)) raise_not_implemented("multi_margin_loss_backward_cpu_kernel", self.dtype);
  check_scalar_type(target, ScalarType::kLong);
  return one(call.contiguous(self.dtype, self.sizes, self.device));
}

/// ATen/native/LossMultiLabelMargin.cpp multilabel_margin_loss_backward_out_cpu_template
Results multilabel_margin(Call& call) {
  check_fallback(call);
  const FakeTensor& self = call.tensor(1);
  const FakeTensor& target = call.tensor(2);
  check_margin_input(self);
  check(self.dim() == target.dim() && truth(call, sym_eq(self.sizes, target.sizes)), ErrorType::kRuntimeError, [&] {
    return fmt::format("inconsistent target size: {} for input of size: {}", to_string(target.sizes),
                       to_string(self.sizes));
  });
  if (!is_floating(self.dtype)) raise_not_implemented("multilabel_margin_loss_backward_out_frame", self.dtype);
  check_scalar_type(target, ScalarType::kLong);
  check_scalar_type(call.tensor(4), self.dtype);
  return one(call.contiguous(self.dtype, self.sizes, self.device));
}

constexpr OpRow kRows[] = {
    {"_prelu_kernel", prelu_kernel},
    {"_prelu_kernel_backward", prelu_kernel_backward},
    {"binary_cross_entropy_backward", opmath<binary_cross_entropy>},
    {"elu_backward", opmath<elu>},
    {"gelu_backward", opmath<gelu>},
    {"glu_backward", opmath<glu>},
    {"hardshrink_backward", shrink},
    {"hardsigmoid_backward", opmath<hardsigmoid>},
    {"hardswish_backward", opmath<hardswish>},
    {"hardtanh_backward", opmath<hardtanh>},
    {"huber_loss_backward", opmath<huber>},
    {"leaky_relu_backward", opmath<leaky_relu>},
    {"log_sigmoid_backward", opmath<log_sigmoid>},
    {"logit_backward", opmath<logit>},
    {"mish_backward", opmath<mish>},
    {"mse_loss_backward", opmath<mse>},
    {"multi_margin_loss_backward", multi_margin},
    {"multilabel_margin_loss_backward", multilabel_margin},
    {"rrelu_with_noise_backward", opmath<rrelu_with_noise>},
    {"sigmoid_backward", opmath<sigmoid_of_output>},
    {"silu_backward", opmath<silu>},
    {"smooth_l1_loss_backward", opmath<smooth_l1>},
    {"soft_margin_loss_backward", opmath<soft_margin>},
    {"softplus_backward", opmath<softplus>},
    {"softshrink_backward", shrink},
    {"tanh_backward", opmath<tanh_of_output>},
    {"threshold_backward", threshold},
};

}  // namespace

std::span<const OpRow> gradient_formula_ops() { return kRows; }

}  // namespace retrace::ops
