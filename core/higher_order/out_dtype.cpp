// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/out_dtype.py.
#include <algorithm>
#include <array>

#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::Traced;

namespace {

/// ALLOWABLE_OPS.
bool is_allowed(std::string_view target) {
  constexpr std::array<std::string_view, 8> kAllowed{
      "torch.ops.aten.conv2d.default", "torch.ops.aten.convolution.default", "torch.ops.aten.div.Scalar",
      "torch.ops.aten.div.Tensor",     "torch.ops.aten.linear.default",      "torch.ops.aten.mm.default",
      "torch.ops.aten.mul.Scalar",     "torch.ops.aten.mul.Tensor"};
  return std::binary_search(kAllowed.begin(), kAllowed.end(), target);
}

}  // namespace

Traced out_dtype(HopContext& context, HopCall& call) {
  if (call.args.size() < 2 || trace::operator_of(call.args[0]).empty())
    raise(ErrorType::kValueError, "out_dtype's first argument must be an OpOverload");
  const std::string_view target = trace::operator_of(call.args[0]);
  const ops::Schema* schema = ops::find_schema_of_target(target);
  if (schema == nullptr || !is_allowed(target))
    raise(ErrorType::kValueError,
          "out_dtype only allows the following operators: linear, mm, conv2d, convolution, mul "
          "and div");
  std::vector<Value> args;
  for (std::size_t i = 2; i < call.args.size(); ++i) args.push_back(value_of(call.args[i]));
  FakeTensor& computed = run_one(context.session(), schema->name, std::move(args));
  FakeTensor& out = run_one(context.session(), "aten::to.dtype", {Value(&computed), call.args[1].value});
  return emit(context, "out_dtype", call.args, Value(&out));
}

}  // namespace retrace::higher_order
