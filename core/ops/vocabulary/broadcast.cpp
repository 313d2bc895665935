// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/broadcast.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace retrace::ops {
namespace {

SymInt length_from_right(std::span<const SymInt> sizes, std::size_t from_right) {
  return from_right < sizes.size() ? sizes[sizes.size() - 1 - from_right] : SymInt(1);
}

/// One argument's length against the common one (torch._refs._broadcast_shapes, inner loop).
void broadcast_length(Call& call, SymInt& common, const SymInt& length, const std::function<std::string()>& message) {
  shapes::ShapeEnv& env = call.env();
  if (env.guard_or_false(sym_eq(length, common))) return;
  if (env.guard_or_false(sym_eq(common, 1))) {
    if (env.guard(sym_lt(length, 0))) {
      raise(ErrorType::kValueError, "Attempting to broadcast a dimension with negative length!");
    }
    common = length;
  }
  if (env.guard_or_false(sym_eq(length, 1))) return;
  check(call, sym_eq(common, length), ErrorType::kRuntimeError, message);
}

/// The sizes that torch._refs.expand asks prims.broadcast_in_dim for.
SymInts requested_sizes(Call& call, const Geometry& from, std::span<const SymInt> sizes) {
  check(sizes.size() >= from.sizes.size(), ErrorType::kRuntimeError,
        [] { return "expand: the requested shape has too few dimensions!"; });
  const std::size_t extra = sizes.size() - from.sizes.size();
  SymInts result(sizes.begin(), sizes.end());
  for (std::size_t i = 0; i < from.sizes.size(); ++i) {
    const SymInt& length = from.sizes[i];
    SymInt& wanted = result[i + extra];
    if (call.env().guard_or_false(sym_eq(wanted, -1))) {
      wanted = length;
      continue;
    }
    const auto message = [&] {
      return fmt::format("expand: attempting to expand a dimension of length {} -> {}!", to_string(length),
                         to_string(wanted));
    };
    check(call, sym_or(sym_eq(length, 1), sym_eq(wanted, length)), ErrorType::kRuntimeError, message);
    check(call, sym_ge(wanted, 0), ErrorType::kRuntimeError, message);
  }
  for (const SymInt& wanted : result) {
    check(call, sym_ge(wanted, 0), ErrorType::kRuntimeError, [] { return "Expected cond to be True, but got False"; });
  }
  return result;
}

/// Stride of a dimension of `length` broadcast to `wanted`.
SymInt broadcast_stride(Call& call, const SymInt& length, const SymInt& wanted, const SymInt& stride) {
  shapes::ShapeEnv& env = call.env();
  if (env.guard_or_false(sym_eq(length, 1))) return env.guard_or_false(sym_eq(length, wanted)) ? stride : SymInt(0);
  check(call, sym_eq(length, wanted), ErrorType::kRuntimeError, [&] {
    return fmt::format("non-broadcasting semantics require {} == {}", to_string(length), to_string(wanted));
  });
  return stride;
}

}  // namespace

std::string size_text(std::span<const SymInt> sizes) { return fmt::format("torch.Size({})", to_string(sizes)); }

std::string tuple_text(std::span<const SymInt> sizes) {
  const std::string list = to_string(sizes);
  return fmt::format("({}{})", list.substr(1, list.size() - 2), sizes.size() == 1 ? "," : "");
}

SymInts infer_broadcast(Call& call, std::span<const SymInt> a, std::span<const SymInt> b, Speaker speaker) {
  shapes::ShapeEnv& env = call.env();
  const std::size_t rank = std::max(a.size(), b.size());
  SymInts result(rank);
  for (std::size_t i = rank; i-- > 0;) {
    const SymInt size_a = length_from_right(a, rank - 1 - i);
    const SymInt size_b = length_from_right(b, rank - 1 - i);
    const bool fits = env.guard_or_false(sym_eq(size_a, 1)) || env.guard_or_false(sym_eq(size_b, 1));
    check(call, fits ? SymBool(true) : sym_eq(size_a, size_b), ErrorType::kRuntimeError, [&] {
      return fmt::format(
          "The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {}{}",
          to_string(env.replace(size_a)), to_string(env.replace(size_b)), i, speaker == Speaker::kAten ? "" : ")");
    });
    result[i] = env.guard_or_false(sym_eq(size_a, 1)) ? size_b : size_a;
  }
  return result;
}

bool same_sizes(Call& call, const SymInts& a, const SymInts& b) {
  bool same = a.size() == b.size();
  for (std::size_t d = 0; same && d < a.size(); ++d) same = call.env().guard(sym_eq(a[d], b[d]));
  return same;
}

