// SPDX-License-Identifier: Apache-2.0
// What autograd, functorch, autocast and the backends keep for themselves: dual numbers, data, storage set by hand,
// what a device can do. Most are identities, constants or refusals.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

[[noreturn]] void refuse(const std::string& text) { raise(ErrorType::kRuntimeError, text); }

Results itself(Call& call) { return one(call.tensor(0)); }
Results alias_of(Call& call) { return one(alias(call, call.tensor(0))); }
Results copy_of_self(Call& call) { return one(clone(call, call.tensor(0))); }
Results nothing(Call&) { return {}; }
Results yes(Call&) { return {Value(SymBool(true))}; }
Results no(Call&) { return {Value(SymBool(false))}; }

// ---- Autocast by hand (ATen/autocast_mode.cpp)

Results to_full_precision(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool low = self.dtype == ScalarType::kHalf || self.dtype == ScalarType::kBFloat16;
  return one(low && call.boolean(2) ? to_dtype(call, self, ScalarType::kFloat) : self);
}
Results to_reduced_precision(Call& call) {
  FakeTensor& self = call.tensor(0);
  return one(self.dtype == ScalarType::kFloat && call.boolean(2) ? to_dtype(call, self, *call.dtype(4)) : self);
}

// ---- Forward-mode derivatives: no level is open while a program is traced

Results make_dual(Call& call) {
  for (const std::size_t i : {0U, 1U}) {
    if (call.integer(2) != 0) break;
    const ScalarType t = call.tensor(i).dtype;
    if (is_floating(t) || is_complex(t)) continue;
    refuse(
        "(new_grad_base.is_floating_point() || new_grad_base.is_complex()) && (self_base.is_floating_point() || "
        "self_base.is_complex()) INTERNAL ASSERT FAILED at \"/__w/pytorch/pytorch/torch/csrc/autograd/"
        "autograd_meta.cpp\":159, please report a bug to PyTorch. Expected both tensor and its forward grad to be "
        "floating point or complex");
  }
  refuse(call.integer(2) == 0 ? "Trying to access a forward AD level with an invalid index. This index was either not "
                                "created or is already deleted."
                              : "Invalid level given to _make_dual");
}
Results unpack_dual(Call& call) { return {&alias(call, call.tensor(0)), Value()}; }

[[noreturn]] void refuse_outside_inference(std::string_view asserted, std::string_view place, std::string_view kind,
                                           std::string_view name) {
  refuse(
      fmt::format("InferenceMode::is_enabled() && {} INTERNAL ASSERT FAILED at "
                  "\"/__w/pytorch/pytorch/aten/src/ATen/native/{}, please report a bug to PyTorch. Expected this {} "
                  "to only be reached in inference mode and when all the inputs are inference tensors. You should "
                  "NOT call this {} directly as native::{}. Please use the dispatcher, i.e., at::{}. Please file an "
                  "issue if you come across this error otherwise.",
                  asserted, place, kind, kind, name, name));
}
Results make_dual_copy(Call&) {
  refuse_outside_inference("primal.is_inference() && tangent.is_inference()", "AutogradComposite.cpp\":23", "function",
                           "_make_dual");
}
Results forward_primal_copy(Call&) {
  refuse_outside_inference("self.is_inference()", "VariableMethodStubs.cpp\":66", "method", "_fw_primal");
}

Results require_grad(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool differentiable = is_floating(self.dtype) || is_complex(self.dtype);
  if (call.boolean(1) && !differentiable)
    refuse("Only Tensors of floating point and complex dtype can require gradients");
  return one(self);
}

/// A copy on write keeps the strides as they are.
Results lazy_clone(Call& call) {
  const FakeTensor& self = call.tensor(0);
  return one(call.strided(self.dtype, self.sizes, self.strides, self.device));
}

// ---- set_: another storage (ATen/native/TensorShape.cpp, c10/core/TensorImpl.h)

FakeTensor& set_to(FakeTensor& self, const SymInts& sizes, const SymInts& strides, SymInt offset, Storage* storage) {
  self.sizes = sizes;
  self.strides = strides;
  self.storage_offset = std::move(offset);
  self.storage = storage;
  return self;
}

