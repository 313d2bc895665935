// SPDX-License-Identifier: Apache-2.0
// Attention: the fused kernels' metas, and scaled_dot_product_attention's choice among them on CPU.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

FakeTensor& empty_of(Call& call, const FakeTensor& t, SymInts sizes) {
  return call.contiguous(t.dtype, std::move(sizes), t.device);
}

// ---- scaled_dot_product_attention: which kernel runs.

/// Its arguments, shared with the math form.
struct Attention {
  FakeTensor& query;
  FakeTensor& key;
  FakeTensor& value;
  FakeTensor* mask;
  double dropout;
  bool causal;
  bool grouped;
};

// aten/src/ATen/native/transformers/attention.cpp validate_sdpa_input
void validate(const Attention& a) {
  const ScalarType dtype = a.query.dtype;
  check(dtype == a.key.dtype && dtype == a.value.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected query, key, and value to have the same dtype, but got query.dtype: {} key.dtype: {} and "
        "value.dtype: {} instead.",
        cpp_name(dtype), cpp_name(a.key.dtype), cpp_name(a.value.dtype));
  });
  check(a.query.dim() >= 2 && a.key.dim() >= 2 && a.value.dim() >= 2, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {} key.dim: "
        "{} and value.dim: {} instead.",
        a.query.dim(), a.key.dim(), a.value.dim());
  });
  if (a.mask == nullptr) return;
  const ScalarType mask = a.mask->dtype;
  check(is_bool(mask) || mask == ScalarType::kFloat || mask == dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {} "
        "and  query.dtype: {} instead.",
        cpp_name(mask), cpp_name(dtype));
  });
}

// sdp_utils_cpp.h check_attn_mask_shape
bool fused_takes_mask(Call& call, const Attention& a) {
  if (a.mask == nullptr) return true;
  const FakeTensor& mask = *a.mask;
  if (mask.requires_grad || mask.tracks_grad) return false;
  const auto is = [&](const SymInt& got, const SymInt& wanted) { return truth(call, sym_eq(got, wanted)); };
  if (!is(size_at(mask, -2), size_at(a.query, 2)) && !is(size_at(mask, -2), 1)) return false;
  if (!is(size_at(mask, -1), size_at(a.key, 2)) && !is(size_at(mask, -1), 1)) return false;
  if (mask.dim() == 2) return true;
  return mask.dim() == 4 && (is(mask.sizes[0], 1) || is(mask.sizes[0], size_at(a.query, 0))) &&
         (is(mask.sizes[1], 1) || is(mask.sizes[1], size_at(a.query, 1)));
}

// sdp_utils_cpp.h check_batch_size_and_num_heads_dense
bool fused_takes_heads(Call& call, const Attention& a) {
  const auto same = [&](std::int64_t dim) {
    return truth(call, sym_eq(size_at(a.query, dim), size_at(a.key, dim))) &&
           truth(call, sym_eq(size_at(a.query, dim), size_at(a.value, dim)));
  };
  if (!same(0)) return false;
  if (same(1)) return true;
  if (!a.grouped) return false;
  return truth(call, sym_eq(size_at(a.key, 1), size_at(a.value, 1))) &&
         truth(call, sym_eq(python_mod(size_at(a.query, 1), size_at(a.key, 1)), 0));
}

// sdp_utils_cpp.cpp use_flash_attention_cpp
bool takes_flash(Call& call, const Attention& a) {
  if (a.dropout > 0) return false;
  if (a.query.dim() != 4 || a.key.dim() != 4 || a.value.dim() != 4) return false;
  if (!fused_takes_heads(call, a) || !fused_takes_mask(call, a)) return false;
  if (!truth(call, sym_eq(size_at(a.query, 3), size_at(a.key, 3))) ||
      !truth(call, sym_eq(size_at(a.query, 3), size_at(a.value, 3))))
    return false;
  if (truth(call, sym_eq(size_at(a.query, 2), 0)) || truth(call, sym_eq(size_at(a.key, 2), 0))) return false;
  for (const FakeTensor* t : {&a.query, &a.key, &a.value}) {
    if (!truth(call, sym_eq(t->strides[3], 1))) return false;
  }
  const ScalarType dtype = a.query.dtype;
  if (a.key.dtype != dtype || a.value.dtype != dtype) return false;
  return dtype == ScalarType::kFloat || dtype == ScalarType::kDouble || dtype == ScalarType::kBFloat16 ||
         dtype == ScalarType::kHalf;
}

// ---- The math form.

/// A boolean mask becomes one of zeros and minus infinities.
FakeTensor* additive_mask(Call& call, FakeTensor* mask, ScalarType dtype) {
  return mask != nullptr && is_bool(mask->dtype) ? &call.contiguous(dtype, mask->sizes, mask->device) : mask;
}

