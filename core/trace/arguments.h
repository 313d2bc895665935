// SPDX-License-Identifier: Apache-2.0
// A node's arguments in its schema's order, and back in the spelling the dispatcher gives a traced call:
// positional arguments without trailing defaults, keyword-only ones without defaults.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ops/operator.h"
#include "core/trace/tracer.h"

namespace retrace::trace {

struct NamedTraced {
  std::string name;
  Traced value;
};

/// A call's arguments as its node spells them.
struct GivenArguments {
  std::vector<const Traced*> positional;
  std::vector<std::pair<std::string_view, const Traced*>> named;
  std::vector<Traced> constants;  // those that no earlier node gave
};

/// One for each parameter; null: not given, the default stands.
using BoundArguments = std::vector<const Traced*>;

/// createStackForSchema (torch/csrc/jit/python/pybind_utils.h): raises what it raises.
/// Takes the list of `given`, whose values stay where they are.
BoundArguments bind_arguments(const ops::Operator& op, GivenArguments& given);

struct SpelledArguments {
  ArgList args;
  ArgDict kwargs;
};
SpelledArguments spell_arguments(const ops::Operator& op, const BoundArguments& bound, Tracer& tracer);

}  // namespace retrace::trace
