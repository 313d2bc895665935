// SPDX-License-Identifier: Apache-2.0
// Backward operators of normalizations and of likelihood losses (torch/_decomp/decompositions.py, step by step).
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/families/gradient_mask.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/formula.h"
#include "core/ops/vocabulary/reduce.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

Term sum(const Term& a, const SymInts& dims, bool keepdim = false) {
  return apply("aten::sum.dim_IntList", a, dims, keepdim);
}
Term unsqueezed(const Term& a, std::int64_t dim) { return {a.call(), unsqueeze(a.call(), a.tensor(), dim)}; }
Term reshaped(const Term& a, const SymInts& sizes) { return {a.call(), reshape(a.call(), a.tensor(), sizes)}; }
Term viewed(const Term& a, const SymInts& sizes) { return {a.call(), view_shape(a.call(), a.tensor(), sizes)}; }

/// _unsqueeze_to_dim
Term with_rank(Term a, std::int64_t rank) {
  while (a.tensor().dim() < rank) a = unsqueezed(a, -1);
  return a;
}

Value as(Call& call, const Term& a, ScalarType dtype) { return &to_dtype(call, a.tensor(), dtype); }

/// Tensors of a call in the input's computation dtype; null where there is none.
class Cast {
 public:
  Cast(Call& call, const FakeTensor& input, std::size_t count, bool contiguous) : call_(call), tensors_(count) {
    const ScalarType dtype = computation_dtype(input.dtype);
    for (std::size_t i = 0; i < count; ++i) {
      if (!call.arg(i).holds<FakeTensor*>()) continue;
      tensors_[i] = &to_dtype(call, call.tensor(i), dtype);
      if (contiguous) tensors_[i] = &ops::contiguous(call, *tensors_[i]);
    }
  }
  [[nodiscard]] bool has(std::size_t i) const { return tensors_[i] != nullptr; }
  Term operator[](std::size_t i) const { return {call_, *tensors_[i]}; }

 private:
  Call& call_;
  std::vector<FakeTensor*> tensors_;
};

/// native_layer_norm_backward(grad_out, input, normalized_shape, mean, rstd, weight, bias, output_mask)
Results layer_norm(Call& call) {
  const FakeTensor& input = call.tensor(1);
  const Cast t(call, input, 7, true);
  const std::int64_t rank = input.dim();
  const std::int64_t axis = rank - static_cast<std::int64_t>(call.sym_ints(2).size());
  const auto split = input.sizes.begin() + (axis < 0 ? std::max<std::int64_t>(0, axis + rank) : axis);
  const SymInts outer_sizes(input.sizes.begin(), split);
  const SymInts inner_sizes(split, input.sizes.end());
  SymInts inner_dims, outer_dims;
  for (std::int64_t d = 0; d < rank; ++d) (d >= axis ? inner_dims : outer_dims).emplace_back(d);
  const SymInt count = product(inner_sizes);
  const auto known_empty = [&](const SymInt& n) { return call.env().statically_known_true(sym_eq(n, 0)); };
  if (known_empty(product(outer_sizes)) || known_empty(count)) {
    const auto zeros = [&](std::size_t i, const SymInts& sizes) -> Value {
      return wanted(call, i) ? Value(&new_empty(call, input, sizes)) : Value();
    };
    return {zeros(0, input.sizes), zeros(1, inner_sizes), zeros(2, inner_sizes)};
  }
  const Term gradient = t[0];
  const Term mean = with_rank({call, call.tensor(3)}, rank);
  const Term rstd = with_rank({call, call.tensor(4)}, rank);
  const Term normalized = (t[1] - mean) * rstd;
  const Term scaled = t.has(5) ? gradient * t[5] : gradient;
  const Term a = scaled * Term(sym_float(count));
  const Term b = sum(scaled, inner_dims, true);
  const Term c = normalized * sum(scaled * normalized, inner_dims, true);
  const Term inner = a - b - c;
  Results results(3);
  if (wanted(call, 0)) results[0] = as(call, rstd / Term(sym_float(count)) * inner, input.dtype);
  const auto over_outer = [&](const Term& value) { return outer_dims.empty() ? value : sum(value, outer_dims); };
  if (wanted(call, 1) && t.has(5)) {
    results[1] = as(call, over_outer(gradient * normalized), call.tensor(5).dtype);
  }
  if (wanted(call, 2) && t.has(6)) results[2] = as(call, over_outer(gradient), call.tensor(6).dtype);
  return results;
}

