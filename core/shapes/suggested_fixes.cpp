// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/suggested_fixes.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/failure.h"
#include "core/shapes/state.h"

namespace retrace::shapes {
namespace {

using expr::Expr;
using expr::Kind;

/// symbolic_shapes.py _is_supported_equivalence: a linear expression of one symbol.
bool is_supported_equivalence(Expr e) {
  while (e->kind == Kind::kAdd || e->kind == Kind::kMul) {
    if (e->args.size() != 2) return false;
    if (e->args[0]->kind == Kind::kInteger) {
      e = e->args[1];
    } else if (e->args[1]->kind == Kind::kInteger) {
      e = e->args[0];
    } else {
      return false;
    }
  }
  return e->kind == Kind::kSymbol;
}

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  return floor_divide(Number::integer(a), Number::integer(b)).as_bound();
}

/// PyTorch reads the solver's inequalities back from their text and knows integers only.
[[noreturn]] void raise_unreadable(const std::string& inequality, const std::string& name) {
  const std::string text = fmt::format(fmt::runtime(inequality), name);
  const bool strict = text.find("<=") == std::string::npos;
  raise(ErrorType::kAssertionError, fmt::format("Expected op to be '==', got {} for {}", strict ? "<" : "<=", text));
}

class FixWriter {
 public:
  FixWriter(expr::Pool& pool, const ConstraintCheck& check, const std::function<std::string(Expr)>& first_source)
      : pool_(pool), check_(check), first_source_(first_source) {
    for (const NamedDim& dim : check.dims) dims_.emplace(dim.name, dim);
  }

  void take(const DimConstraints& solver) {
    for (const auto& [source, solution] : solver.solutions()) {
      const auto debug_name = check_.debug_names.find(source);
      const bool is_named = debug_name != check_.debug_names.end();
      if (!is_named && !solution.is_expression()) continue;
      const std::string& name = is_named ? debug_name->second : source;
      if (solution.fraction) raise_unreadable(*solution.fraction, name);
      if (const std::optional<DimSolution> named = with_names(solution, name)) merge(name, *named);
    }
  }
  void process_derived_dim_roots() {
    introduce_roots();
    swap_roots();
  }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string forced_text(const DimConstraints& solver) const;

 private:
  /// Symbols renamed to their Dims; absent: some input has no Dim, or nothing is said.
  std::optional<DimSolution> with_names(const DimSolution& solution, const std::string& own_name) const {
    const bool is_own_size = solution.is_number() && std::to_string(std::get<std::int64_t>(*solution.eq)) == own_name;
    if (is_own_size) return std::nullopt;
    if (!solution.is_expression())
      return solution.eq || solution.min || solution.max ? std::optional(solution) : std::nullopt;
    expr::Substitution renamed;
    for (const Expr symbol : expr::free_symbols(std::get<Expr>(*solution.eq))) {
      if (symbol->name.starts_with('_')) continue;
      const std::string source = first_source_(symbol);
      const auto name = check_.debug_names.find(source);
      const bool is_phantom = source.find('[') == std::string::npos;
      if (name == check_.debug_names.end() && !is_phantom) return std::nullopt;
      renamed.emplace_back(symbol, dim_expression(is_phantom ? source : name->second));
    }
    DimSolution named = solution;
    named.eq = expr::substitute(std::get<Expr>(*solution.eq), renamed);
    if (std::get<Expr>(*named.eq) == dim_expression(own_name)) return std::nullopt;
    return named;
  }
  /// The name of a Dim as an expression of its root.
  [[nodiscard]] Expr dim_expression(const std::string& name) const {
    const auto known = dims_.find(name);
    if (known == dims_.end()) return pool_.symbol(name, false, false);
    const NamedDim& dim = known->second;
    return expr::add(expr::mul(pool_.integer(dim.scale), pool_.symbol(dim.root, false, false)),
                     pool_.integer(dim.offset));
  }
  void merge(const std::string& name, const DimSolution& solution) {
    DimSolution& known = results_[name];
    if (solution.eq) known.eq = solution.eq;
    if (solution.min) known.min = solution.min;
    if (solution.max) known.max = solution.max;
  }
  void introduce_roots();
  void swap_roots();
  std::optional<DimSolution> swapped_root(const std::string& root) const;
  [[nodiscard]] bool is_derived(const std::string& name) const {
    const auto known = dims_.find(name);
    return known != dims_.end() && known->second.name != known->second.root;
  }
  [[nodiscard]] bool is_unchanged(const DimSolution& found, const NamedDim& dim) const {
    if (!found.min && !found.max) return false;
    const std::int64_t min = found.min.value_or(2);
    const bool same_min = (dim.range.lower < 2 && min == 2) || dim.range.lower == min;
    return same_min && dim.range.upper == found.max.value_or(kOo);
  }