FakeTensor& copy_to_set(Call& call) { return clone(call, call.tensor(0)); }

FakeTensor& set_to_nothing(Call& call, FakeTensor& self) {
  return set_to(self, {0}, {1}, 0, &call.context().new_storage());
}
FakeTensor& set_to_tensor(FakeTensor& self, const FakeTensor& source) {
  return set_to(self, source.sizes, source.strides, source.storage_offset, source.storage);
}

Results set_empty(Call& call) { return one(set_to_nothing(call, call.tensor(0))); }
Results set_empty_functional(Call& call) { return one(set_to_nothing(call, copy_to_set(call))); }
Results set_source(Call& call) { return one(set_to_tensor(call.tensor(0), call.tensor(1))); }
Results set_source_functional(Call& call) { return one(set_to_tensor(copy_to_set(call), call.tensor(1))); }

/// What the sizes need of the storage; it grows where it is too small, and asking that may guard.
void reach_storage(Call& call, const FakeTensor& self, const FakeTensor& source, const SymInts& sizes,
                   const SymInts& strides, const SymInt& offset) {
  for (const SymInt& size : sizes) {
    if (truth(call, sym_eq(size, 0))) return;
  }
  const SymInt bytes = reach(sizes, strides, offset) * item_size(self.dtype);
  if (source.storage != nullptr) truth(call, sym_gt(bytes, source.storage->nbytes()));
}

Results set_geometry(Call& call) {
  FakeTensor& self = call.tensor(0);
  const FakeTensor& source = call.tensor(1);
  if (!is_contiguous(call.env(), geometry(source))) refuse("passed in tensor to be used as storage must be contiguous");
  const SymInt offset = call.sym_int(2);
  const SymInts sizes = call.sym_ints(3);
  const SymInts strides = call.sym_ints(4).empty() ? contiguous_strides(sizes) : call.sym_ints(4);
  if (sizes.size() != strides.size()) {
    refuse(fmt::format("unequal size length ({}) and stride length ({})", sizes.size(), strides.size()));
  }
  for (const SymInt& size : sizes) {
    check(call, sym_ge(size, 0), ErrorType::kRuntimeError, [] { return "numel: integer multiplication overflow"; });
  }
  check(call, sym_ge(offset, 0), ErrorType::kRuntimeError,
        [&] { return "Tensor: invalid storage offset " + to_string(offset); });
  reach_storage(call, self, source, sizes, strides, offset);
  return one(set_to(self, sizes, strides, offset, source.storage));
}
/// A program cannot hold a Storage.
Results wants_storage(Call& call) { call.wrong_type(1); }

/// ATen/native/TensorShape.cpp _reshape_from_tensor reads the sizes off a tensor.
Results reshape_from_tensor(Call& call) {
  const FakeTensor& shape = call.tensor(1);
  if (shape.dim() != 1) {
    refuse(
        "Expected shape_tensor.dim() == 1 to be true, but got false. (Could this error message be improved? If so, "
        "please report an enhancement request to PyTorch.)");
  }
  check_no_symbols(shape, "numel()");
  check_scalar_type(shape, ScalarType::kLong);
  if (!shape.numel().is(0)) raise_no_data();
  return one(reshape(call, call.tensor(0), {}));
}

// ---- Backends

