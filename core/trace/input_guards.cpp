// SPDX-License-Identifier: Apache-2.0
#include "core/trace/input_guards.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/trace/sym_ops.h"
#include "core/trace/tracer.h"

namespace retrace::trace {
namespace {

using ir::GuardExpression;
using Op = GuardExpression::Op;

/// Python evaluation of one condition: `and`, `or`, `not` and conditionals ask for truth, which guards.
class Evaluator {
 public:
  using Inputs = std::unordered_map<std::string_view, const Value*>;
  Evaluator(Session& session, const Inputs& inputs, const GuardExpression& guard)
      : env_(session.env()), inputs_(inputs), guard_(guard) {}

  bool holds() { return truth(evaluate(guard_.root())); }

 private:
  bool truth(const Value& value) {
    if (value.holds<SymBool>()) return env_.guard(value.get<SymBool>());
    if (value.holds<SymInt>()) return env_.guard(sym_ne(value.get<SymInt>(), 0));
    if (value.holds<SymFloat>()) return env_.guard(symbolic("_operator.ne", {value, Value(0.0)}).get<SymBool>());
    if (value.holds<std::string_view>()) return !value.get<std::string_view>().empty();
    return !value.is_none();
  }

  Value symbolic(std::string_view target, std::initializer_list<Value> args) {
    return evaluate_symbolic(env_, target, std::span(args.begin(), args.size()));
  }
  Value arg(const GuardExpression::Node& node, std::size_t i) { return evaluate(guard_.node(node.args[i])); }

  /// Depth is limited by the parser.
  Value evaluate(const GuardExpression::Node& node) {
    switch (node.op) {
      case Op::kNumber:
        return Value(node.number);
      case Op::kFloat:
        return Value(node.real);
      case Op::kBool:
        return Value(node.number != 0);
      case Op::kString:
        return Value(std::string_view(node.text));
      case Op::kSource:
        return source(node.text);
      case Op::kName:
        return name(node.text);
      case Op::kCall:
        return call(node);
      case Op::kNeg:
        return symbolic("_operator.neg", {arg(node, 0)});
      case Op::kPos:
        return arg(node, 0);
      case Op::kNot:
        return Value(!truth(arg(node, 0)));
      case Op::kAnd:
      case Op::kOr:
        return logic(node);
      case Op::kConditional:
        return truth(arg(node, 1)) ? arg(node, 0) : arg(node, 2);
      default:
        break;
    }
    if (!node.compares.empty()) return compare(node);
    return symbolic(target_of(node.op), {arg(node, 0), arg(node, 1)});
  }

  Value logic(const GuardExpression::Node& node) {
    for (std::size_t i = 0; i + 1 < node.args.size(); ++i) {
      const Value value = arg(node, i);
      if (truth(value) != (node.op == Op::kAnd)) return value;
    }
    return arg(node, node.args.size() - 1);
  }

  Value compare(const GuardExpression::Node& node) {
    Value left = arg(node, 0);
    for (std::size_t i = 0; i < node.compares.size(); ++i) {
      const Value right = arg(node, i + 1);
      const Value result = relation(node.compares[i], left, right);
      if (i + 1 == node.compares.size() || !truth(result)) return result;
      left = right;
    }
    return Value(true);
  }

  Value relation(Op op, const Value& a, const Value& b) {
    const auto is_number = [](const Value& v) {
      return v.holds<SymInt>() || v.holds<SymFloat>() || v.holds<SymBool>();
    };
    if (is_number(a) && is_number(b)) return symbolic(target_of(op), {a, b});
    const bool equal =
        a.index() == b.index() &&
        (a.is_none() || (a.holds<std::string_view>() && a.get<std::string_view>() == b.get<std::string_view>()));
    if (op == Op::kEq) return Value(equal);
    if (op == Op::kNe) return Value(!equal);
    raise(ErrorType::kTypeError, fmt::format("'{}' not supported between these operands", target_of(op)));
  }

