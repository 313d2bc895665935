// SPDX-License-Identifier: Apache-2.0
#include "core/trace/import_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/failure.h"
#include "core/ops/match_inputs.h"

namespace retrace::trace {

namespace {

/// "torch.ops.aten.add.Tensor" -> "add"; "_operator.mul" -> "mul".
std::string_view name_of_target(std::string_view target) {
  std::string_view rest = target;
  if (rest.starts_with("torch.ops.")) rest = rest.substr(0, rest.rfind('.'));
  return rest.substr(rest.rfind('.') + 1);
}

class Importer {
 public:
  Importer(const ir::Graph& source, Graph& graph)
      : source_(source), graph_(graph), nodes_(source.values.size(), nullptr) {}

  Node* add_input(const ir::Argument& input, const ir::InputSpec* spec) {
    const bool lifted = spec != nullptr && !spec->is_user();
    const std::optional<ir::ValueId> id = single_value(input);
    std::string name = id ? std::string(source_.values[static_cast<std::size_t>(*id)].name) : "input";
    if (!id && spec != nullptr && !spec->name.empty()) name = std::string(spec->name);
    Node& node = graph_.create(lifted ? NodeOp::kGetAttr : NodeOp::kPlaceholder, lifted ? spec->name : ir::Text(name),
                               {}, {}, name);
    if (id) nodes_[static_cast<std::size_t>(*id)] = &node;
    return &node;
  }

  void add_node(const ir::Node& node) {
    ArgList args;
    ArgDict kwargs;
    if (const ops::Schema* schema = ops::find_schema_of_target(node.target)) {
      schema_arguments(node, *schema, args, kwargs);
    } else {
      for (const ir::NamedArgument& input : node.inputs) {
        add_argument(input, !input.name.empty() && input.kind == ir::InputKind::kKeyword, args, kwargs);
      }
    }
    Node& made = graph_.create_as(node.name.empty() ? fallback_name(node) : node.name, NodeOp::kCall, node.target,
                                  std::move(args), std::move(kwargs));
    made.origin = &node;
    bind_outputs(node, made);
  }

  void add_output(const std::vector<ir::Argument>& outputs) {
    ArgList results;
    for (const ir::Argument& output : outputs) results.push_back(to_arg(output));
    graph_.create(NodeOp::kOutput, "output", std::move(results), {}, "output");
  }

 private:
  void add_argument(const ir::NamedArgument& input, bool keyword, ArgList& args, ArgDict& kwargs) {
    if (keyword) {
      kwargs.emplace_back(std::string(input.name), to_arg(input.arg));
    } else {
      args.push_back(to_arg(input.arg));
    }
  }

  /// serialize.py deserialize_inputs: in schema order; what the schema does not name is passed over.
  void schema_arguments(const ir::Node& node, const ops::Schema& schema, ArgList& args, ArgDict& kwargs) {
    ops::match_inputs(schema, node, given_);
    args.reserve(node.inputs.size());
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (given_[i] == nullptr) continue;
      const ops::SchemaArg& formal = schema.args[i];
      const bool keyword = given_[i]->kind == ir::InputKind::kUnspecified ? formal.has_default || formal.kwarg_only
                                                                          : given_[i]->kind == ir::InputKind::kKeyword;
      add_argument(*given_[i], keyword, args, kwargs);
    }
  }

  static std::optional<ir::ValueId> single_value(const ir::Argument& arg) {
    if (const auto* id = std::get_if<ir::ValueId>(&arg.payload)) return valid(*id);
    if (const auto* s = std::get_if<ir::SymArg<std::int64_t>>(&arg.payload)) return valid(s->id);
    if (const auto* s = std::get_if<ir::SymArg<bool>>(&arg.payload)) return valid(s->id);
    if (const auto* s = std::get_if<ir::SymArg<double>>(&arg.payload)) return valid(s->id);
    if (const auto* s = std::get_if<ir::CustomObjArg>(&arg.payload)) return valid(s->id);
    return std::nullopt;
  }
  static std::optional<ir::ValueId> valid(ir::ValueId id) {
    return id == ir::kNoValue ? std::nullopt : std::optional(id);
  }

  [[nodiscard]] std::string_view fallback_name(const ir::Node& node) const {
    if (node.outputs.size() == 1) {
      if (const auto id = single_value(node.outputs[0])) return source_.values[static_cast<std::size_t>(*id)].name;
    }
    return name_of_target(node.target);
  }

  // ---- Arguments

  Arg value(ir::ValueId id) {
    if (id == ir::kNoValue) return {};
    Node* node = nodes_[static_cast<std::size_t>(id)];
    if (node == nullptr) {
      raise(ErrorType::kKeyError, fmt::format("'{}'", source_.values[static_cast<std::size_t>(id)].name));
    }
    return node;
  }
  template <typename T>
  Arg symbolic(const ir::SymArg<T>& arg) {
    return arg.id == ir::kNoValue ? Arg(arg.plain) : value(arg.id);
  }
  template <typename T, typename Convert>
  static Arg list(const std::vector<T>& values, Convert&& convert) {
    ArgList out;
    out.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) out.push_back(convert(values[i]));
    return out;
  }

  Arg to_arg(const ir::Argument& arg) {
    switch (arg.kind) {
      case ir::ArgKind::kScalarType:
        return static_cast<ScalarType>(arg.as<std::int64_t>());
      case ir::ArgKind::kLayout:
        return static_cast<Layout>(arg.as<std::int64_t>());
      case ir::ArgKind::kMemoryFormat:
        return static_cast<MemoryFormat>(arg.as<std::int64_t>());
      case ir::ArgKind::kOperator:
        return OperatorName{std::string(arg.as<ir::Text>())};
      default:
        break;
    }
    return std::visit([this](const auto& payload) { return convert(payload); }, arg.payload);
  }

