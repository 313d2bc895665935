// SPDX-License-Identifier: Apache-2.0
// A node's arguments in its schema's order, and back in the spelling the dispatcher gives a traced call:
// positional arguments without trailing defaults, keyword-only ones without defaults.
#pragma once
#include <string_view>
#include <vector>

#include "core/ops/schema.h"
#include "core/trace/tracer.h"

namespace retrace::trace {

struct NamedTraced {
  std::string name;
  Traced value;
};

struct BoundArguments {
  std::vector<Traced> values;  // one a schema argument
  std::vector<bool> given;
};

/// createStackForSchema (torch/csrc/jit/python/pybind_utils.h): raises what it raises.
BoundArguments bind_arguments(const ops::Schema& schema, const std::vector<Traced>& args,
                              const std::vector<NamedTraced>& kwargs);

struct SpelledArguments {
  ArgList args;
  ArgDict kwargs;
};
SpelledArguments spell_arguments(const ops::Schema& schema, const BoundArguments& bound, Tracer& tracer);

}  // namespace retrace::trace
