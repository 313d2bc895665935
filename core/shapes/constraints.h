// SPDX-License-Identifier: Apache-2.0
// What the user promised of the dimensions, checked against what tracing found.
//
// After a trace the declared equalities between dimensions become guards, every guard and range is held against
// the constraints, and violations are reported with suggested fixes (symbolic_shapes.py produce_guards_verbose
// and DimConstraints, non_strict_utils.py produce_guards_and_solve_constraints). Then the ranges of the
// program's input dimensions are computed (non_strict_utils.py make_constraints).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/shapes/shape_env.h"

namespace retrace::shapes {

/// An input with symbols (ShapeEnv.tracked_fakes), in the order in which inputs were given symbols.
struct TrackedInput {
  std::string source;  // "L['x']"
  bool is_tensor = true;
  SymInts sizes;  // of a tensor
  SymInts strides;
  SymInt storage_offset;
  SymInt value;                         // of an int input
  std::vector<Constraint> constraints;  // one a size; empty: none
};

/// A dimension of a tracked input.
struct DimSource {
  std::size_t input = 0;
  std::size_t dim = 0;
};

/// dimension = scale * root + offset; the root is another dimension or a phantom symbol.
struct DerivedEquality {
  DimSource dim;
  std::variant<DimSource, expr::Expr> root;
  std::int64_t scale = 1;
  std::int64_t offset = 0;
};

/// EqualityConstraint: what `_process_equalities` makes of the dynamic-shapes spec.
struct Equalities {
  std::vector<std::pair<DimSource, DimSource>> pairs;
  std::vector<DerivedEquality> derived;
  std::vector<expr::Expr> phantom_symbols;
  std::vector<DimSource> relaxed;
};

/// A Dim of the spec, in order of first mention, derived ones before their root (_get_dim_name_mapping).
struct NamedDim {
  std::string name;  // "batch", "2*batch"
  std::string root;  // the same for a plain Dim
  std::int64_t scale = 1;
  std::int64_t offset = 0;
  ValueRange range{0, kOo};  // of a plain Dim
};

struct ConstraintCheck {
  std::vector<TrackedInput> inputs;
  Equalities equalities;
  std::map<std::string, std::string> debug_names;  // source text of a dimension -> name of its Dim
  std::vector<NamedDim> dims;
};

/// produce_guards_and_solve_constraints: raises Failure(kConstraintViolation), freezes the environment.
/// (Non-strict export wraps the error in a UserError with the same text.)
void produce_guards_and_solve_constraints(ShapeEnv& env, const ConstraintCheck& check);

/// One symbolic or hinted dimension (or int input) of the traced program's user inputs, in placeholder order.
struct RangeRequest {
  enum class Spec : std::uint8_t { kNone, kDim, kAuto, kDynamic, kStatic } spec = Spec::kNone;
  SymInt value;  // of an int input the symbol that it was given: what is known of that counts, not of what replaced it
  std::int64_t hint = 0;
  std::optional<std::int64_t> min, max;  // of the Dim or hint
  std::string path;                      // "inputs['x'].shape[0]", for errors
};
/// Keys in order of insertion.
using RangeConstraints = std::vector<std::pair<expr::Expr, ValueRange>>;
/// make_constraints; `initial` holds the unbacked symbols' ranges. Raises Failure(kValueError).
RangeConstraints make_constraints(ShapeEnv& env, RangeConstraints initial, std::span<const RangeRequest> requests);

}  // namespace retrace::shapes