Results not_yet(Call& call) { raise(ErrorType::kAssertionError, "NYI: " + overload_name(call.schema())); }
Results pin(Call& call) { return call.op("aten::_pin_memory", {call.arg(0)}); }
Results to_cpu(Call& call) { return {call.arg(0)}; }
Results cufft(Call&) {
  refuse(
      "Cannot access cuFFT plan cache without ATen_cuda library. PyTorch splits its backend into two shared "
      "libraries: a CPU library and a CUDA library; this error has occurred because you are trying to use some CUDA "
      "functionality, but the CUDA library has not been loaded by the dynamic linker for some reason. The CUDA "
      "library MUST be loaded, EVEN IF you don't directly use any symbols from the CUDA library! One common culprit "
      "is a lack of -Wl,--no-as-needed in your link arguments; many dynamic linkers will delete dynamic library "
      "dependencies if you don't depend on any of their symbols. You can check if this has occurred by using ldd on "
      "your binary to see if there is a dependency on *_cuda.so library.");
}
Results dropout_state(Call& call) { raise_no_meta(call.schema()); }
Results propagate_xla(Call&) {
  refuse(
      "input.device().type() == kXLA INTERNAL ASSERT FAILED at "
      "\"/__w/pytorch/pytorch/aten/src/ATen/native/Copy.cpp\":382, please report a bug to PyTorch. This op should "
      "only be called by XLA");
}
Results distributed_gradients(Call&) {
  refuse("Need to initialize distributed autograd using torch.distributed.autograd.init()");
}
Results mkldnn_convolution(Call&) { refuse("itensor_view_from_dense expects CPU tensor input"); }
Results to_mkldnn(Call& call) {
  check_fallback(call);
  const ScalarType t = call.tensor(0).dtype;
  const bool taken = t == ScalarType::kFloat || t == ScalarType::kBFloat16 || t == ScalarType::kHalf ||
                     t == ScalarType::kByte || t == ScalarType::kChar;
  if (!taken) refuse("dense_to_mkldnn expects float, bfloat16, half, uint8, int8 tensor input");
  raise(ErrorType::kNotImplementedError, "Cannot access storage of OpaqueTensorImpl");
}

constexpr OpRow kRows[] = {
    {"_autocast_to_full_precision", to_full_precision},
    {"_autocast_to_reduced_precision", to_reduced_precision},
    {"_coalesced", copy_of_self},
    {"_coalesced_", itself},
    {"_cudnn_init_dropout_state", dropout_state},
    {"_cufft_clear_plan_cache", cufft},
    {"_cufft_get_plan_cache_max_size", cufft},
    {"_cufft_get_plan_cache_size", cufft},
    {"_cufft_set_plan_cache_max_size", cufft},
    {"_fill_mem_eff_dropout_mask_", itself},
    {"_fw_primal", alias_of},
    {"_fw_primal_copy", forward_primal_copy},
    {"_lazy_clone", lazy_clone},
    {"_make_dual", make_dual},
    {"_make_dual_copy", make_dual_copy},
    {"_mkldnn_transpose_", itself},
    {"_nnpack_available", yes},
    {"_pin_memory", not_yet},
    {"_propagate_xla_data", propagate_xla},
    {"_reshape_from_tensor", reshape_from_tensor},
    {"_resize_output", not_yet},
    {"_resize_output_", not_yet},
    {"_to_cpu", to_cpu},
    {"_unpack_dual", unpack_dual},
    {"_use_cudnn_rnn_flatten_weight", no},
    {"copy_sparse_to_sparse", copy_of_self},
    {"copy_sparse_to_sparse_", itself},
    {"cudnn_is_acceptable", no},
    {"data", alias_of},
    {"get_gradients", distributed_gradients},
    {"mkldnn_convolution", mkldnn_convolution},
    {"pin_memory", pin},
    {"requires_grad_", require_grad},
    {"resize_as_sparse", copy_of_self},
    {"resize_as_sparse_", itself},
    {"set", set_empty_functional},
    {"set.source_Storage", wants_storage},
    {"set.source_Storage_storage_offset", wants_storage},
    {"set.source_Tensor", set_source_functional},
    {"set_", set_empty},
    {"set_.source_Storage", wants_storage},
    {"set_.source_Storage_storage_offset", wants_storage},
    {"set_.source_Tensor", set_source},
    {"set_.source_Tensor_storage_offset", set_geometry},
    {"set_data", nothing},
    {"sparse_resize", copy_of_self},
    {"sparse_resize_", itself},
    {"sparse_resize_and_clear", copy_of_self},
    {"sparse_resize_and_clear_", itself},
    {"to_mkldnn", to_mkldnn},
};

}  // namespace

std::span<const OpRow> bookkeeping_ops() { return kRows; }

}  // namespace retrace::ops