  expr::Pool& pool_;
  const ConstraintCheck& check_;
  const std::function<std::string(Expr)>& first_source_;
  std::map<std::string, NamedDim> dims_;
  std::map<std::string, DimSolution> results_;
  std::set<std::string> introduced_;
};

Expr root_symbol(const DimSolution& solution) { return expr::free_symbols(std::get<Expr>(*solution.eq)).front(); }

/// "_dx" of dx = 3*_dx + 1 gets dx's bounds; what depends on dx is told in _dx.
void FixWriter::introduce_roots() {
  std::map<std::string, std::string> introduced;
  std::vector<std::pair<std::string, DimSolution>> fresh;
  for (auto& [name, solution] : results_) {
    if (!solution.is_expression()) continue;
    const Expr root = root_symbol(solution);
    if (dims_.contains(std::string(root->name))) continue;
    const Expr e = std::get<Expr>(*solution.eq);
    const auto value_at = [&](std::int64_t at) {
      const expr::Substitution substitution = {{root, pool_.integer(at)}};
      return expr::substitute(e, substitution)->value;
    };
    const std::int64_t remainder = value_at(0);
    const std::int64_t modulus = value_at(1) - remainder;
    if (modulus == 0) continue;
    DimSolution bounds;
    bounds.min = -floor_quotient(-(solution.min.value_or(2) - remainder), modulus);
    bounds.max = solution.max ? floor_quotient(*solution.max - remainder, modulus) : kOo;
    if (*bounds.max <= *bounds.min) {
      raise(ErrorType::kAssertionError,
            fmt::format("Cannot create Dim with inconsistent min={}, max={}", *bounds.min, *bounds.max));
    }
    introduced.emplace(std::string(root->name), name);
    fresh.emplace_back(std::string(root->name), bounds);
    solution.min.reset();
    solution.max.reset();
  }
  for (const auto& [root, bounds] : fresh) {
    results_[root] = bounds;
    dims_.emplace(root, NamedDim{root, root, 1, 0, {*bounds.min, *bounds.max}});
    introduced_.insert(root);
  }
  for (const auto& [root, old_root] : introduced) {
    const Expr value = std::get<Expr>(*results_.at(old_root).eq);
    for (auto& [name, solution] : results_) {
      if (!solution.is_expression() || root_symbol(solution)->name != old_root) continue;
      const expr::Substitution substitution = {{root_symbol(solution), value}};
      solution.eq = expr::substitute(std::get<Expr>(*solution.eq), substitution);
    }
  }
}

/// Only roots are suggested, never derived Dims.
void FixWriter::swap_roots() {
  std::set<std::string> modified;
  for (const auto& [name, solution] : results_) {
    if (!dims_.contains(name)) continue;
    if (!is_derived(name) && (solution.min || solution.max)) {
      modified.insert(name);
    } else if (solution.is_expression()) {
      modified.insert(std::string(root_symbol(solution)->name));
    }
  }
  for (const std::string& root : introduced_) modified.erase(root);
  std::map<std::string, DimSolution> values;
  for (const std::string& root : modified) {
    const auto found = results_.find(root);
    if (found != results_.end() && !found->second.is_expression()) {
      if (!is_unchanged(found->second, dims_.at(root))) values[root] = found->second;
    } else if (const std::optional<DimSolution> swapped = swapped_root(root)) {
      values[root] = *swapped;
    }
  }
  std::erase_if(results_, [&](const auto& result) {
    return dims_.contains(result.first) && (is_derived(result.first) || modified.contains(result.first));
  });
  for (const auto& [root, value] : values) results_[root] = value;
}

/// The range of a root from that of a Dim derived from it.
std::optional<DimSolution> FixWriter::swapped_root(const std::string& root) const {
  for (const auto& [name, solution] : results_) {
    if (!is_derived(name) || dims_.at(name).root != root || (!solution.min && !solution.max)) continue;
    const NamedDim& dim = dims_.at(name);
    DimSolution inverted;
    if (solution.min) inverted.min = floor_quotient(*solution.min - dim.offset, dim.scale);
    if (solution.max) inverted.max = floor_quotient(*solution.max - dim.offset, dim.scale);
    const auto known = dims_.find(root);
    if (known == dims_.end() || !is_unchanged(inverted, known->second)) return inverted;
  }
  return std::nullopt;
}

std::string FixWriter::text() const {
  std::map<std::string, std::string> source_of_name;  // the last source of a name wins, as in a text replacement
  for (const auto& [source, name] : check_.debug_names) source_of_name.emplace(name, source);
  std::vector<std::string> names;
  for (const auto& [name, solution] : results_) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const auto key = [&](const std::string& name) {
      const auto known = source_of_name.find(name);
      return known == source_of_name.end() ? name : known->second;
    };
    return key(a) < key(b);
  });
  const auto number = [](std::int64_t v) { return v == kOo ? std::string("oo") : std::to_string(v); };
  std::vector<std::string> dims;
  std::vector<std::string> others;
  for (const std::string& name : names) {
    const DimSolution& solution = results_.at(name);
    if (solution.is_number()) {
      others.push_back(fmt::format("{} = {}", name, std::get<std::int64_t>(*solution.eq)));
    } else if (solution.is_expression()) {
      const Expr e = std::get<Expr>(*solution.eq);
      if (is_supported_equivalence(e)) others.push_back(fmt::format("{} = {}", name, expr::str(e)));
    } else {
      std::string line = fmt::format("{0} = Dim('{0}'", name);
      if (solution.min && *solution.min != 2) line += ", min=" + number(*solution.min);
      if (solution.max) line += ", max=" + number(*solution.max);
      dims.push_back(line + ")");
    }
  }
  if (dims.empty() && others.empty()) return {};
  dims.insert(dims.end(), others.begin(), others.end());
  return fmt::format("\nSuggested fixes:\n  {}", fmt::join(dims, "\n  "));
}

