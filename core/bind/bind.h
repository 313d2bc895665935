// SPDX-License-Identifier: Apache-2.0
// Binds a dynamic-shapes spec to a callable's inputs, and the inputs to symbols.
//
// In PyTorch's order: `check_spec` matches the spec with the inputs' structure and collects the constraints
// (torch/export/dynamic_shapes.py _check_dynamic_shapes, _process_dynamic_shapes); `fakify` makes the fake
// inputs with their symbols (_export/non_strict_utils.py make_fake_inputs); after the trace,
// `make_constraints` gives the result's range_constraints. The example inputs are the recorded metadata of
// the user inputs at their hints. Errors are Failures with PyTorch's text.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/bind/dynamic_spec.h"
#include "core/ir/callable.h"
#include "core/ops/call.h"
#include "core/ops/fake_tensor.h"
#include "core/ops/value.h"
#include "core/shapes/constraints.h"
#include "core/shapes/shape_env.h"

namespace retrace::bind {

/// "infer" (named false) and "named": the spec read off the program's own inputs.
DynamicSpec infer_spec(const ir::Program& program, bool named);
/// The spec of the re-export: a map's values as a tuple, in the map's order.
DynamicSpec to_positional(const DynamicSpec& spec);

/// How inputs are called: by the module's argument names (non-strict), or by place (strict).
enum class SourceStyle : std::uint8_t { kByName, kFlatArgs };

/// One user input: what it is, what the spec says of it.
struct InputLeaf {
  std::size_t place = 0;  // in graph.inputs and input_specs
  std::string path;       // keystr under the module's signature: "['x']['k'][0]"
  std::string source;     // "L['x']['k'][0]", "L['flat_args'][3]"
  bool is_tensor = false;
  std::vector<std::int64_t> sizes;  // the example's
  std::vector<std::int64_t> strides;
  std::int64_t storage_offset = 0;
  std::optional<std::int64_t> integer;  // an int input's example
  bool has_spec = false;                // the spec's leaf is not None
  std::vector<DimSpec> dims;            // a tensor's, one a dimension (monostate: not mentioned)
  DimSpec dynamism;                     // an int's

  /// Filled by fakify.
  Value value;
  std::vector<shapes::DimDynamic> dynamic_sizes;
  std::vector<shapes::Constraint> constraints;  // one a dimension
  std::vector<std::string> debug_names;         // a dimension's Dim name; empty: none
};

/// _Constraint / _DerivedConstraint / _RelaxedConstraint, in PyTorch's order.
struct DimConstraint {
  std::size_t leaf = 0;
  std::size_t dim = 0;
  bool relaxed = false;
  std::string name;  // "batch", "2*batch"
  DimRange range;
  std::optional<Dim> derived;                               // a derived Dim
  std::optional<std::pair<std::size_t, std::size_t>> root;  // its root's leaf and dim; absent: a phantom
  std::int64_t phantom_value = 0;
};

struct BoundInputs {
  SourceStyle style = SourceStyle::kByName;
  std::vector<InputLeaf> leaves;  // user inputs, in the order of graph.inputs
  std::vector<DimConstraint> constraints;
  std::vector<Value> lifted;  // one an entry of graph.inputs; None at user inputs (fakify_lifted)
  /// What shapes::produce_guards_and_solve_constraints checks after the trace. Its tracked inputs are the
  /// tensors and dynamic ints among the leaves (fakify).
  shapes::ConstraintCheck check;
  bool all_static = true;  // no spec, or an empty one
};

/// Structure, ranks and Dims: raises UserError or ValueError as PyTorch does before it traces.
BoundInputs check_spec(const ir::Callable& callable, const DynamicSpec& spec, SourceStyle style);

/// Fake user inputs in `context`, with symbols in its shape environment.
void fakify(BoundInputs& inputs, const ir::Callable& callable, const DynamicSpec& spec, ops::TraceContext& context);
/// The fake parameters, buffers and constants: static, so that the environment does not hear of them.
void fakify_lifted(BoundInputs& inputs, const ir::Callable& callable, ops::TraceContext& context);

/// range_constraints of the result: `initial` (the unbacked symbols' ranges), then the input dimensions'.
/// `traced`: the inputs as the finished graph's placeholders hold them, one a leaf (a specialised int input is a
/// plain number). Raises ValueError on conflicts with Dim hints' ranges.
shapes::RangeConstraints make_constraints(const BoundInputs& inputs, const DynamicSpec& spec, shapes::ShapeEnv& env,
                                          std::span<const Value> traced, shapes::RangeConstraints initial);

}  // namespace retrace::bind
