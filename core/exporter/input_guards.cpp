// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/input_guards.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "core/base/failure.h"
#include "core/rebuild/rebuild.h"
#include "core/shapes/lessons.h"
#include "core/trace/sym_ops.h"
#include "core/trace/tracer.h"

namespace retrace::exporter {

namespace {

using ir::GuardExpression;
using Op = GuardExpression::Op;

std::string_view operator_target(Op op) {
  switch (op) {
    case Op::kPow:
      return "_operator.pow";
    case Op::kNeg:
      return "_operator.neg";
    case Op::kPos:
      return "_operator.pos";
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
      return {};
  }
}

std::string_view function_target(std::string_view name) {
  if (name == "max") return "torch.sym_max";
  if (name == "min") return "torch.sym_min";
  if (name == "math.sqrt" || name == "torch._sym_sqrt") return "torch._sym_sqrt";
  if (name == "round" || name == "math.floor" || name == "math.ceil" || name == "math.trunc") return name;
  if (name == "float" || name == "torch.sym_float") return "torch.sym_float";
  if (name == "int" || name == "torch.sym_int") return "math.trunc";
  return {};
}

/// Evaluates one condition as Python would: `and`, `or` and chains stop early, each truth value is a guard.
class Evaluator {
 public:
  Evaluator(trace::Session& session, const std::unordered_map<std::string, Value>& sources)
      : env_(session.env()), overrides_min_max_(session.overrides_builtin_min_max()), sources_(sources) {}

  bool holds(const GuardExpression& guard) { return truth(value(guard, guard.root())); }
  GuardTrace take_trace() { return std::move(trace_); }

 private:
  bool truth(const Value& v) {
    if (v.holds<SymBool>()) {
      const SymBool& b = v.get<SymBool>();
      return b.is_bool() ? b.as_bool() : env_.guard(b);
    }
    if (v.holds<SymInt>()) return env_.guard(sym_ne(v.get<SymInt>(), SymInt(0)));
    if (v.holds<SymFloat>()) return env_.guard_float(v.get<SymFloat>()) != 0;
    if (v.holds<std::string_view>()) return !v.get<std::string_view>().empty();
    return !v.is_none();
  }

  Value operation(std::string_view target, const std::vector<Value>& args) {
    if (args.size() == 2 && (args[0].holds<std::string_view>() || args[1].holds<std::string_view>())) {
      const bool equal =
          args[0].index() == args[1].index() && args[0].get<std::string_view>() == args[1].get<std::string_view>();
      return Value((target == "_operator.eq") == equal);
    }
    note(target, args);
    return trace::evaluate_symbolic(env_, target, args);
  }

  /// Python asks the right operand where the left one is plain: 2 < s0 is s0 > 2.
  void note(std::string_view target, const std::vector<Value>& args) {
    const bool is_swapped = args.size() == 2 && !trace::is_symbolic(args[0]) && trace::is_symbolic(args[1]);
    const std::string_view mirrored = is_swapped ? trace::reflected(target) : std::string_view();
    if (std::ranges::any_of(args, trace::is_symbolic)) trace_.computed.push_back(mirrored.empty() ? target : mirrored);
  }

  // Depth is bounded by ir::kMaxGuardDepth.
  Value value(const GuardExpression& guard, const GuardExpression::Node& node) {
    const auto child = [&](std::size_t i) -> const GuardExpression::Node& { return guard.node(node.args[i]); };
    switch (node.op) {
      case Op::kNumber:
        return Value(node.number);
      case Op::kFloat:
        return Value(node.real);
      case Op::kBool:
        return Value(node.number != 0);
      case Op::kString:
        return Value(std::string_view(node.text));
      case Op::kName:
        return Value(std::numeric_limits<double>::infinity());
      case Op::kSource:
        return source(node.text);
      case Op::kNot:
        return negation(value(guard, child(0)));
      case Op::kAnd:
      case Op::kOr:
        return connective(guard, node);
      case Op::kCompare:
        return comparison(guard, node);
      case Op::kConditional:
        return truth(value(guard, child(1))) ? value(guard, child(0)) : value(guard, child(2));
      default:
        break;
    }
    std::vector<Value> args;
    for (std::size_t i = 0; i < node.args.size(); ++i) args.push_back(value(guard, child(i)));
    if (node.op == Op::kCall) return call(node.text, args);
    return operation(operator_target(node.op), args);
  }

  Value negation(const Value& v) { return Value(!truth(v)); }

