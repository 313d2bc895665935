// SPDX-License-Identifier: Apache-2.0
// Solves the guards on single dimensions (symbolic_shapes.py DimConstraints): which dimensions may have one size
// only, and what ranges and divisors the others must keep.
//
// Only linear guards are solved, as users can declare no others. An equation that the example sizes satisfy has
// the example size as its solution.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "core/shapes/interval.h"
#include "core/shapes/shape_env.h"

namespace retrace::shapes {

/// Where a symbol's value comes from.
struct Source {
  std::string name;
  bool is_size = false;  // a dimension of a tensor
  bool operator==(const Source& other) const { return name == other.name; }
};

/// What is known of one dimension: one value, an expression over others, or bounds.
struct DimSolution {
  std::optional<std::variant<std::int64_t, expr::Expr>> eq;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  std::optional<std::string> fraction;  // an inequality with a bound that is no integer; "{}" for the dimension
  [[nodiscard]] bool is_number() const { return eq && std::holds_alternative<std::int64_t>(*eq); }
  [[nodiscard]] bool is_expression() const { return eq && std::holds_alternative<expr::Expr>(*eq); }
};

class DimConstraints {
 public:
  /// `first_source`: the name of the symbol's first source.
  DimConstraints(ShapeEnv& env, std::function<std::string(expr::Expr)> first_source,
                 std::set<expr::Expr> marked_dynamic)
      : env_(env), first_source_(std::move(first_source)), marked_dynamic_(std::move(marked_dynamic)) {}

  /// Returns whether the guard says nothing.
  bool add(expr::Expr guard);
  void add_equality(const Source& source, expr::Expr e);
  void solve(const std::map<std::string, std::string>& debug_names);

  /// Solutions by source name. Expressions are over the inputs' symbols and, for divisors, over "_<name>".
  [[nodiscard]] const std::map<std::string, DimSolution>& solutions() const { return solutions_; }
  /// Dimensions marked dynamic that the guards force to one size: source name and size.
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> forced_specializations() const;

 private:
  struct Congruence {  // (coefficient * symbol + constant) % modulus == 0
    Wide coefficient, constant, modulus;
    bool operator==(const Congruence&) const = default;
  };
  struct Limit {
    Number value;
    bool strict = false;
  };
  struct Univariate {
    std::size_t place = 0;  // in order_
    bool has_equality = false;
    std::optional<Limit> min;
    std::optional<Limit> max;
    std::vector<Congruence> congruences;
  };
  void raise_inconsistencies();
  expr::Expr rewrite_with_congruences(expr::Expr symbol, expr::Expr e);
  void add_linear(expr::Expr symbol, expr::Expr relation);
  void specialize(expr::Expr symbol);
  static DimSolution bounded(const Univariate& known);
  void solve_congruences(expr::Expr symbol, const Univariate& known,
                         const std::map<std::string, std::string>& debug_names);

  ShapeEnv& env_;
  std::function<std::string(expr::Expr)> first_source_;
  std::set<expr::Expr> marked_dynamic_;
  std::vector<expr::Expr> order_;  // symbols of univariate_, as they came
  std::unordered_map<expr::Expr, Univariate> univariate_;
  std::set<std::size_t> to_specialize_;  // places in order_
  std::vector<expr::Expr> multivariate_;
  std::vector<std::pair<std::string, expr::Expr>> equivalences_;
  std::vector<std::string> inconsistencies_;
  expr::Substitution specialized_;
  std::map<std::string, DimSolution> solutions_;
};

}  // namespace retrace::shapes
