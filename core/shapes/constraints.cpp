// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/constraints.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "core/shapes/dim_constraints.h"
#include "core/shapes/guards_code.h"
#include "core/shapes/interval.h"
#include "core/shapes/suggested_fixes.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;

/// a * x + b
Expr affine(Expr x, std::int64_t scale, std::int64_t offset) {
  expr::Pool& pool = *x->pool;
  return expr::add(expr::mul(pool.integer(scale), x), pool.integer(offset));
}

/// EqualityConstraint's queries: which sources are declared equal or derived from one another.
class DeclaredEqualities {
 public:
  DeclaredEqualities(expr::Pool& pool, const Equalities& declared, const std::function<std::string(DimSource)>& name)
      : pool_(pool) {
    for (const auto& [a, b] : declared.pairs) unite(root_of(name(a)), root_of(name(b)));
    for (const DerivedEquality& d : declared.derived) {
      const auto* dim = std::get_if<DimSource>(&d.root);
      const Expr root = dim != nullptr ? definition(name(*dim)) : std::get<Expr>(d.root);
      definitions_[root_of(name(d.dim))] = affine(root, d.scale, d.offset);
    }
    for (const DimSource& relaxed : declared.relaxed) relaxed_.insert(name(relaxed));
  }

  bool are_equal(const std::string& a, const std::string& b) {
    return relaxed_.contains(root_of(a)) || relaxed_.contains(root_of(b)) || root_of(a) == root_of(b) ||
           definition(a) == definition(b);
  }
  /// The canonical expression of a source, over sources or phantom symbols.
  Expr definition(const std::string& source) {
    const std::string& root = root_of(source);
    const auto known = definitions_.find(root);
    return known == definitions_.end() ? pool_.symbol(root, false, false) : known->second;
  }

 private:
  const std::string& root_of(const std::string& source) const {
    const std::string* root = &source;
    for (auto parent = parents_.find(*root); parent != parents_.end(); parent = parents_.find(*root)) {
      root = &parent->second;
    }
    return *root;
  }
  void unite(const std::string& a, const std::string& b) {
    if (a != b) parents_.emplace(a, b);
  }

  expr::Pool& pool_;
  std::map<std::string, std::string> parents_;
  std::map<std::string, Expr> definitions_;
  std::set<std::string> relaxed_;
};

/// One call of ShapeEnv.produce_guards_verbose.
class GuardProducer {
 public:
  GuardProducer(ShapeEnv& env, const ConstraintCheck& check) : env_(env), check_(check) {}

  void evaluate_equalities();
  void track_inputs();
  /// Fills the solver, collects violations.
  void check_all(DimConstraints& solver);
  [[nodiscard]] std::string first_source(Expr symbol) const;
  [[nodiscard]] std::set<Expr> marked_dynamic() const;
  /// The text of the error; empty: no violation.
  [[nodiscard]] std::string violation_text() const;

 private:
  struct Violation {
    bool warn_only;
    std::string name;
    std::string message;
  };
  [[nodiscard]] std::string source_name(const DimSource& dim) const {
    return fmt::format("{}.size()[{}]", check_.inputs[dim.input].source, dim.dim);
  }
  Expr expression(const DimSource& dim) { return replaced(check_.inputs[dim.input].sizes[dim.dim]); }
  Expr replaced(const SymInt& value) { return env_.replace(value).expression(env_.pool()); }
  [[nodiscard]] const std::string& debug_name(const std::string& source) const {
    const auto known = check_.debug_names.find(source);
    return known == check_.debug_names.end() ? source : known->second;
  }
  void evaluate_pair(const DimSource& a, const DimSource& b);
  void evaluate_derived(const DerivedEquality& derived);
  void track(const Source& source, const SymInt& value, const Constraint& constraint);
  void track_constant(const Source& source, std::int64_t value, const Constraint& constraint);
  void check_input(const Source& source, Expr e, DimConstraints& solver, DeclaredEqualities& declared);
  void check_guard(Expr guard, DimConstraints& solver);
  void check_range(Expr symbol, DimConstraints& solver);
  void record(bool warn_only, const std::string& source, std::string message) {
    violations_.push_back({warn_only, debug_name(source), std::move(message)});
  }
  [[nodiscard]] std::string constrained_range(const std::string& source, const Constraint& constraint) const;
  [[nodiscard]] bool has_size(Expr symbol) const;
  std::string code(Expr e) {
    return python_code(e, [this](Expr symbol) { return first_source(symbol); });
  }

