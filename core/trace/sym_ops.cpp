// SPDX-License-Identifier: Apache-2.0
#include "core/trace/sym_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/base/failure.h"
#include "core/trace/tracer.h"

namespace retrace::trace {

namespace {

using expr::Expr;
using expr::Kind;
using expr::Pool;

enum class Type : std::uint8_t { kInt, kFloat, kBool };

/// A number with its Python type, as an expression.
struct Operand {
  Expr e;
  Type type;
};

Operand operand(Pool& pool, const Value& value) {
  if (value.holds<SymInt>()) return {value.get<SymInt>().expression(pool), Type::kInt};
  if (value.holds<SymFloat>()) return {value.get<SymFloat>().expression(pool), Type::kFloat};
  if (value.holds<SymBool>()) {
    const SymBool& b = value.get<SymBool>();
    return {b.is_bool() ? pool.boolean(b.as_bool()) : b.node(), Type::kBool};
  }
  raise(ErrorType::kTypeError, "unsupported operand type(s) for a symbolic operation");
}

Value wrap(Expr e, Type type) {
  if (type == Type::kInt) return Value(SymInt(e));
  if (type == Type::kFloat) return Value(SymFloat(e));
  return Value(SymBool(e));
}

/// A truth value used as a number.
Operand as_number(Pool& pool, const Operand& o) {
  if (o.type != Type::kBool) return o;
  const std::array<Expr, 4> pairs{pool.integer(1), o.e, pool.integer(0), pool.boolean(true)};
  return {pool.make(Kind::kPiecewise, pairs), Type::kInt};
}

bool nonnegative(shapes::ShapeEnv& env, Expr e) { return e->is_nonnegative || env.bound(e).lower >= 0; }

struct BinaryRow {
  std::string_view target;
  Kind kind;
};
constexpr std::array kRelations{
    BinaryRow{"_operator.eq", Kind::kEq}, BinaryRow{"_operator.ne", Kind::kNe}, BinaryRow{"_operator.lt", Kind::kLt},
    BinaryRow{"_operator.le", Kind::kLe}, BinaryRow{"_operator.gt", Kind::kGt}, BinaryRow{"_operator.ge", Kind::kGe},
};
constexpr std::array kArithmetic{
    BinaryRow{"_operator.add", Kind::kAdd},       BinaryRow{"_operator.mul", Kind::kMul},
    BinaryRow{"torch.sym_max", Kind::kMax},       BinaryRow{"torch.sym_min", Kind::kMin},
    BinaryRow{"_operator.lshift", Kind::kLShift}, BinaryRow{"_operator.rshift", Kind::kRShift},
};
constexpr std::array<std::string_view, 31> kTargets{
    "_operator.add", "_operator.and_",   "_operator.eq",     "_operator.floordiv", "_operator.ge",
    "_operator.gt",  "_operator.le",     "_operator.lshift", "_operator.lt",       "_operator.mod",
    "_operator.mul", "_operator.ne",     "_operator.neg",    "_operator.or_",      "_operator.pos",
    "_operator.pow", "_operator.rshift", "_operator.sub",    "_operator.truediv",  "math.ceil",
    "math.floor",    "math.trunc",       "torch._sym_log2",  "torch._sym_sqrt",    "torch.sym_float",
    "torch.sym_int", "torch.sym_ite",    "torch.sym_max",    "torch.sym_min",      "torch.sym_not",
    "torch.sym_sum"};

template <typename Rows>
std::optional<Kind> find_kind(const Rows& rows, std::string_view target) {
  for (const BinaryRow& row : rows) {
    if (row.target == target) return row.kind;
  }
  return std::nullopt;
}

Type result_type(const Operand& a, const Operand& b) {
  return a.type == Type::kFloat || b.type == Type::kFloat ? Type::kFloat : Type::kInt;
}

Value power(shapes::ShapeEnv& env, const Operand& base, const Operand& exponent) {
  Pool& pool = env.pool();
  if (result_type(base, exponent) == Type::kFloat)
    return wrap(pool.make(Kind::kFloatPow, {base.e, exponent.e}), Type::kFloat);
  if (env.guard(SymBool(pool.make(Kind::kGe, {exponent.e, pool.integer(0)})))) {
    return wrap(pool.make(Kind::kPowByNatural, {base.e, exponent.e}), Type::kInt);
  }
  return wrap(
      pool.make(Kind::kFloatPow, {pool.make(Kind::kToFloat, {base.e}), pool.make(Kind::kToFloat, {exponent.e})}),
      Type::kFloat);
}

void check_divisor(Expr e, std::string_view what) {
  if (expr::is_number(e->kind) && expr::to_double(e) == 0) raise(ErrorType::kZeroDivisionError, std::string(what));
}

Value divide(shapes::ShapeEnv& env, std::string_view target, const Operand& a, const Operand& b) {
  Pool& pool = env.pool();
  const bool floats = result_type(a, b) == Type::kFloat;
  if (target == "_operator.truediv") {
    check_divisor(b.e, "division by zero");
    return wrap(pool.make(floats ? Kind::kFloatTrueDiv : Kind::kIntTrueDiv, {a.e, b.e}), Type::kFloat);
  }
  if (target == "_operator.floordiv") {
    check_divisor(b.e, "division by zero");
    if (!floats) return wrap(pool.make(Kind::kFloorDiv, {a.e, b.e}), Type::kInt);
    const Expr quotient = pool.make(Kind::kFloatTrueDiv, {a.e, b.e});
    return wrap(pool.make(Kind::kToFloat, {pool.make(Kind::kFloorToInt, {quotient})}), Type::kFloat);
  }
  check_divisor(b.e, "integer modulo by zero");
  const bool natural = nonnegative(env, a.e) && nonnegative(env, b.e);
  return wrap(pool.make(natural ? Kind::kMod : Kind::kPythonMod, {a.e, b.e}), result_type(a, b));
}

Value logic(Pool& pool, Kind boolean, Kind bitwise, const Operand& a, const Operand& b) {
  if (a.type == Type::kBool && b.type == Type::kBool) return wrap(pool.make(boolean, {a.e, b.e}), Type::kBool);
  return wrap(pool.make(bitwise, {as_number(pool, a).e, as_number(pool, b).e}), Type::kInt);
}

/// SymInt's promote2: an int beside a float becomes one.
Operand as_float(Pool& pool, const Operand& o) {
  return o.type == Type::kInt ? Operand{pool.make(Kind::kToFloat, {o.e}), Type::kFloat} : o;
}

std::string_view python_name(const Operand& o) {
  const bool plain = expr::is_number(o.e->kind) || o.e->kind == Kind::kTrue || o.e->kind == Kind::kFalse;
  if (o.type == Type::kBool) return plain ? "bool" : "SymBool";
  if (o.type == Type::kFloat) return plain ? "float" : "SymFloat";
  return plain ? "int" : "SymInt";
}

/// torch/fx/experimental/sym_node.py bool_magic_methods: a SymBool has equality and logic; for sums and products it is
/// guarded on and becomes a number; other operators are not defined.
void settle_truth(shapes::ShapeEnv& env, std::string_view target, Operand& a, Operand& b) {
  constexpr std::array<std::string_view, 4> kDefined{"_operator.eq", "_operator.ne", "_operator.and_", "_operator.or_"};
  if (python_name(a) != "SymBool" && python_name(b) != "SymBool") return;
  if (std::ranges::find(kDefined, target) != kDefined.end()) return;
  if (target != "_operator.add" && target != "_operator.sub" && target != "_operator.mul") {
    raise(ErrorType::kTypeError,
          fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", target, python_name(a), python_name(b)));
  }
  for (Operand* o : {&a, &b}) {
    if (python_name(*o) == "SymBool") *o = {env.pool().integer(env.guard(SymBool(o->e)) ? 1 : 0), Type::kInt};
  }
}

Value binary(shapes::ShapeEnv& env, std::string_view target, Operand a, Operand b) {
  Pool& pool = env.pool();
  settle_truth(env, target, a, b);
  if (promotes_to_float(target) && (a.type == Type::kFloat) != (b.type == Type::kFloat)) {
    a = as_float(pool, a);
    b = as_float(pool, b);
  }
  if (target == "_operator.and_") return logic(pool, Kind::kAnd, Kind::kBitwiseAnd, a, b);
  if (target == "_operator.or_") return logic(pool, Kind::kOr, Kind::kBitwiseOr, a, b);
  if (const auto relation = find_kind(kRelations, target)) {
    if (a.type == Type::kBool && b.type == Type::kBool) return wrap(pool.make(*relation, {a.e, b.e}), Type::kBool);
    return wrap(pool.make(*relation, {as_number(pool, a).e, as_number(pool, b).e}), Type::kBool);
  }
  const Operand x = as_number(pool, a);
  const Operand y = as_number(pool, b);
  if (target == "_operator.sub") return wrap(expr::sub(x.e, y.e), result_type(x, y));
  if (target == "_operator.pow") return power(env, x, y);
  if (const auto kind = find_kind(kArithmetic, target)) return wrap(pool.make(*kind, {x.e, y.e}), result_type(x, y));
  return divide(env, target, x, y);
}

Value unary(Pool& pool, std::string_view target, const Operand& raw) {
  if (target == "torch.sym_not") return wrap(pool.make(Kind::kNot, {raw.e}), Type::kBool);
  const Operand a = as_number(pool, raw);
  if (target == "_operator.neg") return wrap(expr::neg(a.e), a.type);
  if (target == "_operator.pos") return wrap(a.e, a.type);
  if (target == "torch.sym_float")
    return a.type == Type::kFloat ? wrap(a.e, a.type) : wrap(pool.make(Kind::kToFloat, {a.e}), Type::kFloat);
  if (target == "torch._sym_sqrt") return wrap(pool.opaque("sqrt", a.e), Type::kFloat);
  if (target == "torch._sym_log2") return wrap(pool.opaque("log2", a.e), Type::kFloat);
  if (a.type == Type::kInt) return wrap(a.e, Type::kInt);
  const Kind kind = target == "math.floor"  ? Kind::kFloorToInt
                    : target == "math.ceil" ? Kind::kCeilToInt
                    : target == "round"     ? Kind::kRoundToInt
                                            : Kind::kTruncToInt;
  return wrap(pool.make(kind, {a.e}), Type::kInt);
}

Value choose(Pool& pool, const Operand& condition, const Operand& then, const Operand& otherwise) {
  if (condition.type != Type::kBool) raise(ErrorType::kAssertionError, "expected SymBool or bool");
  if (then.type != otherwise.type) raise(ErrorType::kAssertionError, "type mismatch");
  const std::array<Expr, 4> pairs{then.e, condition.e, otherwise.e, pool.boolean(true)};
  return wrap(pool.make(Kind::kPiecewise, pairs), then.type);
}

}  // namespace

bool only_computes(std::string_view target) {
  constexpr std::array<std::string_view, 9> kQuiet{"_operator.add",
                                                   "_operator.floordiv",
                                                   "_operator.mul",
                                                   "_operator.neg",
                                                   "_operator.sub",
                                                   "torch.ops.aten.sym_numel.default",
                                                   "torch.ops.aten.sym_size.int",
                                                   "torch.ops.aten.sym_storage_offset.default",
                                                   "torch.ops.aten.sym_stride.int"};
  return std::find(kQuiet.begin(), kQuiet.end(), target) != kQuiet.end();
}

bool is_symbolic_operation(std::string_view target) {
  return std::find(kTargets.begin(), kTargets.end(), target) != kTargets.end();
}

bool promotes_to_float(std::string_view target) {
  return target == "_operator.add" || target == "_operator.sub" || target == "_operator.mul" ||
         target == "_operator.mod" || target == "_operator.truediv" || target == "_operator.floordiv" ||
         target == "_operator.pow" || target == "torch.sym_min" || target == "torch.sym_max" ||
         find_kind(kRelations, target).has_value();
}

std::string_view reflected(std::string_view target) {
  if (target == "torch.sym_max" || target == "torch.sym_min") return target;
  const auto relation = find_kind(kRelations, target);
  if (!relation) return {};
  const auto row = std::find_if(kRelations.begin(), kRelations.end(),
                                [kind = expr::mirrored(*relation)](const BinaryRow& r) { return r.kind == kind; });
  return row->target;
}

Value evaluate_symbolic(shapes::ShapeEnv& env, std::string_view target, std::span<const Value> args) {
  Pool& pool = env.pool();
  std::vector<Operand> operands;
  for (const Value& arg : args) {
    if (arg.holds<ValueList>()) {
      for (const Value& element : arg.get<ValueList>()) operands.push_back(operand(pool, replaced(env, element)));
    } else {
      operands.push_back(operand(pool, replaced(env, arg)));
    }
  }
  if (target == "torch.sym_sum") {
    std::vector<Expr> terms;
    for (const Operand& o : operands) terms.push_back(o.e);
    return wrap(pool.make(Kind::kAdd, terms), Type::kInt);
  }
  if (target == "torch.sym_ite" && operands.size() == 3) return choose(pool, operands[0], operands[1], operands[2]);
  if (operands.size() == 2) return binary(env, target, operands[0], operands[1]);
  if (operands.size() == 1) return unary(pool, target, operands[0]);
  raise(ErrorType::kTypeError, fmt::format("{} called with {} arguments", target, operands.size()));
}

}  // namespace retrace::trace