SymInts infer_broadcast(Call& call, std::span<const SymInts> shapes) {
  SymInts common;
  for (const SymInts& shape : shapes) common = infer_broadcast(call, common, shape);
  return common;
}

namespace {

/// Sizes as a message shows them: what the guards so far made equal has one name.
SymInts replaced(Call& call, SymInts sizes) {
  for (SymInt& size : sizes) size = call.env().replace(size);
  return sizes;
}

}  // namespace

SymInts broadcast_shapes(Call& call, std::span<const SymInts> shapes) {
  std::size_t rank = 0;
  for (const SymInts& shape : shapes) rank = std::max(rank, shape.size());
  SymInts common(rank, SymInt(1));
  for (std::size_t arg = 0; arg < shapes.size(); ++arg) {
    const SymInts& shape = shapes[arg];
    for (std::size_t back = 1; back <= shape.size(); ++back) {
      const SymInt& length = shape[shape.size() - back];
      broadcast_length(call, common[rank - back], length, [&] {
        return fmt::format(
            "Attempting to broadcast a dimension of length {} at -{}! Mismatching argument at index {} had {}; but "
            "expected shape should be broadcastable to {}",
            to_string(length), back, arg, size_text(replaced(call, shape)), to_string(replaced(call, common)));
      });
    }
  }
  return common;
}

void check_same_shape(Call& call, std::span<FakeTensor* const> tensors, bool allow_cpu_scalar_tensors) {
  const FakeTensor* first = nullptr;
  for (const FakeTensor* t : tensors) {
    if (allow_cpu_scalar_tensors && t->dim() == 0 && t->device.type == "cpu") continue;
    if (first == nullptr) first = t;
    const bool same = first->dim() == t->dim() && call.env().guard(sym_eq(first->sizes, t->sizes));
    check(same, ErrorType::kRuntimeError, [&] {
      return fmt::format("Shape {} is not the expected shape {}!", size_text(t->sizes), size_text(first->sizes));
    });
  }
}

bool should_expand(Call& call, std::span<const SymInt> from, std::span<const SymInt> to) {
  shapes::ShapeEnv& env = call.env();
  if (from.size() != to.size()) return true;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const SymInt& x = from[i];
    const SymInt& y = to[i];
    if (env.guard_or_false(sym_ne(x, y))) return true;
    if (!env.guard_or_false(sym_and(sym_eq(x, 1), sym_eq(y, 1))) &&
        env.guard_or_false(sym_or(sym_eq(x, 1), sym_eq(y, 1)))) {
      return true;
    }
    check(call, sym_eq(x, y), ErrorType::kRuntimeError,
          [] { return "sizes assumed to be the same due to unbacked broadcasting semantics"; });
  }
  return false;
}

Geometry expand(Call& call, const Geometry& from, std::span<const SymInt> sizes) {
  Geometry result{requested_sizes(call, from, sizes), {}};
  const std::size_t extra = sizes.size() - from.sizes.size();
  for (std::size_t i = 0; i < from.sizes.size(); ++i) {
    const SymInt& length = from.sizes[i];
    const SymInt& wanted = result.sizes[i + extra];
    check(call, sym_or(sym_eq(length, 1), sym_eq(wanted, length)), ErrorType::kRuntimeError,
          [&] { return fmt::format("{} must be broadcastable to {}", to_string(length), to_string(wanted)); });
  }
  for (std::size_t i = 0; i < result.sizes.size(); ++i) {
    if (i >= extra) {
      result.strides.push_back(broadcast_stride(call, from.sizes[i - extra], result.sizes[i], from.strides[i - extra]));
    } else if (call.env().guard_or_true(sym_ne(result.sizes[i], 1))) {
      result.strides.emplace_back(0);
    } else {
      result.strides.push_back(from.sizes.empty() ? SymInt(1) : from.strides[0] * from.sizes[0]);
    }
  }
  return result;
}

std::vector<Geometry> maybe_broadcast(Call& call, std::span<FakeTensor* const> tensors,
                                      bool preserve_cpu_scalar_tensors) {
  std::vector<SymInts> shapes;
  for (const FakeTensor* t : tensors) shapes.push_back(t->sizes);
  const SymInts common = broadcast_shapes(call, shapes);
  std::vector<Geometry> result;
  for (const FakeTensor* t : tensors) {
    const bool scalar = preserve_cpu_scalar_tensors && t->dim() == 0 && t->device.type == "cpu";
    const bool stays = scalar || !should_expand(call, t->sizes, common);
    result.push_back(stays ? geometry(*t) : expand(call, geometry(*t), common));
  }
  return result;
}

}  // namespace retrace::ops
