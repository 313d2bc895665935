// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/shape_env.h"

#include "core/shapes/state.h"

namespace retrace::shapes {

using expr::Expr;
using expr::Kind;

namespace {

bool is_true(Expr e) { return e->kind == Kind::kTrue || expr::is_integer_value(e, 1); }

}  // namespace

ShapeEnv::ShapeEnv(expr::Pool& pool, IntervalAnswers* answers) : state_(std::make_unique<State>(pool)) {
  state_->interval_answers = answers;
}
ShapeEnv::~ShapeEnv() = default;
expr::Pool& ShapeEnv::pool() { return state_->pool; }
std::uint64_t ShapeEnv::learned() const { return state_->lessons; }
void ShapeEnv::observe(Lessons* lessons) { state_->observer = lessons; }
Lessons* ShapeEnv::observer() const { return state_->observer; }

// ---- Questions. What a SymBool says is its expression with replacements applied (SymNode.expr); it has a hint
// when nothing unbacked went into it.

bool ShapeEnv::guard(const SymBool& condition) {
  if (condition.is_bool()) return condition.as_bool();
  const Expr e = condition.node();
  return is_true(state_->evaluate(state_->as_asked(e), !e->has_unbacked));
}

bool ShapeEnv::guard_or_false(const SymBool& condition) {
  if (condition.is_bool()) return condition.as_bool();
  const Expr e = condition.node();
  return is_true(state_->evaluate(state_->as_asked(e), !e->has_unbacked, false));
}

bool ShapeEnv::guard_or_true(const SymBool& condition) {
  if (condition.is_bool()) return condition.as_bool();
  const Expr e = condition.node();
  return is_true(state_->evaluate(state_->as_asked(e), !e->has_unbacked, true));
}

bool ShapeEnv::statically_known_true(const SymBool& condition) {
  if (condition.is_bool()) return condition.as_bool();
  const Expr e = condition.node();
  state_->note_reading();
  if (!e->has_unbacked && state_->at_hints(e)->kind == Kind::kFalse) return false;
  const Expr known = state_->maybe_evaluate_static(state_->as_asked(e));
  return known != nullptr && is_true(known);
}

bool ShapeEnv::expect_true(const SymBool& condition, std::string_view message) {
  if (condition.is_bool()) return condition.as_bool();
  const Expr e = condition.node();
  return state_->expect_true(state_->as_asked(e), !e->has_unbacked, message);
}

std::int64_t ShapeEnv::guard_int(const SymInt& a) {
  if (a.is_int()) return a.as_int();
  return number_of(state_->evaluate(state_->as_asked(a.node()), !a.node()->has_unbacked)).as_bound();
}

double ShapeEnv::guard_float(const SymFloat& a) {
  if (a.is_float()) return a.as_float();
  return number_of(state_->evaluate(state_->replace(a.node()), !a.node()->has_unbacked)).as_double();
}

std::optional<std::int64_t> ShapeEnv::hint(const SymInt& a) {
  if (a.is_int()) return a.as_int();
  const Expr value = state_->at_hints(state_->replace(a.node()));
  return expr::is_number(value->kind) ? std::optional(number_of(value).as_bound()) : std::nullopt;
}

std::int64_t ShapeEnv::hint_or(const SymInt& a, std::int64_t fallback) { return hint(a).value_or(fallback); }

// ---- Symbols.

SymInt ShapeEnv::new_unbacked_int() {
  return SymInt(state_->new_unbacked("u", state_->unbacked_ints++, true, Interval::unknown_int()));
}

SymFloat ShapeEnv::new_unbacked_float() {
  return SymFloat(state_->new_unbacked("zuf", state_->unbacked_floats++, false, Interval::unknown()));
}

SymBool ShapeEnv::new_unbacked_bool() {
  const Expr symbol = state_->new_unbacked("u", state_->unbacked_ints++, true, Interval(ValueRange{0, 1}));
  return SymBool(pool().make(Kind::kEq, {symbol, pool().integer(1)}));
}

namespace {

ValueRange checked_range(std::optional<std::int64_t> min, std::int64_t default_min, std::optional<std::int64_t> max) {
  const ValueRange range{min.value_or(default_min), max.value_or(kOo)};
  if (range.lower <= range.upper) return range;
  const Interval lower(Number::from_bound(range.lower));
  const Interval upper(Number::from_bound(range.upper));
  raise(ErrorType::kValueError,
        "Maximum value to constrain_as_size can't be less than the specified min value, received min=" +
            lower.lower.text() + " and max=" + upper.lower.text());
}

}  // namespace

void ShapeEnv::constrain_range(const SymInt& a, std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
  const ValueRange range = checked_range(min, kNegOo, max);
  state_->note_change();
  const SymInt value = replace(a);
  if (value.is_int()) {
    if (range.contains(value.as_int())) return;
    raise(ErrorType::kRuntimeError, "Invalid value " + std::to_string(value.as_int()) + " for range [" +
                                        Number::from_bound(range.lower).text() + ":" +
                                        Number::from_bound(range.upper).text() + "]");
  }
  if (value.node()->kind == Kind::kSymbol) state_->update_range(value.node(), Interval(range));
}

void ShapeEnv::constrain_range_for_size(const SymInt& a, std::optional<std::int64_t> min,
                                        std::optional<std::int64_t> max) {
  const SymInt value = replace(a);
  state_->note_change();
  if (value.is_int() || value.node()->kind != Kind::kSymbol) {
    raise(ErrorType::kAssertionError, "constraining non-Symbols NYI: " + to_string(value));
  }
  state_->update_range(value.node(), Interval(checked_range(min, 0, max)));
  if (state_->size_like.insert(value.node()).second) ++state_->lessons;
}

SymInt ShapeEnv::create_symbol(std::int64_t hint, std::string_view source, DimDynamic dynamic,
                               const Constraint& constraint, bool positive, bool specialize_zero_one) {
  return SymInt(state_->create_symbol(hint, source, dynamic, constraint, positive, specialize_zero_one));
}

SymInt ShapeEnv::create_unspecified_symbol(std::int64_t hint, std::string_view source) {
  return SymInt(state_->create_symbol(hint, source, DimDynamic::kDynamic, {}, false, false));
}

SymInt ShapeEnv::create_phantom_symbol(std::int64_t hint, std::string_view name, const Constraint& constraint) {
  const Expr symbol = state_->create_symbol(hint, name, DimDynamic::kDynamic, constraint, true, true);
  state_->phantoms.insert(symbol);
  return SymInt(symbol);
}

// ---- State.

Expr ShapeEnv::replace(Expr e) { return state_->as_asked(e); }
Expr ShapeEnv::simplify(Expr e) {
  state_->note_reading();
  return state_->simplify(e);
}
SymInt ShapeEnv::replace(const SymInt& a) { return a.is_int() ? a : SymInt(state_->as_asked(a.node())); }
ValueRange ShapeEnv::range_of(Expr symbol) {
  state_->note_reading();
  return state_->range_of(symbol).range();
}
ValueRange ShapeEnv::bound(Expr e) {
  state_->note_reading();
  return state_->bound(e).range();
}
void ShapeEnv::set_range(Expr symbol, const ValueRange& range) { state_->set_range(symbol, Interval(range)); }
const std::vector<Guard>& ShapeEnv::guards() const { return state_->guards; }
const std::vector<ShapeEnv::PendingAsserts>& ShapeEnv::deferred_asserts() const { return state_->deferred; }
std::vector<Expr> ShapeEnv::backed_symbols() const { return state_->backed; }
std::vector<Expr> ShapeEnv::unbacked_symbols() const { return state_->unbacked; }
std::vector<Expr> ShapeEnv::take_fresh_unbacked() { return std::exchange(state_->fresh_unbacked, {}); }
bool ShapeEnv::ignore_fresh_unbacked(bool ignore) { return std::exchange(state_->ignore_fresh, ignore); }

bool ShapeEnv::suppress_guards(bool suppress) { return std::exchange(state_->guards_suppressed, suppress); }

// ShapeEnv._rename_unbacked_to
void ShapeEnv::rename_unbacked(Expr from, Expr to) {
  const auto known = state_->replacements.find(from);
  const Expr destination = known == state_->replacements.end() ? nullptr : known->second;
  state_->set_replacement(from, to);
  state_->renamings.insert_or_assign(from, to);
  if (destination != nullptr) state_->set_replacement(to, destination);
}

Expr ShapeEnv::renamed(Expr symbol) const {
  const auto known = state_->renamings.find(symbol);
  return known == state_->renamings.end() ? symbol : known->second;
}

std::string_view ShapeEnv::source_of(Expr symbol) const {
  const auto known = state_->sources.find(symbol);
  return known == state_->sources.end() ? std::string_view() : std::string_view(known->second.front());
}

bool ShapeEnv::is_phantom(Expr symbol) const { return state_->phantoms.contains(symbol); }

Expr ShapeEnv::maybe_evaluate_static(Expr e, bool with_axioms) {
  state_->note_reading();
  return state_->maybe_evaluate_static(e, with_axioms ? State::StaticMode::kPlain : State::StaticMode::kNoAxioms);
}

bool ShapeEnv::evaluate(Expr condition) { return is_true(state_->evaluate(condition, false)); }
Expr ShapeEnv::at_hints(Expr e) { return state_->at_hints(e); }

}  // namespace retrace::shapes