/// Keys and values repeated to the query's count of heads.
FakeTensor& repeat_heads(Call& call, FakeTensor& t, const SymInt& heads) {
  if (truth(call, sym_eq(size_at(t, -3), heads))) return t;
  SymInts sizes = t.sizes;
  sizes[sizes.size() - 3] = heads;
  return empty_of(call, t, sizes);
}

// aten/src/ATen/native/transformers/attention.cpp _scaled_dot_product_attention_math
std::pair<FakeTensor*, FakeTensor*> math(Call& call, const Attention& a) {
  const ScalarType origin = a.query.dtype;
  const ScalarType dtype = computation_dtype(origin);
  FakeTensor* mask = a.mask;
  check(!a.causal || mask == nullptr, ErrorType::kRuntimeError,
        [] { return "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"; });
  FakeTensor* key = &a.key;
  FakeTensor* value = &a.value;
  if (a.grouped) {
    const SymInt& heads = size_at(a.query, -3);
    const bool divides = truth(call, sym_eq(python_mod(heads, size_at(*key, -3)), 0)) &&
                         truth(call, sym_eq(python_mod(heads, size_at(*value, -3)), 0));
    check(divides, ErrorType::kRuntimeError,
          [] { return "Number of heads in key and value must divide the number of heads in "; });
    key = &repeat_heads(call, *key, heads);
    value = &repeat_heads(call, *value, heads);
  }
  const ScalarType scaled = is_integral(dtype, true) ? ScalarType::kFloat : dtype;  // times the root of a scale
  FakeTensor& q = like(call, a.query, scaled);
  FakeTensor& k = like(call, transpose(call, *key, -2, -1), scaled);
  FakeTensor* scores = &matmul(call, q, k);
  if (a.causal) mask = &call.contiguous(dtype, {size_at(a.query, -2), size_at(a.key, -2)}, a.query.device);
  mask = additive_mask(call, mask, dtype);
  if (mask != nullptr) scores = &call.op1("aten::add.Tensor", {scores, mask});
  FakeTensor& weights = like(call, *scores);
  FakeTensor& out = matmul(call, weights, to_dtype(call, *value, dtype));
  return {&to_dtype(call, out, origin), &to_dtype(call, weights, origin)};
}

Attention arguments(Call& call, std::size_t grouped) {
  return {call.tensor(0), call.tensor(1),  call.tensor(2),       call.optional_tensor(3),
          call.number(4), call.boolean(5), call.boolean(grouped)};
}

// aten/src/ATen/native/transformers/attention.cpp scaled_dot_product_attention
Results scaled_dot_product_attention(Call& call) {
  Attention a = arguments(call, 7);
  validate(a);
  if (or_false(call, sym_eq(a.value.numel(), 0)) || or_false(call, sym_eq(size_at(a.query, -2), 0))) {
    SymInts sizes = a.query.sizes;  // nothing to attend to: zeros, whatever the other sizes are
    sizes.back() = a.value.sizes.back();
    return one(empty_of(call, a.query, std::move(sizes)));
  }
  const bool flash = takes_flash(call, a);
  a.mask = additive_mask(call, a.mask, a.query.dtype);
  return one(flash ? like(call, a.query) : *math(call, a).first);
}
Results attention_math(Call& call) {
  const auto [out, weights] = math(call, arguments(call, 8));
  return {out, weights};
}
/// aten/src/ATen/native/transformers/attention.cpp: SDPBackend::math, since fake tensors are on the meta device here.
Results fused_sdp_choice(Call&) { return {std::int64_t{0}}; }

// ---- Fused kernels (torch/_meta_registrations.py).

/// math.ceil(n / 32) * 32
SymInt padded_to_32(const SymInt& n) {
  constexpr std::int64_t kBlock = 32;
  if (n.is_int()) return ceildiv(n, kBlock) * SymInt(kBlock);
  expr::Pool& pool = *n.node()->pool;
  return ceil_to_int(SymFloat(pool.make(expr::Kind::kIntTrueDiv, {n.node(), SymInt(kBlock).expression(pool)}))) *
         SymInt(kBlock);
}

Results flash_for_cpu(Call& call) {
  FakeTensor& query = call.tensor(0);
  FakeTensor& sums = call.contiguous(computation_dtype(query.dtype),
                                     {size_at(query, 0), size_at(query, 2), size_at(query, 1)}, query.device);
  return {&like(call, query), &transpose(call, sums, 1, 2)};
}

