// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/finish/reify.h"

#include "core/base/failure.h"
#include "core/trace/sym_ops.h"
#include "core/trace/tracer.h"

namespace retrace::exporter {

using expr::Expr;
using expr::Kind;
using trace::Arg;
using trace::ArgList;
using trace::Node;

namespace {

Value value_of(const Arg& arg) {
  if (const Node* node = arg.node()) return node->val;
  if (const auto* i = arg.if_holds<std::int64_t>()) return Value(*i);
  if (const auto* d = arg.if_holds<double>()) return Value(*d);
  if (const auto* b = arg.if_holds<bool>()) return Value(*b);
  if (const auto* list = arg.if_holds<ArgList>()) {
    ValueList out;
    for (const Arg& a : *list) out.push_back(value_of(a));
    return Value(std::move(out));
  }
  throw Bug("no number among the arguments of a symbolic operation");
}

std::string_view target_of(Kind kind) {
  switch (kind) {
    case Kind::kAdd:
      return "_operator.add";
    case Kind::kMul:
      return "_operator.mul";
    case Kind::kAnd:
      return "_operator.and_";
    case Kind::kOr:
      return "_operator.or_";
    case Kind::kMin:
      return "torch.sym_min";
    case Kind::kMax:
      return "torch.sym_max";
    case Kind::kEq:
      return "_operator.eq";
    case Kind::kLt:
      return "_operator.lt";
    case Kind::kLe:
      return "_operator.le";
    case Kind::kGt:
      return "_operator.gt";
    case Kind::kGe:
      return "_operator.ge";
    case Kind::kFloorDiv:
    case Kind::kCleanDiv:
      return "_operator.floordiv";
    case Kind::kMod:
    case Kind::kPythonMod:
      return "_operator.mod";
    case Kind::kPow:
    case Kind::kPowByNatural:
    case Kind::kFloatPow:
      return "_operator.pow";
    case Kind::kFloatTrueDiv:
    case Kind::kIntTrueDiv:
      return "_operator.truediv";
    case Kind::kLShift:
      return "_operator.lshift";
    case Kind::kRShift:
      return "_operator.rshift";
    case Kind::kToFloat:
      return "torch.sym_float";
    case Kind::kFloorToInt:
      return "math.floor";
    default:
      return {};
  }
}

bool is_associative(Kind kind) {
  return kind == Kind::kAdd || kind == Kind::kMul || kind == Kind::kAnd || kind == Kind::kOr || kind == Kind::kMin ||
         kind == Kind::kMax;
}

}  // namespace

bool is_uninterpretable(Expr e) {
  return expr::has_kind(e, Kind::kToFloat) || expr::has_kind(e, Kind::kTruncToInt) ||
         expr::has_kind(e, Kind::kCeilToInt);
}

Node* Reifier::find(Expr e) const {
  const auto known = nodes_.find(e);
  return known == nodes_.end() ? nullptr : known->second;
}

void Reifier::learn(Expr e, Node& node) {
  if (nodes_.insert_or_assign(e, &node).second) {
    order_.emplace_back(e, &node);
    return;
  }
  for (auto& [known, its_node] : order_) {
    if (known == e) its_node = &node;
  }
}

Node& Reifier::call(std::string_view target, ArgList args) {
  std::vector<Value> values;
  for (const Arg& a : args) values.push_back(value_of(a));
  Node& node = graph_.create(trace::NodeOp::kCall, target, std::move(args), {}, trace::base_name(target));
  node.val = trace::evaluate_symbolic(session_.env(), target, values);
  node.has_val = true;
  return node;
}

Arg Reifier::binary(std::string_view target, const Arg& a, const Arg& b) {
  if (a.node() == nullptr && b.node() != nullptr) {
    const std::string_view swapped = trace::reflected(target);
    const bool is_relation = !target.starts_with("torch.");  // torch.sym_max of proxies keeps their order
    if (!swapped.empty() && is_relation) return &call(swapped, {b, a});
  }
  return &call(target, {a, b});
}

Arg Reifier::fold(std::string_view target, const ArgList& args) {
  Arg total = binary(target, args[0], args[1]);
  for (std::size_t i = 2; i < args.size(); ++i) total = binary(target, total, args[i]);
  return total;
}

Arg Reifier::make(Expr e, const ArgList& args) {
  switch (e->kind) {
    case Kind::kNe:
      return &call("torch.sym_not", {binary("_operator.eq", args[0], args[1])});
    case Kind::kNot:
      return &call("torch.sym_not", {args[0]});
    case Kind::kOpaqueUnary:
      return &call("torch._sym_" + std::string(e->name), {args[0]});
    case Kind::kPiecewise: {
      Arg result = args[args.size() - 2];
      for (std::size_t i = args.size() - 2; i >= 2; i -= 2)
        result = &call("torch.sym_ite", {args[i - 1], args[i - 2], result});
      return result;
    }
    case Kind::kAdd:
      if (!exporting_ && e->is_integer) return &call("torch.sym_sum", {Arg(args)});
      break;
    case Kind::kToFloat:
      return &call("torch.sym_float", {args[0]});
    case Kind::kFloorToInt:
      return &call("math.floor", {args[0]});
    default:
      break;
  }
  const std::string_view target = target_of(e->kind);
  if (target.empty()) raise(ErrorType::kNotImplementedError, "cannot express " + expr::str(e) + " as nodes");
  return is_associative(e->kind) ? fold(target, args) : binary(target, args[0], args[1]);
}

Arg Reifier::reify(Expr e) {
  if (Node* known = find(e)) return known;
  switch (e->kind) {
    case Kind::kInteger:
      return e->value;
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kSymbol:
      raise(ErrorType::kKeyError, expr::str(e));
    default:
      break;
  }
  if (expr::is_number(e->kind)) return expr::to_double(e);
  ArgList args;
  for (const Expr a : e->args) args.push_back(reify(a));
  const Arg made = make(e, args);
  if (made.node() != nullptr) learn(e, *made.node());
  return made;
}

}  // namespace retrace::exporter
