// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/inline_asm_elementwise.py: an element-wise operator written in assembly, of the dtype it
// says.
#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"
#include "core/ops/vocabulary/broadcast.h"
#include "core/ops/vocabulary/strides.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::NamedTraced;
using trace::Traced;

namespace {

ScalarType dtype_of(const HopCall& call) {
  for (const NamedTraced& argument : call.kwargs) {
    if (argument.name == "dtype" && argument.value.value.holds<ScalarType>())
      return argument.value.value.get<ScalarType>();
  }
  raise(ErrorType::kTypeError, "inline_asm_elementwise() missing 1 required keyword-only argument: 'dtype'");
}

/// What autograd_not_implemented(deferred_error=True) follows back: nothing.
FakeTensor& result_of_inputs(HopContext& context, const std::vector<Value>& inputs, ScalarType dtype) {
  trace::Session& session = context.session();
  const Value list(ValueList(inputs.begin(), inputs.end()));
  const ops::Results all = run_all(session, "aten::broadcast_tensors", {list});
  std::vector<ops::Geometry> geometries;
  for (const Value& t : all.front().get<ValueList>()) geometries.push_back(ops::geometry(*t.get<FakeTensor*>()));
  FakeTensor& out = session.new_tensor();
  out.dtype = dtype;
  out.device = inputs.front().get<FakeTensor*>()->device;
  out.sizes = geometries.front().sizes;
  out.strides = ops::elementwise_strides(session.env(), geometries);
  out.storage = &session.new_storage();
  return out;
}

}  // namespace

Traced inline_asm_elementwise(HopContext& context, HopCall& call) {
  trace::Node& node = make_node(context, "inline_asm_elementwise", call.args, call.kwargs);
  return context.tracer().track(node, Value(&result_of_inputs(context, values_of(call.args), dtype_of(call))));
}

}  // namespace retrace::higher_order