/// The debug mask of the flash kernels: empty unless asked for.
FakeTensor& debug_mask(Call& call, const FakeTensor& query, bool wanted, const SymInts& leading, const SymInt& q,
                       const SymInt& k) {
  if (!wanted) return empty_of(call, query, {0});
  auto& env = call.env();
  const std::int64_t block = env.guard(sym_gt(size_at(query, -1), 64)) ? 128 : 256;
  SymInt columns = ceildiv(q, block);
  if (env.guard(sym_le(k, 128)))
    columns = 128;
  else if (env.guard(sym_le(k, 256)))
    columns = 256;
  SymInts sizes = leading;
  sizes.insert(sizes.end(), {q, columns});
  return empty_of(call, query, sizes);
}

Results flash(Call& call, FakeTensor& query, bool wants_mask) {
  const SymInt& q = size_at(query, 2);
  const SymInt& k = size_at(call.tensor(1), 2);
  const SymInts leading{size_at(query, 0), size_at(query, 1)};
  FakeTensor& sums = call.contiguous(ScalarType::kFloat, {leading[0], leading[1], q}, query.device);
  return {&like(call, query),
          &sums,
          {},
          {},
          q,
          k,
          &call.contiguous(ScalarType::kUInt64, {2}, query.device),
          &call.contiguous(ScalarType::kUInt64, {}, query.device),
          &debug_mask(call, query, wants_mask, leading, q, k)};
}
Results flash_attention(Call& call) { return flash(call, call.tensor(0), call.boolean(5)); }
Results flash_attention_quantized(Call& call) {
  FakeTensor& query = call.tensor(0);
  FakeTensor& wide = query.dtype == ScalarType::kFloat8E4M3FN ? to_dtype(call, query, ScalarType::kBFloat16) : query;
  return flash(call, wide, call.boolean(8));
}

Results flash_forward(Call& call) {
  FakeTensor& query = call.tensor(0);
  const FakeTensor* starts_q = call.optional_tensor(3);
  const SymInt batch = starts_q == nullptr ? size_at(query, 0) : starts_q->numel() - SymInt(1);
  const SymInt q = starts_q == nullptr ? size_at(query, 1) : call.sym_int(5);
  const SymInt k = call.is_none(4) ? size_at(call.tensor(1), 1) : call.sym_int(6);
  const SymInt& heads = size_at(query, -2);
  const SymInts sums = starts_q == nullptr ? SymInts{batch, heads, q} : SymInts{heads, size_at(query, 0)};
  return {&like(call, query), &call.contiguous(ScalarType::kFloat, sums, query.device),
          &call.contiguous(ScalarType::kUInt64, {2}, query.device),
          &call.contiguous(ScalarType::kUInt64, {}, query.device),
          &debug_mask(call, query, call.boolean(9), {batch, heads}, q, k)};
}

Results efficient_attention(Call& call) {
  FakeTensor& query = call.tensor(0);
  const SymInt& rows = size_at(query, 2);
  FakeTensor& out = empty_of(call, query, {size_at(query, 0), rows, size_at(query, 1), size_at(call.tensor(2), -1)});
  const SymInt width = call.boolean(4) ? padded_to_32(rows) : SymInt(0);
  return {&transpose(call, out, 1, 2),
          &call.contiguous(ScalarType::kFloat, {size_at(query, 0), size_at(query, 1), width}, query.device),
          &call.contiguous(ScalarType::kLong, {}, query.device), &call.contiguous(ScalarType::kLong, {}, query.device)};
}

Results efficient_forward(Call& call) {
  FakeTensor& query = call.tensor(0);
  const FakeTensor* starts = call.optional_tensor(4);
  check(starts == nullptr || !call.is_none(6), ErrorType::kAssertionError,
        [] { return "max_seqlen_q must not be None when cu_seqlens_q is provided"; });
  const SymInt q = starts == nullptr ? size_at(query, 1) : call.sym_int(6);
  const SymInt k = call.optional_sym_int(7).value_or(size_at(call.tensor(1), 1));
  const SymInt batch = starts == nullptr ? size_at(query, 0) : size_at(*starts, 0) - SymInt(1);
  const SymInt width = call.boolean(10) ? padded_to_32(q) : SymInt(0);
  return {
      &empty_of(call, query, {size_at(query, 0), size_at(query, 1), size_at(query, -2), size_at(call.tensor(2), -1)}),
      &call.contiguous(ScalarType::kFloat, {batch, size_at(query, -2), width}, query.device),
      &call.contiguous(ScalarType::kLong, {}, query.device),
      &call.contiguous(ScalarType::kLong, {}, query.device),
      q,
      k};
}

