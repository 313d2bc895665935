// SPDX-License-Identifier: Apache-2.0
// torch/_higher_order_ops/auto_functionalize.py: an operator that writes, on copies of what it writes to.
#include <algorithm>

#include "core/higher_order/rules.h"
#include "core/higher_order/values.h"

namespace retrace::higher_order {

using trace::HopCall;
using trace::HopContext;
using trace::NamedTraced;
using trace::Traced;

namespace {

/// clone_preserve_strides.
Value copy_of(trace::Session& session, const Value& base) {
  if (!base.holds<FakeTensor*>()) return base;
  FakeTensor& copy = session.new_tensor();
  copy = *base.get<FakeTensor*>();
  copy.storage = &session.new_storage();
  copy.base = nullptr;
  copy.requires_grad = false;
  copy.constant.reset();
  return Value(&copy);
}

std::vector<Value> copies_of_bases(HopContext& context, const HopCall& call) {
  std::vector<Value> out;
  for (const NamedTraced& argument : call.kwargs) {
    if (argument.name != "_all_bases") continue;
    for (const Value& base : values_of(argument.value.items)) out.push_back(copy_of(context.session(), base));
  }
  return out;
}

/// What the operator itself gives: as recorded, for it is a custom one.
std::vector<Value> own_results(HopContext& context, const HopCall& call, std::size_t copies) {
  const Value recorded = context.recorded(call);
  if (!recorded.holds<ValueList>() || recorded.get<ValueList>().size() < copies)
    raise(ErrorType::kUnsupported, "auto_functionalized_v2: results are not recorded");
  const ValueList& all = recorded.get<ValueList>();
  std::vector<Value> own(all.begin(), all.end() - static_cast<std::ptrdiff_t>(copies));
  if (std::any_of(own.begin(), own.end(), [](const Value& v) { return !v.is_none(); }))
    context.session().count_assumed(trace::operator_of(call.args.at(0)));
  return own;
}

}  // namespace

Traced auto_functionalized_v2(HopContext& context, HopCall& call) {
  trace::Node& node = make_node(context, "auto_functionalized_v2", call.args, call.kwargs);
  node.origin = call.node.origin;
  const std::vector<Value> copies = copies_of_bases(context, call);
  const std::vector<Value> results = joined(own_results(context, call, copies.size()), copies);
  return context.tracer().track(node, Value(ValueList(results.begin(), results.end())));
}

}  // namespace retrace::higher_order