  Arg convert(std::monostate) { return {}; }
  Arg convert(ir::ValueId id) { return value(id); }
  Arg convert(const std::vector<ir::ValueId>& ids) {
    return list(ids, [this](ir::ValueId id) { return value(id); });
  }
  Arg convert(const std::vector<std::vector<ir::ValueId>>& ids) {
    return list(ids, [this](const std::vector<ir::ValueId>& inner) { return convert(inner); });
  }
  Arg convert(std::int64_t v) { return v; }
  Arg convert(const std::vector<std::int64_t>& v) {
    return list(v, [](std::int64_t x) { return Arg(x); });
  }
  Arg convert(const std::vector<std::vector<std::int64_t>>& v) {
    return list(v, [this](const std::vector<std::int64_t>& x) { return convert(x); });
  }
  Arg convert(double v) { return v; }
  Arg convert(const std::vector<double>& v) {
    return list(v, [](double x) { return Arg(x); });
  }
  Arg convert(const std::vector<std::vector<double>>& v) {
    return list(v, [this](const std::vector<double>& x) { return convert(x); });
  }
  Arg convert(bool v) { return v; }
  Arg convert(const std::vector<bool>& v) {
    return list(v, [](bool x) { return Arg(x); });
  }
  Arg convert(ir::Text v) { return std::string(v); }
  Arg convert(const std::vector<ir::Text>& v) {
    return list(v, [](ir::Text x) { return Arg(std::string(x)); });
  }
  template <typename T>
  Arg convert(const ir::SymArg<T>& v) {
    return symbolic(v);
  }
  template <typename T>
  Arg convert(const std::vector<ir::SymArg<T>>& v) {
    return list(v, [this](const ir::SymArg<T>& x) { return symbolic(x); });
  }
  Arg convert(const Device& v) { return v; }
  Arg convert(const ir::GraphArg& v) { return import_subgraph(v); }
  Arg convert(const ir::CustomObjArg& v) { return value(v.id); }
  Arg convert(const std::pair<double, double>& v) { return v; }
  Arg convert(const ir::ArgumentMap& v) {
    ArgDict out;
    for (const auto& [key, element] : v) out.emplace_back(std::string(key), to_arg(element));
    return out;
  }

  // ---- Results

  void bind_outputs(const ir::Node& node, Node& made) {
    if (node.outputs.empty()) return;
    if (node.outputs.size() == 1) {
      const ir::Argument& only = node.outputs[0];
      const bool hop_tuple = node.target.starts_with("torch.ops.higher_order") &&
                             !node.is_hop_single_tensor_return.value_or(true) && only.kind != ir::ArgKind::kNone;
      if (const auto id = single_value(only)) {
        Node& bound = hop_tuple ? get_item(made, 0, *id) : made;
        made.single_tensor_return = !hop_tuple;
        nodes_[static_cast<std::size_t>(*id)] = &bound;
        return;
      }
      if (const auto* ids = std::get_if<std::vector<ir::ValueId>>(&only.payload)) bind_items(made, *ids);
      return;
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
      bind_output(made, static_cast<std::int64_t>(i), node.outputs[i]);
  }

  void bind_output(Node& made, std::int64_t index, const ir::Argument& output) {
    if (const auto id = single_value(output)) {
      nodes_[static_cast<std::size_t>(*id)] = &get_item(made, index, *id);
    } else if (const auto* ids = std::get_if<std::vector<ir::ValueId>>(&output.payload)) {
      bind_items(item_node(made, index, "getitem"), *ids);
    } else if (output.kind == ir::ArgKind::kNone) {
      item_node(made, index, "as_none");
    }
  }

  void bind_items(Node& made, const std::vector<ir::ValueId>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != ir::kNoValue)
        nodes_[static_cast<std::size_t>(ids[i])] = &get_item(made, static_cast<std::int64_t>(i), ids[i]);
    }
  }

  Node& get_item(Node& of, std::int64_t index, ir::ValueId id) {
    return graph_.create_as(source_.values[static_cast<std::size_t>(id)].name, NodeOp::kGetItem, "_operator.getitem",
                            {Arg(&of), Arg(index)}, {});
  }
  Node& item_node(Node& of, std::int64_t index, std::string_view name) {
    return graph_.create(NodeOp::kGetItem, "_operator.getitem", {Arg(&of), Arg(index)}, {}, name);
  }

  const ir::Graph& source_;
  Graph& graph_;
  ops::MatchedInputs given_;
  std::vector<Node*> nodes_;
};

}  // namespace

ImportedGraph import_program(const ir::Program& program) {
  ImportedGraph out;
  out.module = std::make_shared<GraphModule>();
  out.module->source = &program.graph;
  Importer importer(program.graph, out.module->graph);
  for (std::size_t i = 0; i < program.graph.inputs.size(); ++i) {
    out.inputs.push_back(importer.add_input(program.graph.inputs[i], &program.input_specs[i]));
  }
  for (const ir::Node& node : program.graph.nodes) importer.add_node(node);
  importer.add_output(program.graph.outputs);
  return out;
}

std::shared_ptr<GraphModule> import_subgraph(const ir::GraphArg& graph) {
  auto module = std::make_shared<GraphModule>();
  module->source = graph.graph.get();
  module->name = std::string(graph.name);
  module->single_return = graph.graph->is_single_tensor_return;
  Importer importer(*graph.graph, module->graph);
  for (const ir::Argument& input : graph.graph->inputs) importer.add_input(input, nullptr);
  for (const ir::Node& node : graph.graph->nodes) importer.add_node(node);
  importer.add_output(graph.graph->outputs);
  return module;
}

}  // namespace retrace::trace