/// alloc_with_matching_layout: the query's order of strides for a result of other sizes.
FakeTensor& laid_out_as(Call& call, FakeTensor& query, const SymInts& sizes) {
  auto& env = call.env();
  if (env.guard(sym_eq(query.sizes, sizes))) return like(call, query);
  std::vector<std::size_t> order(sizes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(
      order, [&](std::size_t x, std::size_t y) { return env.guard(sym_gt(query.strides[x], query.strides[y])); });
  SymInts strides(sizes.size());
  SymInt stride = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = stride;
    stride *= sizes[order[i]];
  }
  return call.strided(query.dtype, sizes, strides, query.device);
}

/// The result tuple that the cuDNN and the overrideable kernels share.
Results wide_results(Call& call, FakeTensor& query, const SymInts& sums) {
  size_at(query, -1);
  SymInts sizes = query.sizes;
  sizes.back() = size_at(call.tensor(2), -1);
  return {&laid_out_as(call, query, sizes),
          &call.contiguous(ScalarType::kFloat, sums, query.device),
          {},
          {},
          size_at(query, -2),
          size_at(call.tensor(1), -2),
          &call.contiguous(ScalarType::kLong, {}, query.device),
          &call.contiguous(ScalarType::kLong, {}, query.device),
          {}};
}
Results cudnn_attention(Call& call) {
  FakeTensor& query = call.tensor(0);
  return wide_results(call, query, {size_at(query, 0), size_at(query, 1), size_at(query, 2), 1});
}
Results overrideable_attention(Call& call) {
  FakeTensor& query = call.tensor(0);
  check(query.dim() == 3 || query.dim() == 4, ErrorType::kRuntimeError, [] { return "query must be 3D or 4D"; });
  const SymInt batch = query.dim() == 4 ? size_at(query, 0) : SymInt(1);
  return wide_results(call, query, {batch, size_at(query, -3), size_at(query, -2)});
}

Results attention_for_mps(Call& call) {
  FakeTensor& query = call.tensor(0);
  const FakeTensor& value = call.tensor(2);
  for (const FakeTensor* t : std::initializer_list<const FakeTensor*>{
           &query, &value}) {  // ensure_4d folds what comes before, or adds a batch
    check(t->dim() > 2, ErrorType::kValueError,
          [&] { return fmt::format("not enough values to unpack (expected 4, got {})", t->dim()); });
  }
  SymInts out = query.sizes;
  out.back() = size_at(value, -1);
  SymInts weights = query.sizes;
  weights.back() = size_at(value, -2);
  return {&empty_of(call, query, out), &empty_of(call, query, weights)};
}

Results native_multi_head_attention(Call& call) {
  FakeTensor& query = call.tensor(0);
  if (truth(call, sym_eq(query.numel(), 0))) return {&empty_of(call, query, query.sizes), &empty_of(call, query, {0})};
  const SymInt& batch = size_at(query, 0);
  const SymInt& length = size_at(query, 1);
  FakeTensor& out = empty_of(call, query, {batch, length, size_at(call.tensor(7), 0)});
  if (!call.boolean(10)) return {&out, &empty_of(call, query, {0})};
  if (call.boolean(11)) return {&out, &empty_of(call, query, {batch, length, length})};
  return {&out, &empty_of(call, query, {batch, call.integer(4), length, length})};
}

Results transformer_encoder_layer(Call& call) {
  FakeTensor& source = call.tensor(0);
  return one(truth(call, sym_eq(source.numel(), 0)) ? clone(call, source) : like(call, source));
}

constexpr OpRow kRows[] = {
    {"_efficient_attention_forward", efficient_forward},
    {"_flash_attention_forward", flash_forward},
    {"_flash_attention_forward.quantized", flash_forward},
    {"_fused_sdp_choice", fused_sdp_choice},
    {"_native_multi_head_attention", native_multi_head_attention},
    {"_scaled_dot_product_attention_math", attention_math},
    {"_scaled_dot_product_attention_math_for_mps", attention_for_mps},
    {"_scaled_dot_product_cudnn_attention", cudnn_attention},
    {"_scaled_dot_product_efficient_attention", efficient_attention},
    {"_scaled_dot_product_flash_attention", flash_attention},
    {"_scaled_dot_product_flash_attention.quantized", flash_attention_quantized},
    {"_scaled_dot_product_flash_attention_for_cpu", flash_for_cpu},
    {"_scaled_dot_product_fused_attention_overrideable", overrideable_attention},
    {"_transformer_encoder_layer_fwd", transformer_encoder_layer},
    {"scaled_dot_product_attention", scaled_dot_product_attention},
};

}  // namespace

std::span<const OpRow> attention_ops() { return kRows; }

}  // namespace retrace::ops
