// SPDX-License-Identifier: Apache-2.0
// Metadata of the tensors of a program that is being written: most of its values have few different shapes, and those
// that are alike share one copy.
#pragma once
#include <array>
#include <cstddef>
#include <functional>

#include "core/ir/program.h"

namespace retrace::exporter {

class MetaTable {
 public:
  ir::Meta share(const ir::TensorMeta& meta) {
    ir::Meta& slot = slots_[hash(meta) % slots_.size()];
    const ir::TensorMeta* known = ir::tensor_of(slot);
    if (known == nullptr || !alike(*known, meta)) slot = meta;
    return slot;
  }

 private:
  static std::size_t hash(const ir::TensorMeta& meta) {
    std::size_t h = static_cast<std::size_t>(meta.dtype);
    const auto mix = [&](const SymInt& s) {
      h = (h ^ (s.is_int() ? static_cast<std::size_t>(s.as_int()) : std::hash<expr::Expr>()(s.node()))) *
          0x9E3779B97F4A7C15;
      h ^= h >> 29;
    };
    for (const SymInt& s : meta.sizes) mix(s);
    for (const SymInt& s : meta.strides) mix(s);
    return h;
  }
  static bool alike(const ir::TensorMeta& a, const ir::TensorMeta& b) {
    return a.dtype == b.dtype && a.requires_grad == b.requires_grad && a.layout == b.layout && a.device == b.device &&
           same(a.sizes, b.sizes) && same(a.strides, b.strides) && same(a.storage_offset, b.storage_offset) &&
           a.hints == b.hints;
  }

  std::array<ir::Meta, 256> slots_;
};

}  // namespace retrace::exporter
