// SPDX-License-Identifier: Apache-2.0
// Backward operators that a decomposed program may hold: of softmax, dropout, views, convolution and linear layers.
#include <fmt/format.h>

#include "core/ops/families/gradient_mask.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/formula.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// _decomp/decompositions.py _softmax_backward_data, _log_softmax_backward_data(grad_output, output, dim, input_dtype)
template <bool log>
Results softmax(Call& call) {
  const Opmath t(call);
  const auto sum = [&](const Term& a) { return apply("aten::sum.dim_IntList", a, SymInts{call.sym_int(2)}, true); };
  const Term product = log ? t[0] : t[0] * t[1];
  const Term share = log ? apply("aten::exp", t[1]) * sum(product) : t[1] * sum(product);
  FakeTensor& gradient = to_dtype(call, (product - share).tensor(), *call.dtype(3));
  return one(log ? gradient : contiguous(call, gradient));
}

/// _decomp/decompositions.py native_dropout_backward.
Results native_dropout(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  const Term mask(call, to_dtype(call, call.tensor(1), gradient.dtype));
  FakeTensor& product = (Term(call, gradient) * (mask * call.scalar(2))).tensor();
  return one(clone(call, product, suggest_memory_format(call.env(), geometry(gradient))));
}

/// select, slice, diagonal(grad_output, input_sizes, ...): the gradient written into zeros of the input's sizes.
template <typename... Where>
Results of_view(Call& call, std::string_view scatter, const Where&... where) {
  FakeTensor& gradient = call.tensor(0);
  return call.op(scatter, {&new_empty(call, gradient, call.sym_ints(1)), &gradient, where...});
}

/// _decomp/decompositions.py unfold_backward(grad, input_sizes, dim, size, step); where windows overlap and the
/// gradient is not of the forward's shape, what its loop over offsets asks.
Results unfold_gradient(Call& call) {
  FakeTensor& gradient = call.tensor(0);
  const SymInts sizes = call.sym_ints(1);
  const SymInt size = call.sym_int(3);
  const SymInt step = call.sym_int(4);
  check(truth(call, sym_gt(step, 0)), ErrorType::kValueError,
        [&] { return fmt::format("step is {} but must be > 0", to_string(step)); });
  if (sizes.empty()) return call.op("aten::squeeze_copy.dim", {&gradient, 0});
  const std::int64_t dim = wrap_dim(call.integer(2), static_cast<std::int64_t>(sizes.size()));
  FakeTensor& result = new_empty(call, gradient, sizes);
  FakeTensor& places = new_empty(call, gradient, {sizes[static_cast<std::size_t>(dim)]}, ScalarType::kInt);
  unfold(call, places, 0, size, step);
  const std::int64_t from[] = {-1};
  const std::int64_t to[] = {dim + 1};
  flatten(call, movedim(call, gradient, from, to), dim, dim + 1);
  return one(result);
}

Results embedding_dense(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  return one(call.contiguous(gradient.dtype, {call.sym_int(2), size_at(gradient, -1)}, gradient.device));
}

// ---- Several gradients; a mask says which.

Value contiguous_like(Call& call, const FakeTensor& model) {
  return &call.contiguous(model.dtype, model.sizes, model.device);
}

/// convolution_backward(grad_output, input, weight, bias_sizes, ..., output_mask): in two dimensions channels last
/// where an operand is.
Results convolution(Call& call) {
  const FakeTensor& gradient = call.tensor(0);
  const auto channels_last = [&](std::size_t i) {
    return suggest_memory_format(call.env(), geometry(call.tensor(i))) == MemoryFormat::kChannelsLast;
  };
  const bool planes = call.tensor(2).dim() == 4;
  const MemoryFormat format =
      planes && (channels_last(1) || channels_last(2)) ? MemoryFormat::kChannelsLast : MemoryFormat::kContiguous;
  Results results(3);
  for (const std::size_t i : {0U, 1U}) {
    if (wanted(call, i)) results[i] = &empty_in(call, gradient, call.tensor(i + 1).sizes, format);
  }
  if (!wanted(call, 2)) return results;
  check(!call.is_none(3), ErrorType::kTypeError,
        [] { return "new_empty(): argument 'size' (position 1) must be tuple of ints, not NoneType"; });
  results[2] = &new_empty(call, gradient, call.sym_ints(3));
  return results;
}

/// linear_backward(self, grad_output, weight, output_mask)
Results linear(Call& call) {
  const FakeTensor& gradient = call.tensor(1);
  Results results(3);
  if (wanted(call, 0)) results[0] = contiguous_like(call, call.tensor(0));
  if (!wanted(call, 1) && !wanted(call, 2)) return results;
  const SymInt features = size_at(gradient, -1);
  results[1] = &call.contiguous(gradient.dtype, {features, size_at(call.tensor(0), -1)}, gradient.device);
  results[2] = &call.contiguous(gradient.dtype, {features}, gradient.device);
  return results;
}

constexpr OpRow kRows[] = {
    {"_log_softmax_backward_data", softmax<true>},
    {"_softmax_backward_data", softmax<false>},
    {"convolution_backward", convolution},
    {"diagonal_backward", [](Call& c) { return of_view(c, "aten::diagonal_scatter", c.arg(2), c.arg(3), c.arg(4)); }},
    {"embedding_dense_backward", embedding_dense},
    {"linear_backward", linear},
    {"native_dropout_backward", native_dropout},
    {"select_backward", [](Call& c) { return of_view(c, "aten::select_scatter", c.arg(2), c.arg(3)); }},
    {"slice_backward",
     [](Call& c) { return of_view(c, "aten::slice_scatter", c.arg(2), c.arg(3), c.arg(4), c.arg(5)); }},
    {"unfold_backward", unfold_gradient},
};

}  // namespace

bool wanted(Call& call, std::size_t place) {
  const ValueList& flags = call.arg(*find_arg(call, "output_mask")).get<ValueList>();
  check(place < flags.size(), ErrorType::kIndexError, [] { return "list index out of range"; });
  return flags[place].get<SymBool>().as_bool();
}

std::span<const OpRow> gradient_ops() { return kRows; }

}  // namespace retrace::ops
