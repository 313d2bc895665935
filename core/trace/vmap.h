// SPDX-License-Identifier: Apache-2.0
// torch.vmap in a trace (torch/_functorch/predispatch.py): a tensor may have dimensions that its operators do not see.
//
// A batched tensor is kept as what shows of it, with the hidden dimensions beside it. Element-wise operators run on
// the whole tensor, hidden dimensions first, as their batch rules do; of any other operator the visible part is
// computed, and a fresh result is taken to be dense with the hidden dimensions outermost.
#pragma once
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/ops/call.h"
#include "core/trace/session.h"

namespace retrace::trace {

class Vmap {
 public:
  explicit Vmap(Session& session) : session_(session) {}

  /// A function of torch._functorch.predispatch on its arguments; absent: not one of vmap's.
  std::optional<Value> call(std::string_view function, const std::vector<Value>& args);
  [[nodiscard]] bool is_batched(const std::vector<Value>& args) const;
  /// An operator on arguments of which some are batched.
  ops::Results run(const ops::Schema& schema, std::vector<Value>& args);

 private:
  struct Hidden {
    std::int64_t level = 0;
    SymInt size;
    SymInt stride;
  };
  using HiddenDims = std::vector<Hidden>;  // by level, the outermost first

  Value add_batch_dim(FakeTensor& tensor, std::int64_t dim, std::int64_t level);
  Value remove_batch_dim(FakeTensor& tensor, std::int64_t level, const SymInt& size, std::int64_t out_dim);
  [[nodiscard]] HiddenDims hidden_in(const std::vector<Value>& args) const;
  FakeTensor& whole(const FakeTensor& tensor, const HiddenDims& all, std::size_t rank);
  FakeTensor& visible(const FakeTensor& whole, const HiddenDims& all);
  std::optional<Value> run_elementwise(const ops::Schema& schema, const std::vector<Value>& args,
                                       const HiddenDims& all);
  static HiddenDims around(SymInt stride, HiddenDims dims);
  void hide(const Value& result, const std::vector<Value>& args, const HiddenDims& all);
  void hide_among_channels(FakeTensor& result, const HiddenDims& all);
  std::optional<ops::Results> run_split(const ops::Schema& schema, std::vector<Value>& args);

  Session& session_;
  std::unordered_map<const FakeTensor*, HiddenDims> hidden_;
};

}  // namespace retrace::trace