  ShapeEnv& env_;
  const ConstraintCheck& check_;
  std::vector<Expr> symbols_;  // keys of sources_, as they came
  std::unordered_map<Expr, std::vector<Source>> sources_;
  std::unordered_map<Expr, std::vector<Constraint>> constraints_;
  std::vector<std::pair<Source, Expr>> input_guards_;
  std::unordered_set<Expr> issued_;
  std::vector<Violation> violations_;
};

std::string GuardProducer::first_source(Expr symbol) const {
  const auto known = sources_.find(symbol);
  return known == sources_.end() ? std::string(env_.source_of(symbol)) : known->second.front().name;
}

std::set<Expr> GuardProducer::marked_dynamic() const {
  std::set<Expr> marked;
  for (const auto& [symbol, constraints] : constraints_) marked.insert(symbol);
  return marked;
}

bool GuardProducer::has_size(Expr symbol) const {
  const auto known = sources_.find(symbol);
  return known != sources_.end() &&
         std::any_of(known->second.begin(), known->second.end(), [](const Source& s) { return s.is_size; });
}

void GuardProducer::evaluate_equalities() {
  for (const auto& [a, b] : check_.equalities.pairs) evaluate_pair(a, b);
  for (const DerivedEquality& derived : check_.equalities.derived) evaluate_derived(derived);
  for (const Expr phantom : check_.equalities.phantom_symbols) {
    symbols_.push_back(phantom);
    sources_[phantom].push_back({std::string(env_.source_of(phantom)), false});
  }
}

void GuardProducer::evaluate_pair(const DimSource& a, const DimSource& b) {
  const Expr left = expression(a);
  const Expr right = expression(b);
  if (env_.evaluate(env_.pool().make(Kind::kEq, {left, right}))) return;
  raise(ErrorType::kConstraintViolation,
        fmt::format("{} = {} is not equal to {} = {}", source_name(a), expr::str(env_.at_hints(left)), source_name(b),
                    expr::str(env_.at_hints(right))));
}

void GuardProducer::evaluate_derived(const DerivedEquality& derived) {
  const Expr value = expression(derived.dim);
  const auto* dim = std::get_if<DimSource>(&derived.root);
  const Expr root = dim != nullptr ? expression(*dim) : std::get<Expr>(derived.root);
  if (env_.evaluate(env_.pool().make(Kind::kEq, {value, affine(root, derived.scale, derived.offset)}))) return;
  std::string name;
  if (dim != nullptr) {
    name = debug_name(source_name(*dim));
  } else {
    name = root->kind == Kind::kSymbol ? std::string(env_.source_of(root)) : expr::str(root);
  }
  const Expr named = affine(env_.pool().symbol(name, false, false), derived.scale, derived.offset);
  raise(ErrorType::kConstraintViolation,
        fmt::format("Expected input {} to be equal to {}, where {} = {}, but got {}", source_name(derived.dim),
                    expr::str(named), name, expr::str(env_.at_hints(root)), expr::str(env_.at_hints(value))));
}

void GuardProducer::track_inputs() {
  for (const TrackedInput& input : check_.inputs) {
    if (!input.is_tensor) {
      track({input.source, false}, input.value, input.constraints.empty() ? Constraint{} : input.constraints[0]);
      continue;
    }
    for (std::size_t i = 0; i < input.sizes.size(); ++i) {
      const Constraint constraint = i < input.constraints.size() ? input.constraints[i] : Constraint{};
      track({fmt::format("{}.size()[{}]", input.source, i), true}, input.sizes[i], constraint);
    }
    for (std::size_t i = 0; i < input.strides.size(); ++i) {
      track({fmt::format("{}.stride()[{}]", input.source, i), false}, input.strides[i], {});
    }
    track({fmt::format("{}.storage_offset()", input.source), false}, input.storage_offset, {});
  }
}

