// SPDX-License-Identifier: Apache-2.0
// What one export shares between its traces: the shape environment, fake tensors and storages, grad mode.
//
// One Session an export. Strict export traces twice (Dynamo, then aten) over one Session, so both see one
// shape environment and one count of unbacked symbols.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/blocks.h"
#include "core/ops/call.h"
#include "core/ops/call_memo.h"

namespace retrace::trace {

/// torch.autocast on the CPU.
struct Autocast {
  bool enabled = false;
  ScalarType dtype = ScalarType::kBFloat16;
};

class Session final : public ops::TraceContext {
 public:
  Session(expr::Pool& pool, bool overrides_builtin_min_max, shapes::IntervalAnswers* answers = nullptr)
      : env_(pool, answers), overrides_builtin_min_max_(overrides_builtin_min_max) {}

  shapes::ShapeEnv& env() override { return env_; }
  FakeTensor& new_tensor() override { return tensors_.add(); }
  Storage& new_storage() override { return storages_.add(); }
  [[nodiscard]] bool overrides_builtin_min_max() const override { return overrides_builtin_min_max_; }
  [[nodiscard]] bool grad_enabled() const override { return grad_enabled_; }
  void set_grad_enabled(bool enabled) { grad_enabled_ = enabled; }

  /// FakeTensorMode.epoch moves on: sizes and items that data gave are not remembered.
  void advance_epoch() {
    tensors_.for_each([](FakeTensor& tensor) { tensor.memos.reset(); });
  }

  /// An operator that has no rule and whose recorded result was taken.
  void count_assumed(std::string_view op) { ++assumed_ops_[std::string(op)]; }
  [[nodiscard]] const std::map<std::string, std::int64_t>& assumed_ops() const { return assumed_ops_; }

  /// fx name of the callable's node that runs now; "_guards_fn" while the input guards run; for Failed::node.
  std::string current_node;
  Autocast autocast;
  std::vector<Autocast> outer_autocasts;  // of the regions around the present one
  /// Dynamo's capture: regions of another grad or autocast mode stay operators with a body; a branch on a constant
  /// predicate is taken.
  bool keeps_regions = false;
  ops::CallMemo calls;
  /// What the nodes of the callable that only compute (sym_ops.h) gave, in order; null: nobody asks.
  std::vector<SymInt>* computed = nullptr;

 private:
  shapes::ShapeEnv env_;
  Blocks<FakeTensor> tensors_;
  Blocks<Storage> storages_;
  bool overrides_builtin_min_max_;
  bool grad_enabled_ = true;
  std::map<std::string, std::int64_t> assumed_ops_;
};

}  // namespace retrace::trace
