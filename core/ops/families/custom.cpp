// SPDX-License-Identifier: Apache-2.0
// Operators of other namespaces that programs hold: collectives, torchvision, torch.nn's own.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/unbacked.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

FakeTensor& sized(Call& call, const FakeTensor& t, SymInts sizes) {
  return call.contiguous(t.dtype, std::move(sizes), t.device);
}
Results each(Call& call, FakeTensor& (*make)(Call&, FakeTensor&)) {
  std::vector<FakeTensor*> results;
  for (FakeTensor* t : call.tensors(0)) results.push_back(&make(call, *t));
  return list_of(results);
}

/// torch/export/custom_ops.py: a program holds no subclasses of tensors, and what it is loaded with are plain ones.
Results no_subclass(Call&) {
  raise(ErrorType::kAssertionError,
        "Expected src_subclass_tensor to be a traceable wrapper subclass, but got <class "
        "'torch._subclasses.fake_tensor.FakeTensor'>");
}

// ---- Collectives (torch/distributed/_functional_collectives.py).

FakeTensor& preserved(Call& call, FakeTensor& t) { return like(call, t); }
FakeTensor& row_major(Call& call, FakeTensor& t) { return sized(call, t, t.sizes); }
Results like_self(Call& call) { return one(like(call, call.tensor(0))); }
Results row_major_self(Call& call) { return one(row_major(call, call.tensor(0))); }
Results like_each(Call& call) { return each(call, preserved); }
Results self_rule(Call& call) { return {call.arg(0)}; }

/// The first size times (or divided by) the count of ranks.
SymInts gathered(const FakeTensor& t, std::int64_t ranks) {
  SymInts sizes = t.sizes;
  if (sizes.empty()) return {ranks};
  sizes[0] *= ranks;
  return sizes;
}
SymInts scattered(const FakeTensor& t, std::int64_t ranks) {
  SymInt share = floordiv(t.sizes[0], ranks);
  SymInts sizes = t.sizes;
  sizes[0] = std::move(share);
  return sizes;
}
Results all_gather(Call& call) { return one(sized(call, call.tensor(0), gathered(call.tensor(0), call.integer(1)))); }
Results reduce_scatter(Call& call) {
  return one(sized(call, call.tensor(0), scattered(call.tensor(0), call.integer(2))));
}
Results all_gather_each(Call& call) {
  return each(call, [](Call& c, FakeTensor& t) -> FakeTensor& { return sized(c, t, gathered(t, c.integer(1))); });
}
Results reduce_scatter_each(Call& call) {
  return each(call, [](Call& c, FakeTensor& t) -> FakeTensor& { return sized(c, t, scattered(t, c.integer(2))); });
}
Results all_to_all(Call& call) {
  const FakeTensor& t = call.tensor(0);
  const auto splits = call.optional_sym_ints(1);
  if (!splits) return one(sized(call, t, t.sizes));
  for (const SymInt& split : *splits) {
    check(call, sym_ge(split, 0), ErrorType::kRuntimeError, [] { return "Expected cond to be True, but got False"; });
  }
  SymInts sizes = t.sizes;
  if (sizes.empty()) raise(ErrorType::kIndexError, "list assignment index out of range");
  sizes[0] = sum(*splits);
  return one(sized(call, t, sizes));
}

// ---- torch_nn (torch/nn/modules/linear_cross_entropy.py).

Results linear_cross_entropy_chunked(Call& call) {
  const FakeTensor& input = call.tensor(0);
  const FakeTensor& weight = call.tensor(1);
  const std::string_view reduction = call.string(5);
  check(reduction == "mean" || reduction == "sum", ErrorType::kNotImplementedError,
        [&] { return fmt::format("linear_cross_entropy does not support reduction='{}'", reduction); });
  const std::size_t flags = call.size() - 3;
  SymInts bias = weight.sizes;
  if (!bias.empty()) bias.pop_back();
  return {&sized(call, input, {}), &sized(call, input, call.boolean(flags) ? input.sizes.values() : SymInts{0, 0}),
          &sized(call, input, call.boolean(flags + 1) ? weight.sizes.values() : SymInts{0, 0}),
          &sized(call, input, call.boolean(flags + 2) ? bias : SymInts{0})};
}
Results linear_cross_entropy_unreduced(Call& call) {
  const FakeTensor& input = call.tensor(0);
  return one(sized(call, input, {shape_at(input, 0)}));
}

// ---- torchvision (torchvision/_meta_registrations.py).