/// native_group_norm_backward(grad_out, input, mean, rstd, weight, N, C, HxW, group, output_mask)
class GroupNorm {
 public:
  explicit GroupNorm(Call& call)
      : call_(call),
        t_(call),
        n_(call.sym_int(5)),
        c_(call.sym_int(6)),
        area_(call.sym_int(7)),
        group_(call.sym_int(8)) {
    check_arguments();
    per_group_ = floordiv(c_, group_);
    check(call, sym_eq(c_, per_group_ * group_), ErrorType::kRuntimeError, [&] {
      return fmt::format("Expect number of channels {} to be evenly-divisible by number of groups {}", to_string(c_),
                         to_string(group_));
    });
  }

  Results gradients() {
    const Term ds = sum(viewed(t_[0] * t_[1], {n_, c_, area_}), {2});
    const Term db = sum(viewed(t_[0], {n_, c_, area_}), {2});
    Results results(3);
    if (wanted(call_, 0)) results[0] = &t_.result(of_input(ds, db));
    if (wanted(call_, 1)) {
      const SymInts grouped = {n_, group_, per_group_};
      const Term centred = viewed(ds, grouped) - viewed(db, grouped) * unsqueezed(t_[2], -1);
      results[1] = &t_.result(reshaped(sum(centred * unsqueezed(t_[3], -1), {0}), {c_}));
    }
    if (wanted(call_, 2)) results[2] = &t_.result(sum(db, {0}));
    return results;
  }

 private:
  void check_arguments() {
    FakeTensor* const inputs[] = {&t_[1].tensor(), &t_[0].tensor()};
    check_same_shape(call_, inputs, false);
    FakeTensor* const statistics[] = {&t_[2].tensor(), &t_[3].tensor()};
    check_same_shape(call_, statistics, false);
    check(call_, sym_eq(t_[1].tensor().numel(), n_ * c_ * area_), ErrorType::kRuntimeError,
          [&] { return fmt::format("Expect input to have {} elements", to_string(n_ * c_ * area_)); });
    const SymInts& mean = t_[2].tensor().sizes;
    const bool fits = mean.size() == 2 && truth(call_, sym_eq(mean, SymInts{n_, group_}));
    check(fits, ErrorType::kRuntimeError, [&] {
      return fmt::format("Expect mean to have shape ({}, {}, but got {}", to_string(n_), to_string(group_),
                         size_text(mean));
    });
    if (!t_.has(4)) return;
    check(call_, sym_eq(t_[4].tensor().numel(), c_), ErrorType::kRuntimeError, [&] {
      return fmt::format("Expect gamma to have {} elements but got {}", to_string(c_),
                         to_string(t_[4].tensor().numel()));
    });
  }

  Term of_input(const Term& ds, const Term& db) {
    const SymInts grouped = {n_, group_, per_group_};
    const auto value = [&](const Term& a) {
      return sum(reshaped(t_.has(4) ? a * unsqueezed(t_[4], 0) : a, grouped), {2});
    };
    const Term ds_value = value(ds);
    const Term db_value = value(db);
    const SymInts one_group = {1, group_, per_group_};
    const Term scale = t_.has(4) ? reshaped(t_[4], one_group)
                                 : Term(call_, call_.contiguous(kDefaultDtype, one_group, t_[3].tensor().device));
    const Term c1 = unsqueezed(unsqueezed(t_[3], -1) * scale, -1);
    const Term rstd = t_[3];
    const Term mean = t_[2];
    const Term narrow = (db_value * mean - ds_value) * rstd * rstd * rstd * 0.5;
    const Term shift = -narrow * mean - db_value * rstd * 0.5;
    const Term c2 = with_rank(narrow, 4);
    const Term c3 = with_rank(shift, 4);
    const SymInts wide = {n_, group_, per_group_, area_};
    const Term scaled = reshaped(t_[0], wide) * c1;
    const Term moved = reshaped(t_[1], wide) * c2;
    return reshaped(scaled + moved + c3, t_[1].tensor().sizes);
  }

