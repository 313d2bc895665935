// SPDX-License-Identifier: Apache-2.0
// Broadcasting, with the questions PyTorch asks of the shape environment in its order.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/ops/call.h"

namespace retrace::ops {

/// Sizes and strides of a tensor or of a view that is never made.
struct Geometry {
  SymInts sizes;
  SymInts strides;
};
inline Geometry geometry(const FakeTensor& t) { return {t.sizes, t.strides}; }

/// As Python prints a shape: "torch.Size([2, s77])".
std::string size_text(std::span<const SymInt> sizes);
/// "(2, 3)", "(1,)"
std::string tuple_text(std::span<const SymInt> sizes);

/// fake_impls.infer_size (and C++ infer_size_symint): pairwise, the text is ATen's "The size of tensor a (...)".
/// fake_impls' text has a parenthesis more than ATen's.
enum class Speaker : std::uint8_t { kFakeImpls, kAten };
SymInts infer_broadcast(Call& call, std::span<const SymInt> a, std::span<const SymInt> b,
                        Speaker speaker = Speaker::kFakeImpls);
/// c10's == of two lists: size after size, while they are equal.
bool same_sizes(Call& call, const SymInts& a, const SymInts& b);
/// The same over several shapes, from the left.
SymInts infer_broadcast(Call& call, std::span<const SymInts> shapes);
/// torch._refs._broadcast_shapes: text "Attempting to broadcast a dimension of length ...".
SymInts broadcast_shapes(Call& call, std::span<const SymInts> shapes);
inline SymInts broadcast_shapes(Call& call, const SymInts& a, const SymInts& b) {
  const SymInts shapes[] = {a, b};
  return broadcast_shapes(call, shapes);
}
/// torch._prims_common.check_same_shape: the first tensor's; zero-dim CPU tensors may stand aside.
void check_same_shape(Call& call, std::span<FakeTensor* const> tensors, bool allow_cpu_scalar_tensors);
/// torch._refs._maybe_broadcast's should_expand.
bool should_expand(Call& call, std::span<const SymInt> from, std::span<const SymInt> to);
/// torch._refs.expand and prims.broadcast_in_dim: strides are 0 where broadcast.
Geometry expand(Call& call, const Geometry& from, std::span<const SymInt> sizes);
/// torch._refs._maybe_broadcast: the operands at their common shape; zero-dim CPU tensors stay as they are.
std::vector<Geometry> maybe_broadcast(Call& call, std::span<FakeTensor* const> tensors,
                                      bool preserve_cpu_scalar_tensors = true);

}  // namespace retrace::ops