  Value connective(const GuardExpression& guard, const GuardExpression::Node& node) {
    Value last;
    for (const std::uint32_t i : node.args) {
      last = value(guard, guard.node(i));
      if (i != node.args.back() && truth(last) == (node.op == Op::kOr)) return last;
    }
    return last;
  }

  Value comparison(const GuardExpression& guard, const GuardExpression::Node& node) {
    Value left = value(guard, guard.node(node.args[0]));
    Value result;
    for (std::size_t i = 0; i < node.compares.size(); ++i) {
      Value right = value(guard, guard.node(node.args[i + 1]));
      result = operation(operator_target(node.compares[i]), {left, right});
      if (i + 1 < node.compares.size() && !truth(result)) return result;
      left = std::move(right);
    }
    return result;
  }

  Value call(const std::string& name, const std::vector<Value>& args) {
    if (name == "math.isnan" && args.size() == 1 && args[0].holds<SymFloat>()) {
      const double v = env_.guard_float(args[0].get<SymFloat>());
      return Value(v != v);
    }
    const std::string_view target = function_target(name);
    if (target.empty() || args.empty()) raise(ErrorType::kRuntimeError, "cannot evaluate " + name);
    Value result = args[0];
    if (args.size() == 1) return operation(target, args);
    // _tensor_min_max stands in for Python's max of two numbers; of more, Python compares them.
    if (overrides_min_max_ && args.size() > 2)
      return python_extreme(name == "max" ? "_operator.gt" : "_operator.lt", args);
    for (std::size_t i = 1; i < args.size(); ++i) result = operation(target, {result, args[i]});
    return result;
  }

  Value python_extreme(std::string_view better, const std::vector<Value>& args) {
    Value best = args[0];
    for (std::size_t i = 1; i < args.size(); ++i) {
      if (truth(operation(better, {args[i], best}))) best = args[i];
    }
    return best;
  }

  /// "L['x']", "L['x'].size()[0]", ".stride()[0]", ".storage_offset()".
  Value source(const std::string& text) {
    const auto place = [&](std::string_view accessor) { return text.rfind(accessor); };
    for (const std::string_view accessor : {".size()[", ".stride()["}) {
      const std::size_t at = place(accessor);
      if (at == std::string::npos) continue;
      std::int64_t index = 0;
      std::from_chars(text.data() + at + accessor.size(), text.data() + text.size(), index);
      const FakeTensor& t = tensor(text.substr(0, at));
      const SymInts& values = accessor == ".size()[" ? t.sizes : t.strides;
      if (index < 0 || static_cast<std::size_t>(index) >= values.size())
        raise(ErrorType::kIndexError, "tuple index out of range");
      return read(values[static_cast<std::size_t>(index)]);
    }
    if (const std::size_t at = place(".storage_offset()"); at != std::string::npos)
      return read(tensor(text.substr(0, at)).storage_offset);
    return input(text);
  }

  /// What is known to be a number by now is a plain one to Python.
  Value read(const SymInt& value) {
    if (!value.is_int() && !env_.replace(value).is_int() && seen_.insert(value.node()).second)
      trace_.read.push_back(value.node());
    return Value(value);
  }

  const Value& input(const std::string& name) const {
    const auto known = sources_.find(name);
    if (known == sources_.end()) raise(ErrorType::kKeyError, name);
    return known->second;
  }
  const FakeTensor& tensor(const std::string& name) const {
    const Value& v = input(name);
    if (!v.holds<FakeTensor*>()) raise(ErrorType::kAttributeError, name + " has no attribute 'size'");
    return *v.get<FakeTensor*>();
  }

  shapes::ShapeEnv& env_;
  bool overrides_min_max_;
  const std::unordered_map<std::string, Value>& sources_;
  GuardTrace trace_;
  std::unordered_set<expr::Expr> seen_;
};

}  // namespace

GuardTrace run_input_guards(trace::Session& session, const ir::Callable& callable, const bind::BoundInputs& inputs) {
  std::unordered_map<std::string, Value> sources;
  for (const bind::InputLeaf& leaf : inputs.leaves) sources.emplace("L" + leaf.path, leaf.value);
  Evaluator evaluator(session, sources);
  session.current_node = "_guards_fn";
  if (shapes::Lessons* lessons = session.env().observer()) lessons->move_to("_guards_fn", {});
  for (const GuardExpression& guard : callable.guards) {
    if (evaluator.holds(guard)) continue;
    raise(ErrorType::kAssertionError, "Guard failed: " + rebuild::quoted(guard, callable.program));
  }
  session.current_node.clear();
  return evaluator.take_trace();
}

}  // namespace retrace::exporter
