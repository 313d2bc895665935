// SPDX-License-Identifier: Apache-2.0
// pad and its modes (ATen/native/PadNd.cpp, torch/_meta_registrations.py).
#include "core/ops/vocabulary/padding.h"

#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

/// torch._meta_registrations._padding_check_valid_input
void check_input(Call& call, const FakeTensor& a, const SymInts& pad, std::int64_t spatial) {
  check(static_cast<std::int64_t>(pad.size()) == 2 * spatial, ErrorType::kRuntimeError,
        [&] { return fmt::format("padding size is expected to be {}, but got: {}", 2 * spatial, pad.size()); });
  SymBool filled = true;
  for (std::size_t d = a.dim() == spatial + 2 ? 1 : 0; d < a.sizes.size(); ++d) {
    filled = sym_and(filled, sym_ne(a.sizes[d], 0));
  }
  check(call, filled, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Expected {}D or {}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions "
        "for input, but got: {}",
        spatial + 1, spatial + 2, size_text(a.sizes));
  });
}

void check_reflection(Call& call, const FakeTensor& a, std::size_t dim, const SymInt& low, const SymInt& high,
                      std::size_t argument) {
  const SymInt& size = a.sizes[dim];
  check(call, sym_and(sym_lt(low, size), sym_lt(high, size)), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Argument #{}: Padding size should be less than the corresponding input dimension, but got: "
        "padding ({}, {}) at dimension {} of input {}",
        argument, to_string(low), to_string(high), dim, size_text(a.sizes));
  });
}

/// At least one output size is positive; 2d asks one after the other, 1d and 3d at once.
void check_not_too_small(Call& call, const SymInts& sizes, std::size_t spatial) {
  const auto message = [&] { return fmt::format("input is too small. Calculated output {}", to_string(sizes)); };
  const SymInt& width = sizes.back();
  if (spatial == 2) {
    const SymInt& height = sizes[sizes.size() - 2];
    check(truth(call, sym_ge(width, 1)) || truth(call, sym_ge(height, 1)), ErrorType::kRuntimeError, message);
    return;
  }
  SymBool some = sym_ge(width, 1);
  for (std::size_t i = 1; i < spatial; ++i) some = sym_or(some, sym_ge(sizes[sizes.size() - 1 - i], 1));
  check(call, some, ErrorType::kRuntimeError, message);
}

/// torch._meta_registrations._pad1d_common, _pad2d_common, _pad3d_common
FakeTensor& edge_pad(Call& call, const FakeTensor& a, const SymInts& pad, std::size_t spatial, bool reflects) {
  check_input(call, a, pad, static_cast<std::int64_t>(spatial));
  for (std::size_t d = 0; d <= spatial; ++d) size_at(a, static_cast<std::int64_t>(d));  // each is read
  // What is no batch is taken for one plane; of more dimensions the first are looked at.
  SymInts sizes = a.sizes;
  if (sizes.size() > spatial + 2) {
    sizes.resize(spatial + 1);
    sizes.insert(sizes.begin(), SymInt(1));
  }
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::size_t d = sizes.size() - 1 - i;
    sizes[d] = sizes[d] + pad[2 * i] + pad[2 * i + 1];
  }
  for (std::size_t i = 0; reflects && i < spatial; ++i) {
    check_reflection(call, a, a.sizes.size() - 1 - i, pad[2 * i], pad[2 * i + 1], 4 + 2 * i);
  }
  check_not_too_small(call, sizes, spatial);
  const bool keeps_format = spatial == 2 && a.dim() == 4;
  const MemoryFormat format = keeps_format ? suggest_memory_format(call.env(), geometry(a)) : MemoryFormat::kContiguous;
  return empty_in(call, a, std::move(sizes), format);
}