  Call& call_;
  Opmath t_;
  SymInt n_, c_, area_, group_, per_group_;
};

Results group_norm(Call& call) { return GroupNorm(call).gradients(); }

/// _broadcast_batch_norm_backward: ones before and after the channels.
Term among_channels(Call& call, Term a, std::int64_t rank, const SymInt& channels) {
  for (std::int64_t d = 0; d < rank; ++d) {
    const SymInt wanted = d == 1 ? channels : SymInt(1);
    if (!truth(call, sym_eq(wanted, 1))) continue;
    const bool there = d < a.tensor().dim() && truth(call, sym_eq(a.tensor().sizes[static_cast<std::size_t>(d)], 1));
    if (!there) a = unsqueezed(a, d);
  }
  return a;
}

/// native_batch_norm_backward(grad_out, input, weight, running_mean, running_var, save_mean, save_invstd, train, eps,
/// output_mask)
Results batch_norm(Call& call) {
  const FakeTensor& input = call.tensor(1);
  const Cast t(call, input, 7, false);
  const bool train = call.boolean(7);
  const std::int64_t rank = input.dim();
  check(rank >= 2, ErrorType::kAssertionError,
        [&] { return fmt::format("rank of the input must be at least 2, got {}", rank); });
  const SymInt& channels = input.sizes[1];
  check(!channels.is(0), ErrorType::kZeroDivisionError, [] { return "division by zero"; });
  check(!train || (t.has(5) && t.has(6)), ErrorType::kAssertionError,
        [] { return "mean and invstd must not be None in training mode"; });
  check(train || (t.has(3) && t.has(4)), ErrorType::kAssertionError,
        [] { return "running_mean_cast and running_var_cast must not be None in eval mode"; });
  const Term invstd = train ? t[6] : apply("aten::rsqrt", t[4] + call.scalar(8));
  SymInts axes;
  for (std::int64_t d = 0; d < rank; ++d) {
    if (d != 1) axes.emplace_back(d);
  }
  const auto spread = [&](const Term& a) { return among_channels(call, a, rank, channels); };
  const Term mean = spread(train ? t[5] : t[3]);
  check(!input.numel().is(0), ErrorType::kZeroDivisionError, [] { return "float division by zero"; });
  const Term of_bias = sum(t[0], axes);
  const Term dot = sum(t[0] * (t[1] - mean), axes);
  const Term gradient_mean = spread(of_bias * 0.5);
  const Term projection = dot * 0.5;
  const Term projection_scale = spread(projection * (invstd * invstd));
  const Term scale = t.has(2) ? spread(invstd * t[2]) : spread(invstd) * 1.0;
  Term of_input = t[0];
  if (train) of_input = of_input - (t[1] - mean) * projection_scale - gradient_mean;
  const ScalarType weight_dtype = t.has(2) ? call.tensor(2).dtype : input.dtype;
  Results results(3);
  results[0] = as(call, of_input * scale, input.dtype);
  if (wanted(call, 1)) results[1] = as(call, dot * invstd, weight_dtype);
  if (wanted(call, 2)) results[2] = as(call, of_bias, weight_dtype);
  return results;
}

// ---- Likelihood: nll_loss(grad_output, self, target, weight, reduction, ignore_index, total_weight)

/// _nll_loss_backward
Results likelihood(Call& call) {
  const Term self(call, call.tensor(1));
  Term gradient(call, call.tensor(0));
  Term target(call, call.tensor(2));
  const std::int64_t rank = self.tensor().dim();
  const std::int64_t channel = rank < 2 ? 0 : 1;
  if (call.integer(4) == reduction::kMean) gradient = gradient / Term(call, call.tensor(6));
  if (rank == 1 && target.tensor().dim() > 0) target = {call, select(call, target.tensor(), 0, 0)};
  target = unsqueezed(target, channel);
  const Term safe = where(apply("aten::ne.Scalar", target, call.sym_int(5)), target, 0);
  const Term zeros(call, call.op1("aten::zeros_like", {self.value()}));
  const Term chosen = apply("aten::scatter.value", zeros, channel, safe.value(), -1.0);
  const std::int64_t gradient_rank = gradient.tensor().dim();
  if (rank > gradient_rank && gradient_rank > 0) gradient = unsqueezed(gradient, channel);
  if (FakeTensor* const weight = call.optional_tensor(3)) {
    SymInts shape(self.tensor().sizes.size(), SymInt(1));
    if (shape.empty()) raise(ErrorType::kIndexError, "list assignment index out of range");
    shape[static_cast<std::size_t>(channel)] = shape_at(*weight, 0);
    gradient = gradient * Term(call, reshape(call, *weight, shape));
  }
  gradient = where(apply("aten::ne.Scalar", target, call.sym_int(5)), gradient, 0);
  return one((chosen * gradient).tensor());
}