std::string FixWriter::forced_text(const DimConstraints& solver) const {
  std::vector<std::pair<std::string, std::int64_t>> forced = solver.forced_specializations();
  if (forced.empty()) return {};
  std::sort(forced.begin(), forced.end());
  std::set<std::string> roots;
  std::string lines;
  for (const auto& [source, value] : forced) {
    const auto known = check_.debug_names.find(source);
    const std::string name = known == check_.debug_names.end() ? source : known->second;
    const auto dim = dims_.find(name);
    roots.insert(dim == dims_.end() ? name : dim->second.root);
    lines += fmt::format("  - solving the guards generated for {} = {} resulted in a specialized value of {}.\n", name,
                         source, value);
  }
  return fmt::format(
      "Specializations unexpectedly required ({})! For more information, run with TORCH_LOGS=\"+dynamic\".\n{}",
      fmt::join(roots, ", "), lines);
}

}  // namespace

std::string suggested_fixes(expr::Pool& pool, const DimConstraints& solver, const ConstraintCheck& check,
                            const std::function<std::string(Expr)>& first_source) {
  if (check.debug_names.empty()) return {};
  FixWriter writer(pool, check, first_source);
  writer.take(solver);
  writer.process_derived_dim_roots();
  return writer.forced_text(solver) + writer.text();
}

}  // namespace retrace::shapes