void check_rois(Call& call) {
  const FakeTensor& input = call.tensor(0);
  const FakeTensor& rois = call.tensor(1);
  check(call, sym_eq(shape_at(rois, 1), 5), ErrorType::kRuntimeError,
        [] { return "rois must have shape as Tensor[K, 5]"; });
  check(input.dtype == rois.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected tensor for input to have the same type as tensor for rois; but type {} does not equal {}",
        torch_name(input.dtype), torch_name(rois.dtype));
  });
}
Results roi_align(Call& call) {
  check_rois(call);
  const FakeTensor& input = call.tensor(0);
  return one(sized(call, input, {call.tensor(1).sizes[0], shape_at(input, 1), call.sym_int(3), call.sym_int(4)}));
}
Results roi_with_indices(Call& call, const SymInt& channels) {
  const SymInts sizes{call.tensor(1).sizes[0], channels, call.sym_int(3), call.sym_int(4)};
  return {&sized(call, call.tensor(0), sizes), &call.contiguous(ScalarType::kInt, sizes, call.tensor(0).device)};
}
Results roi_pool(Call& call) {
  check_rois(call);
  return roi_with_indices(call, shape_at(call.tensor(0), 1));
}
Results ps_roi(Call& call) {
  check_rois(call);
  const SymInt bins = call.sym_int(3) * call.sym_int(4);
  const SymInt& channels = shape_at(call.tensor(0), 1);
  check(call, sym_eq(python_mod(channels, bins), 0), ErrorType::kRuntimeError,
        [] { return "input channels must be a multiple of pooling height * pooling width"; });
  return roi_with_indices(call, floordiv(channels, bins));
}
Results nms(Call& call) {
  const FakeTensor& boxes = call.tensor(0);
  const FakeTensor& scores = call.tensor(1);
  check(boxes.dim() == 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("boxes should be a 2d tensor, got {}D", boxes.dim()); });
  check(call, sym_eq(boxes.sizes[1], 4), ErrorType::kRuntimeError,
        [&] { return fmt::format("boxes should have 4 elements in dimension 1, got {}", to_string(boxes.sizes[1])); });
  check(scores.dim() == 1, ErrorType::kRuntimeError,
        [&] { return fmt::format("scores should be a 1d tensor, got {}", scores.dim()); });
  check(call, sym_eq(boxes.sizes[0], scores.sizes[0]), ErrorType::kRuntimeError, [&] {
    return fmt::format("boxes and scores should have same number of elements in dimension 0, got {} and {}",
                       to_string(boxes.sizes[0]), to_string(scores.sizes[0]));
  });
  return one(call.contiguous(ScalarType::kLong, {call.env().new_unbacked_int()}, boxes.device));
}
Results deform_conv2d(Call& call) {
  const FakeTensor& input = call.tensor(0);
  const FakeTensor& offset = call.tensor(2);
  return one(
      sized(call, input, {shape_at(input, 0), shape_at(call.tensor(1), 0), shape_at(offset, 2), shape_at(offset, 3)}));
}

constexpr OpRow kRows[] = {
    {"_c10d_functional::all_gather_into_tensor", all_gather},
    {"_c10d_functional::all_gather_into_tensor_coalesced", all_gather_each},
    {"_c10d_functional::all_reduce", row_major_self},
    {"_c10d_functional::all_reduce_", self_rule},
    {"_c10d_functional::all_reduce_coalesced", like_each},
    {"_c10d_functional::all_reduce_coalesced_", self_rule},
    {"_c10d_functional::all_to_all_single", all_to_all},
    {"_c10d_functional::broadcast", like_self},
    {"_c10d_functional::broadcast_", self_rule},
    {"_c10d_functional::reduce_scatter_tensor", reduce_scatter},
    {"_c10d_functional::reduce_scatter_tensor_coalesced", reduce_scatter_each},
    {"_c10d_functional::wait_tensor", like_self},
    {"export::access_subclass_inner_tensor", no_subclass},
    {"torch_nn::_linear_cross_entropy_batch_chunked", linear_cross_entropy_chunked},
    {"torch_nn::_linear_cross_entropy_batch_chunked_no_reduction", linear_cross_entropy_unreduced},
    {"torchvision::deform_conv2d", deform_conv2d},
    {"torchvision::nms", nms},
    {"torchvision::ps_roi_align", ps_roi},
    {"torchvision::ps_roi_pool", ps_roi},
    {"torchvision::roi_align", roi_align},
    {"torchvision::roi_pool", roi_pool},
};

}  // namespace

std::span<const OpRow> custom_ops() { return kRows; }

}  // namespace retrace::ops
