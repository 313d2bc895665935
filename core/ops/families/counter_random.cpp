// SPDX-License-Identifier: Apache-2.0
// Random numbers of a counter: Philox keys (torch/_meta_registrations.py _philox_*) and Sobol sequences
// (ATen/native/SobolEngineOps.cpp), whose kernels read the state that a fake tensor has not.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

void expect(bool condition, const std::string& text) {
  check(condition, ErrorType::kRuntimeError, [&] { return text; });
}

std::string_view bare_name(Call& call) { return call.schema().name.substr(call.schema().name.find("::") + 2); }

// ---- Philox

void check_key(Call& call, const FakeTensor& key, std::string_view function, std::string_view shape) {
  const auto text = [&] {
    return fmt::format("{}: key must have shape {}, got shape {}", function, shape, size_text(key.sizes));
  };
  check(key.dim() >= 1, ErrorType::kRuntimeError, text);
  check(call, sym_eq(key.sizes.back(), 2), ErrorType::kRuntimeError, text);
}
void check_key_dtype(const FakeTensor& key, std::string_view function) {
  expect(key.dtype == ScalarType::kUInt64,
         fmt::format("{}: key must have dtype uint64, got {}", function, torch_name(key.dtype)));
}

Results key_fold_in(Call& call) {
  const FakeTensor& key = call.tensor(0);
  check_key(call, key, bare_name(call), "(*batch, 2)");
  check_key_dtype(key, bare_name(call));
  return one(new_empty(call, key, key.sizes));
}
Results key_split(Call& call) {
  const FakeTensor& key = call.tensor(0);
  const std::int64_t count = call.integer(1);
  check_key(call, key, bare_name(call), "(*batch, 2)");
  check_key_dtype(key, bare_name(call));
  expect(count > 0, fmt::format("{}: num_splits must be positive, got {}", bare_name(call), count));
  SymInts sizes{SymInt(count)};
  sizes.insert(sizes.end(), key.sizes.begin(), key.sizes.end());
  return one(new_empty(call, key, sizes));
}

/// A key for all, or one for each element of a batch that spreads over self.
void check_draw(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const FakeTensor& key = call.tensor(1);
  std::string name(bare_name(call));
  if (name.back() != '_') name += '_';
  expect(is_floating(self.dtype),
         fmt::format("{}: self must be a floating point tensor, got {}", name, torch_name(self.dtype)));
  check_key_dtype(key, name);
  check_key(call, key, name, "(2,) or (*batch, 2)");
  if (key.dim() == 1) return;
  expect(key.dim() == self.dim() + 1,
         fmt::format("{}: batched key must have ndim == output ndim + 1, got key shape {} with output shape {}", name,
                     size_text(key.sizes), size_text(self.sizes)));
  const SymInts batch(key.sizes.begin(), key.sizes.end() - 1);
  for (std::size_t d = 0; d < batch.size(); ++d) {
    const SymBool fits = sym_or(sym_eq(batch[d], 1), sym_eq(batch[d], self.sizes[d]));
    check(call, fits, ErrorType::kRuntimeError, [&] {
      return fmt::format("{}: key batch shape {} is not broadcastable with output shape {}", name, to_string(batch),
                         size_text(self.sizes));
    });
  }
}
Results draw_in_place(Call& call) {
  check_draw(call);
  return one(call.tensor(0));
}
Results draw(Call& call) {
  check_draw(call);
  return one(clone(call, call.tensor(0)));
}

// ---- Sobol

void check_long(const FakeTensor& t, std::string_view name) {
  expect(t.dtype == ScalarType::kLong, fmt::format("{} needs to be of type Long", name));
}
void check_accessor(const FakeTensor& t, std::int64_t rank) {
  expect(t.dim() == rank, fmt::format("TensorAccessor expected {} dims but tensor has {}", rank, t.dim()));
}

Results sobol_draw(Call& call) {
  check_long(call.tensor(2), "sobolstate");
  check_long(call.tensor(0), "quasi");
  const ScalarType dtype = call.dtype(5).value_or(ScalarType::kFloat);
  if (!is_floating(dtype)) raise_not_implemented(bare_name(call), dtype);
  raise_no_data();
}
Results sobol_forward(Call& call) {
  check_long(call.tensor(2), "sobolstate");
  check_long(call.tensor(0), "quasi");
  raise_no_data();
}
Results sobol_state(Call& call) {
  check_long(call.tensor(0), "sobolstate");
  check_accessor(call.tensor(0), 2);
  raise_no_data();
}

constexpr OpRow kRows[] = {
    {"_philox_key_fold_in", key_fold_in},
    {"_philox_key_split", key_split},
    {"_philox_normal", draw},
    {"_philox_normal_", draw_in_place},
    {"_philox_uniform", draw},
    {"_philox_uniform_", draw_in_place},
    {"_sobol_engine_draw", sobol_draw},
    {"_sobol_engine_ff_", sobol_forward},
    {"_sobol_engine_initialize_state_", sobol_state},
    {"_sobol_engine_scramble_", sobol_state},
};

}  // namespace

std::span<const OpRow> counter_random_ops() { return kRows; }

}  // namespace retrace::ops