void GuardProducer::track(const Source& source, const SymInt& value, const Constraint& constraint) {
  const Expr e = replaced(value);
  input_guards_.emplace_back(source, e);
  if (e->kind == Kind::kInteger) return track_constant(source, e->value, constraint);
  if (e->kind != Kind::kSymbol) return;
  std::vector<Source>& known = sources_[e];
  if (known.empty()) symbols_.push_back(e);
  known.push_back(source);
  if (constraint.kind != Constraint::Kind::kStrictMinMax) return;
  std::vector<Constraint>& constraints = constraints_[e];
  if (std::find(constraints.begin(), constraints.end(), constraint) == constraints.end()) {
    constraints.push_back(constraint);
  }
}

void GuardProducer::track_constant(const Source& source, std::int64_t value, const Constraint& constraint) {
  bool violated = false;
  if (constraint.kind == Constraint::Kind::kStrictMinMax) {
    violated = constraint.range != ValueRange{value, value};
  } else if (constraint.kind == Constraint::Kind::kRelaxedUnspec) {
    violated = value != 0 && value != 1;
  }
  if (!violated) return;
  record(
      constraint.warn_only, source.name,
      fmt::format("You marked {} as dynamic but your code specialized it to be a constant ({}). If you're using "
                  "mark_dynamic, either remove it or use maybe_mark_dynamic. If you're using Dim.DYNAMIC, replace it "
                  "with either Dim.STATIC or Dim.AUTO.",
                  debug_name(source.name), value));
}

void GuardProducer::check_all(DimConstraints& solver) {
  DeclaredEqualities declared(env_.pool(), check_.equalities, [this](DimSource dim) { return source_name(dim); });
  for (const auto& [source, e] : input_guards_) check_input(source, e, solver, declared);
  const std::vector<Guard> guards = env_.guards();
  for (const Guard& guard : guards) {
    if (env_.maybe_evaluate_static(guard.expression, false) == nullptr) check_guard(guard.expression, solver);
  }
  for (const Expr symbol : symbols_) check_range(symbol, solver);
}

/// An input must equal its expression.
void GuardProducer::check_input(const Source& source, Expr e, DimConstraints& solver, DeclaredEqualities& declared) {
  if (e->kind == Kind::kSymbol && sources_.at(e).front() == source) return;
  if (source.is_size) solver.add_equality(source, e);
  const std::span<const Expr> symbols = expr::free_symbols(e);
  if (!source.is_size || symbols.size() != 1 || !constraints_.contains(symbols.front())) return;
  const Expr symbol = symbols.front();
  const std::string other = first_source(symbol);
  if (e == symbol) {
    if (declared.are_equal(source.name, other)) return;
    record(false, source.name,
           fmt::format("The values of {} = {} and {} = {} must always be equal.", debug_name(source.name), source.name,
                       debug_name(other), other));
    return;
  }
  const expr::Substitution to_definition = {{symbol, declared.definition(other)}};
  if (declared.definition(source.name) == expr::substitute(e, to_definition)) return;
  if (!check_.debug_names.contains(other)) raise(ErrorType::kTypeError, "'Symbol' object is not subscriptable");
  const expr::Substitution to_name = {{symbol, env_.pool().symbol(debug_name(other), false, false)}};
  record(false, source.name,
         fmt::format("The values of {0} = {1} must always be related to the values of {2} = {3} by {0} = {4}.",
                     debug_name(source.name), source.name, debug_name(other), other,
                     expr::str(expr::substitute(e, to_name))));
}