/// ATen/native/PadNd.cpp _pad_circular_symint
FakeTensor& circular_pad(Call& call, const FakeTensor& a, const SymInts& pad) {
  const std::size_t padded = pad.size() / 2;
  const std::size_t kept = a.sizes.size() - padded;
  check(kept == 1 || kept == 2, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Invalid padding size, expected 1 or 2 non-padded dimensions, which would be equivalent to padding of length "
        "{} "
        "or {} respectively but got {}",
        2 * (a.dim() - 1), 2 * (a.dim() - 2), pad.size());
  });
  SymInts sizes = a.sizes;
  for (std::size_t i = 0; i < padded; ++i) {
    const SymInt& low = pad[2 * (padded - i - 1)];
    const SymInt& high = pad[2 * (padded - i - 1) + 1];
    SymInt& size = sizes[kept + i];
    check(truth(call, sym_le(low, size)) && truth(call, sym_le(high, size)), ErrorType::kRuntimeError,
          [] { return "Padding value causes wrapping around more than once."; });
    size = size + low + high;
    check(truth(call, sym_ge(size, 0)), ErrorType::kRuntimeError,
          [] { return "Negative padding value is resulting in an empty dimension"; });
  }
  return new_empty(call, a, std::move(sizes));
}

enum class Mode : std::uint8_t { kReflect, kReplicate, kCircular, kConstant };  // at::padding_mode
constexpr std::string_view kModeNames[] = {"reflect", "replicate", "circular", "constant"};

/// ATen/native/PadNd.cpp _pad_enum_symint
Results pad_with(Call& call, Mode mode) {
  FakeTensor& a = call.tensor(0);
  const SymInts pad = call.sym_ints(1);
  check(pad.size() % 2 == 0, ErrorType::kRuntimeError, [] { return "Padding length must be divisible by 2"; });
  check(pad.size() <= 2 * a.sizes.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "Padding length should be less than or equal to two times the input dimension but got padding "
        "length {} and input of dimension {}",
        pad.size(), a.dim());
  });
  if (mode == Mode::kConstant) return one(constant_pad(call, a, pad));
  const auto known = static_cast<std::size_t>(mode) < std::size(kModeNames);
  check(!known || call.optional_number(3).value_or(0) == 0, ErrorType::kRuntimeError, [&] {
    return fmt::format("Padding mode \"{}\" doesn't take in value argument",
                       kModeNames[static_cast<std::size_t>(mode)]);
  });
  const std::size_t spatial = pad.size() / 2;
  const bool fits = spatial >= 1 && spatial <= 3 && (a.sizes.size() == spatial + 1 || a.sizes.size() == spatial + 2);
  if (!fits || !known) {
    raise(ErrorType::kNotImplementedError,
          fmt::format("Padding size {} is not supported for {}D input tensor.", pad.size(), a.dim()));
  }
  if (mode == Mode::kCircular) return one(circular_pad(call, a, pad));
  return one(edge_pad(call, a, pad, spatial, mode == Mode::kReflect));
}

Results pad_by_name(Call& call) {
  const std::string_view name = call.string(2);
  for (std::size_t i = 0; i < std::size(kModeNames); ++i) {
    if (name == kModeNames[i]) return pad_with(call, static_cast<Mode>(i));
  }
  raise(ErrorType::kNotImplementedError, fmt::format("Unrecognised padding mode {}", name));
}

template <std::size_t spatial, bool reflects>
Results edge(Call& call) {
  check(reflects || !is_bool(call.tensor(0).dtype), ErrorType::kRuntimeError,
        [] { return fmt::format("\"replication_pad{}d\" not implemented for 'torch.bool'", spatial); });
  return one(edge_pad(call, call.tensor(0), call.sym_ints(1), spatial, reflects));
}

constexpr OpRow kRows[] = {
    {"_pad_circular", [](Call& c) { return one(circular_pad(c, c.tensor(0), c.sym_ints(1))); }},
    {"_pad_enum", [](Call& c) { return pad_with(c, static_cast<Mode>(c.integer(2))); }},
    {"constant_pad_nd", [](Call& c) { return one(constant_pad(c, c.tensor(0), c.sym_ints(1))); }},
    {"pad", pad_by_name},
    {"reflection_pad1d", edge<1, true>},
    {"reflection_pad2d", edge<2, true>},
    {"reflection_pad3d", edge<3, true>},
    {"replication_pad1d", edge<1, false>},
    {"replication_pad2d", edge<2, false>},
    {"replication_pad3d", edge<3, false>},
};

}  // namespace

std::span<const OpRow> padding_ops() { return kRows; }

}  // namespace retrace::ops