void check_total_weight(Call& call, std::string_view text) {
  const FakeTensor& total = call.tensor(6);
  check(truth(call, sym_eq(total.numel(), 1)), ErrorType::kAssertionError,
        [&] { return fmt::format(fmt::runtime(text), size_text(total.sizes), to_string(total.numel())); });
}

Results nll_loss(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const FakeTensor& self = call.tensor(1);
  const FakeTensor& target = call.tensor(2);
  const auto asserted = [](bool condition, auto&& message) { check(condition, ErrorType::kAssertionError, message); };
  asserted(self.dim() <= 2, [&] { return fmt::format("input tensor should be 1D or 2D, got {}D", self.dim()); });
  asserted(target.dim() <= 1, [&] {
    return fmt::format("0D or 1D target tensor expected, multi-target not supported, got {}D", target.dim());
  });
  const bool single = self.dim() == 1 && target.dim() == 0;
  asserted(single || truth(call, sym_eq(shape_at(self, 0), shape_at(target, 0))), [&] {
    return fmt::format("size mismatch (got input: {}, target: {})", size_text(self.sizes), size_text(target.sizes));
  });
  check_total_weight(call, "expected total_weight to be a single element tensor, got: {} ({} elements)");
  const FakeTensor* const weight = call.optional_tensor(3);
  asserted(weight == nullptr || truth(call, sym_eq(weight->numel(), shape_at(self, -1))),
           [] { return "weight tensor should be defined either for all or no classes"; });
  if (call.integer(4) == reduction::kNone && self.dim() == 2) {
    asserted(gradient.dim() == 1 && truth(call, sym_eq(gradient.sizes[0], self.sizes[0])), [&] {
      return fmt::format(
          "Expected a tensor of dimension 1 and tensor.size[0] == {} but got: dimension {} and tensor.size[0] == {}",
          to_string(self.sizes[0]), gradient.dim(), to_string(shape_at(gradient, 0)));
    });
  } else {
    asserted(gradient.dim() <= 1 && truth(call, sym_eq(gradient.numel(), 1)), [&] {
      return fmt::format("Expected a single element grad_output tensor, but got: {}", size_text(gradient.sizes));
    });
  }
  return likelihood(call);
}

Results nll_loss2d(Call& call) {
  const FakeTensor& self = call.tensor(1);
  const FakeTensor& target = call.tensor(2);
  check(self.dim() == 4, ErrorType::kAssertionError, [&] {
    return fmt::format("only batches of spatial inputs supported (4D tensors), but got input of dimension: {}",
                       self.dim());
  });
  check(target.dim() == 3, ErrorType::kAssertionError, [&] {
    return fmt::format("only batches of spatial targets supported (3D tensors) but got targets of dimension: {}",
                       target.dim());
  });
  const bool fits = truth(call, sym_eq(self.sizes[0], target.sizes[0])) &&
                    truth(call, sym_eq(self.sizes[2], target.sizes[1])) &&
                    truth(call, sym_eq(self.sizes[3], target.sizes[2]));
  check(fits, ErrorType::kAssertionError, [&] {
    return fmt::format("size mismatch (got input: {}, target: {}", size_text(self.sizes), size_text(target.sizes));
  });
  check_total_weight(call, "expected total_weight to be a single element tensor, got: {} ( {}, elements)");
  return likelihood(call);
}

constexpr OpRow kRows[] = {
    {"native_batch_norm_backward", batch_norm},
    {"native_group_norm_backward", group_norm},
    {"native_layer_norm_backward", layer_norm},
    {"nll_loss2d_backward", nll_loss2d},
    {"nll_loss_backward", nll_loss},
};

}  // namespace

std::span<const OpRow> gradient_norm_ops() { return kRows; }

}  // namespace retrace::ops