void GuardProducer::check_guard(Expr guard, DimConstraints& solver) {
  const Expr e = env_.simplify(guard);
  if (!issued_.insert(e).second) return;
  const std::span<const Expr> symbols = expr::free_symbols(e);
  const bool on_sizes = std::any_of(symbols.begin(), symbols.end(), [this](Expr symbol) { return has_size(symbol); });
  const bool is_trivial = on_sizes && solver.add(e);
  if (is_trivial || symbols.size() != 1) return;
  const auto constraints = constraints_.find(symbols.front());
  if (constraints == constraints_.end()) return;
  const std::string source = first_source(symbols.front());
  for (const Constraint& constraint : constraints->second) {
    record(constraint.warn_only, source,
           fmt::format("Not all values of {} satisfy the generated guard {}.", constrained_range(source, constraint),
                       code(e)));
  }
}

void GuardProducer::check_range(Expr symbol, DimConstraints& solver) {
  const ValueRange range = env_.range_of(symbol);
  expr::Pool& pool = env_.pool();
  std::vector<Expr> bounds;
  if (range.lower != kNegOo) bounds.push_back(pool.make(Kind::kLe, {pool.integer(range.lower), symbol}));
  if (range.upper != kOo) bounds.push_back(pool.make(Kind::kLe, {symbol, pool.integer(range.upper)}));
  if (has_size(symbol)) {
    if (range.lower != kNegOo) solver.add(pool.make(Kind::kGe, {symbol, pool.integer(range.lower)}));
    if (range.upper != kOo) solver.add(bounds.back());
  }
  const auto constraints = constraints_.find(symbol);
  if (bounds.empty() || constraints == constraints_.end()) return;
  const std::string source = first_source(symbol);
  for (const Constraint& constraint : constraints->second) {
    const Interval wanted = intersect(Interval(constraint.range), Interval(ValueRange{2, kOo}));
    if (wanted.is_subset_of(Interval(range))) continue;
    const Expr at_least = pool.make(Kind::kLe, {expression_of(pool, Number::from_bound(range.lower)), symbol});
    const Expr at_most = pool.make(Kind::kLe, {symbol, expression_of(pool, Number::from_bound(range.upper))});
    record(constraint.warn_only, source,
           fmt::format("Not all values of {} satisfy the generated guard {}", constrained_range(source, constraint),
                       code(pool.make(Kind::kAnd, {at_least, at_most}))));
  }
}

/// ShapeEnv._render_range_for_constraint_violation
std::string GuardProducer::constrained_range(const std::string& source, const Constraint& constraint) const {
  const std::string& name = debug_name(source);
  std::string text = fmt::format("{} = {} in the specified range", name, source);
  const bool has_lower = constraint.range.lower > 2;
  const bool has_upper = constraint.range.upper < kOo;
  if (has_lower && has_upper) {
    text += fmt::format(" {} <= {} <= {}", constraint.range.lower, name, constraint.range.upper);
  } else if (has_upper) {
    text += fmt::format(" {} <= {}", name, constraint.range.upper);
  } else if (has_lower) {
    text += fmt::format(" {} <= {}", constraint.range.lower, name);
  }
  return text;
}

std::string GuardProducer::violation_text() const {
  std::set<std::string> names;
  std::string lines;
  for (const Violation& violation : violations_) {
    if (violation.warn_only) continue;
    names.insert(violation.name);
    lines += (lines.empty() ? "  - " : "\n  - ") + violation.message;
  }
  if (names.empty()) return {};
  return fmt::format("Constraints violated ({})! For more information, run with TORCH_LOGS=\"+dynamic\".\n{}",
                     fmt::join(names, ", "), lines);
}

}  // namespace

void produce_guards_and_solve_constraints(ShapeEnv& env, const ConstraintCheck& check) {
  GuardProducer producer(env, check);
  producer.evaluate_equalities();
  producer.track_inputs();
  DimConstraints solver(
      env, [&producer](Expr symbol) { return producer.first_source(symbol); }, producer.marked_dynamic());
  producer.check_all(solver);
  const std::string violations = producer.violation_text();
  solver.solve(check.debug_names);
  const std::string fixes =
      suggested_fixes(env.pool(), solver, check, [&producer](Expr s) { return producer.first_source(s); });
  if (!violations.empty()) raise(ErrorType::kConstraintViolation, violations + fixes);
  if (!solver.forced_specializations().empty()) raise(ErrorType::kConstraintViolation, fixes);
}

}  // namespace retrace::shapes
