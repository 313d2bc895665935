// SPDX-License-Identifier: Apache-2.0
// Why an input could not be read: which file, where in it, and the reason. A finding, never a verdict.
#pragma once
#include <string>
#include <tl/expected.hpp>

namespace retrace::serializers {

struct LoadError {
  std::string file;   // as named by the user; "-" is standard input
  std::string place;  // "graph_module.graph.nodes[12].inputs[0].arg", "models/a.json"; empty: the whole file
  std::string reason;

  /// "model.json: at graph_module.graph: expected an object, found null".
  [[nodiscard]] std::string text() const { return file + ": " + (place.empty() ? "" : "at " + place + ": ") + reason; }
};

template <typename T>
using Result = tl::expected<T, LoadError>;

}  // namespace retrace::serializers
