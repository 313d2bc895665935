// SPDX-License-Identifier: Apache-2.0
// A node's argument as the schema's Argument union (serialize.py serialize_input).
#pragma once
#include <functional>
#include <string_view>

#include "core/exporter/finish/passes.h"

namespace retrace::exporter {

struct ArgumentWriter {
  Arena& arena;
  std::function<ir::ValueId(const trace::Node&)> id_of;
  std::function<ir::GraphArg(const trace::GraphModule&)> graph_of;

  /// `type`: the schema's, for empty lists; empty where there is none.
  [[nodiscard]] ir::Argument write(const trace::Arg& arg, std::string_view type) const;

 private:
  [[nodiscard]] ir::Argument write_node(const trace::Node& node) const;
  [[nodiscard]] ir::Argument write_list(const trace::ArgList& list, std::string_view type) const;
  [[nodiscard]] ir::Argument write_sym_list(const trace::ArgList& list) const;
  [[nodiscard]] ir::Argument write_nested(const trace::ArgList& list) const;
};

}  // namespace retrace::exporter