  static std::string_view target_of(Op op) {
    switch (op) {
      case Op::kPow:
        return "_operator.pow";
      case Op::kMul:
        return "_operator.mul";
      case Op::kTrueDiv:
        return "_operator.truediv";
      case Op::kFloorDiv:
        return "_operator.floordiv";
      case Op::kMod:
        return "_operator.mod";
      case Op::kAdd:
        return "_operator.add";
      case Op::kSub:
        return "_operator.sub";
      case Op::kLShift:
        return "_operator.lshift";
      case Op::kRShift:
        return "_operator.rshift";
      case Op::kBitAnd:
        return "_operator.and_";
      case Op::kBitOr:
        return "_operator.or_";
      case Op::kEq:
        return "_operator.eq";
      case Op::kNe:
        return "_operator.ne";
      case Op::kLt:
        return "_operator.lt";
      case Op::kLe:
        return "_operator.le";
      case Op::kGt:
        return "_operator.gt";
      case Op::kGe:
        return "_operator.ge";
      default:
        raise(ErrorType::kTypeError, "operator not supported in a guard");
    }
  }

  static Value name(const std::string& text) {
    if (text == "math.inf" || text == "inf") return Value(std::numeric_limits<double>::infinity());
    if (text == "math.nan") return Value(std::numeric_limits<double>::quiet_NaN());
    if (text == "None") return {};
    raise(ErrorType::kKeyError, fmt::format("name '{}' is not defined", text));
  }

  Value call(const GuardExpression::Node& node) {
    const std::string& function = node.text;
    if (node.args.empty()) raise(ErrorType::kTypeError, function + "() takes an argument");
    if (function == "max" || function == "min") {
      Value out = arg(node, 0);
      for (std::size_t i = 1; i < node.args.size(); ++i)
        out = symbolic(function == "max" ? "torch.sym_max" : "torch.sym_min", {out, arg(node, i)});
      return out;
    }
    if (function == "math.isnan") {
      const Value value = arg(node, 0);
      return Value(value.holds<SymFloat>() && value.get<SymFloat>().is_float() &&
                   std::isnan(value.get<SymFloat>().as_float()));
    }
    if (!is_symbolic_operation(function))
      raise(ErrorType::kKeyError, fmt::format("name '{}' is not defined", function));
    return symbolic(function, {arg(node, 0)});
  }

  /// An input, or a size, stride or offset of one.
  Value source(const std::string& text) {
    if (const auto found = inputs_.find(text); found != inputs_.end()) return replaced(env_, *found->second);
    for (const std::string_view property : {".size()[", ".stride()[", ".storage_offset()"}) {
      const std::size_t at = text.rfind(property);
      if (at == std::string::npos) continue;
      const auto found = inputs_.find(std::string_view(text).substr(0, at));
      if (found == inputs_.end()) break;
      return replaced(env_, tensor_property(*found->second, property, text.substr(at + property.size())));
    }
    raise(ErrorType::kKeyError, "name 'L' is not defined");
  }

  static Value tensor_property(const Value& input, std::string_view property, const std::string& rest) {
    if (!input.holds<FakeTensor*>())
      raise(ErrorType::kAttributeError, fmt::format("the input has no attribute '{}'", property));
    const FakeTensor& tensor = *input.get<FakeTensor*>();
    if (property == ".storage_offset()") return Value(tensor.storage_offset);
    std::int64_t index = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (index < 0) index += tensor.dim();
    if (index < 0 || index >= tensor.dim()) raise(ErrorType::kIndexError, "tuple index out of range");
    return Value((property == ".size()[" ? tensor.sizes : tensor.strides)[static_cast<std::size_t>(index)]);
  }

  shapes::ShapeEnv& env_;
  const Inputs& inputs_;
  const GuardExpression& guard_;
};

}  // namespace

void run_input_guards(Session& session, std::span<const ir::InputGuard> guards,
                      std::span<const std::pair<std::string, Value>> inputs) {
  Evaluator::Inputs by_source;
  for (const auto& [source, value] : inputs) by_source.emplace(source, &value);
  for (const ir::InputGuard& guard : guards)
    if (!Evaluator(session, by_source, guard.condition).holds())
      raise(ErrorType::kAssertionError, "Guard failed: " + guard.code);
}

}  // namespace retrace::trace
