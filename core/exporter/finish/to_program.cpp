// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/finish/to_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "core/base/failure.h"
#include "core/exporter/finish/meta_table.h"
#include "core/exporter/finish/to_argument.h"
#include "core/ops/operator.h"
#include "core/trace/sym_ops.h"
#include "core/trace/tracer.h"

namespace retrace::exporter {

using ir::ArgKind;
using ir::Argument;
using trace::Node;
using trace::NodeOp;

namespace {

class GraphWriter {
 public:
  GraphWriter(trace::Session& session, Arena& arena, MetaTable& metas)
      : session_(session),
        arena_(arena),
        metas_(metas),
        writer_{arena, [this](const Node& n) { return id_of(n); },
                [this](const trace::GraphModule& m) { return subgraph(m); }} {}

  ir::Graph write(const trace::GraphModule& module) {
    for (const Node* node = module.graph.first(); node != nullptr; node = module.graph.after(*node)) write(*node);
    graph_.is_single_tensor_return = module.single_return;
    return std::move(graph_);
  }
  /// The same, of a graph that is taken apart on the way.
  ir::Graph write_apart(trace::GraphModule& module) {
    Node* next = nullptr;
    for (Node* node = module.graph.first(); node != nullptr; node = next) {
      next = module.graph.after(*node);
      write(*node);
      module.graph.finish(*node, [](const Node&) {});
    }
    graph_.is_single_tensor_return = module.single_return;
    return std::move(graph_);
  }

 private:
  void write(const Node& node) {
    if (node.op == NodeOp::kPlaceholder) {
      write_placeholder(node);
    } else if (node.op == NodeOp::kCall) {
      write_call(node);
    } else if (node.op == NodeOp::kGetItem) {
      name_item(node);
    } else if (node.op == NodeOp::kOutput) {
      for (const trace::Arg& a : node.args) graph_.outputs.push_back(writer_.write(a, {}));
    }
  }

  // ---- Values

  ir::ValueId add(const Node& node, ir::Text name, const Value& value) {
    const ir::ValueId id = graph_.add_value(name, meta_of(node, value));
    identify(node, id);
    return id;
  }

  ir::ValueId id_of(const Node& node) const {
    if (ids_.size() <= node.index || ids_[node.index] == ir::kNoValue)
      throw Bug("node " + node.name + " is used before it is made");
    return ids_[node.index];
  }
  /// A getitem is the value that the first of its index is.
  void name_item(const Node& node) {
    const auto item = items_.find({node.args[0].node(), *node.args[1].if_holds<std::int64_t>()});
    if (item != items_.end()) identify(node, item->second);
  }
  void identify(const Node& node, ir::ValueId id) {
    if (ids_.size() <= node.index) ids_.resize(node.index + 1, ir::kNoValue);
    ids_[node.index] = id;
  }

  ir::Meta meta_of(const Node& node, const Value& value) {
    if (value.holds<FakeTensor*>()) return tensor_meta(*value.get<FakeTensor*>(), node.op == NodeOp::kPlaceholder);
    if (value.holds<SymInt>()) return sym_meta<SymInt>(value);
    if (value.holds<SymFloat>()) return sym_meta<SymFloat>(value);
    if (value.holds<SymBool>()) return sym_meta<SymBool>(value);
    return {};
  }

  ir::Meta tensor_meta(const FakeTensor& tensor, bool is_input) {
    ir::TensorMeta& meta = meta_;
    meta.dtype = tensor.dtype;
    meta.layout = tensor.layout;
    meta.device = tensor.device;
    meta.requires_grad = is_input && tensor.requires_grad;
    shapes::ShapeEnv& env = session_.env();
    replace(tensor.sizes, meta.sizes);
    replace(tensor.strides, meta.strides);
    meta.storage_offset = env.replace(tensor.storage_offset);
    meta.hints.clear();
    if (is_input) write_hints(meta);
    return metas_.share(meta);
  }

  void replace(const SymInts& numbers, SymInts& out) {
    out.clear();
    for (const SymInt& n : numbers) out.push_back(session_.env().replace(n));
  }

  /// Of the program's inputs, from which the re-export makes its examples.
  void write_hints(ir::TensorMeta& meta) {
    shapes::ShapeEnv& env = session_.env();
    for (const SymInt& s : meta.sizes) meta.hints.push_back(env.hint(s));
    for (const SymInt& s : meta.strides) meta.hints.push_back(env.hint(s));
    meta.hints.push_back(env.hint(meta.storage_offset));
  }

  template <typename T>
  ir::Meta sym_meta(const Value& value) {
    const Value now = trace::replaced(session_.env(), value);
    ir::SymMeta meta{now.get<T>(), {}};
    if constexpr (std::is_same_v<T, SymInt>) {
      if (const auto hint = session_.env().hint(now.get<SymInt>())) meta.hint = *hint;
    }
    return meta;
  }

  // ---- Nodes

  void write_placeholder(const Node& node) {
    if (node.has_val && is_plain_input(node.val)) {
      graph_.inputs.push_back(plain_input(node.val));
      return;
    }
    add(node, arena_.store(node.name), node.val);
    graph_.inputs.push_back(writer_.write(trace::Arg(const_cast<Node*>(&node)), {}));
  }

  static bool is_plain_input(const Value& value) {
    return !trace::is_symbolic(value) && !value.holds<FakeTensor*>() && !value.holds<const void*>();
  }
  Argument plain_input(const Value& value) {
    if (value.is_none()) return {};
    if (value.holds<SymInt>()) return {ArgKind::kInt, value.get<SymInt>().as_int()};
    if (value.holds<SymBool>()) return {ArgKind::kBool, value.get<SymBool>().as_bool()};
    if (value.holds<SymFloat>()) return {ArgKind::kFloat, value.get<SymFloat>().as_float()};
    if (value.holds<std::string_view>()) return {ArgKind::kString, arena_.store(value.get<std::string_view>())};
    raise(ErrorType::kSerializeError, "Unsupported constant input");
  }

  /// The program's copy of a target, which the graph has once.
  ir::Text target(std::string_view text) {
    ir::Text& known = targets_[text.data()];
    if (known.empty()) known = arena_.store(text);
    return known;
  }

  void write_call(const Node& node) {
    ir::Node& out = graph_.nodes.push_back({});
    out.target = target(node.target);
    out.name = arena_.store(node.name);
    const ops::Schema* schema = node.operation == nullptr ? nullptr : node.operation->schema;
    out.inputs = schema != nullptr ? schema_inputs(node, *schema) : plain_inputs(node);
    if (node.origin != nullptr) out.metadata = node.origin->metadata;
    if (schema != nullptr) {
      write_schema_outputs(node, *schema, out);
    } else {
      write_plain_outputs(node, out);
    }
  }

  std::vector<ir::NamedArgument> schema_inputs(const Node& node, const ops::Schema& schema) {
    std::vector<ir::NamedArgument> inputs;
    inputs.reserve(node.args.size() + node.kwargs.size());
    for (std::size_t i = 0; i < schema.args.size(); ++i) {
      const ops::SchemaArg& arg = schema.args[i];
      if (i < node.args.size()) {
        inputs.push_back({arg.name, writer_.write(node.args[i], arg.type), ir::InputKind::kPositional});
        continue;
      }
      for (const auto& [name, value] : node.kwargs) {
        if (name == arg.name) inputs.push_back({arg.name, writer_.write(value, arg.type), ir::InputKind::kKeyword});
      }
    }
    return inputs;
  }

  /// Symbolic operations have Python's parameter names, higher-order operators none, operators without a known schema
  /// those that the recorded program gives.
  std::vector<ir::NamedArgument> plain_inputs(const Node& node) {
    constexpr std::array<ir::Text, 2> kBinary{"a", "b"};
    constexpr std::array<ir::Text, 3> kChoice{"b", "t", "f"};
    const bool symbolic = trace::is_symbolic_operation(node.target);
    std::vector<ir::NamedArgument> inputs;
    for (std::size_t i = 0; i < node.args.size(); ++i) {
      ir::Text name;
      if (node.target == "torch.sym_ite") {
        name = kChoice.at(i);
      } else if (node.target.starts_with("math.")) {
        name = "x";
      } else if (node.target == "torch.sym_sum") {
        name = "args";
      } else if (symbolic) {
        name = kBinary.at(i);
      } else if (node.origin != nullptr && i < node.origin->inputs.size()) {
        name = node.origin->inputs[i].name;
      }
      inputs.push_back({name, writer_.write(node.args[i], {}), ir::InputKind::kPositional});
    }
    for (const auto& [name, value] : node.kwargs)
      inputs.push_back({arena_.store(name), writer_.write(value, {}), ir::InputKind::kKeyword});
    return inputs;
  }

  // ---- Results

  /// The first getitem of each index in the graph's order; null: there is none.
  const Node* item_of(const Node& node, std::int64_t index) const {
    const Node* item = nullptr;
    bool is_only = true;
    const auto reads = [&](const Node& user) {
      return user.op == NodeOp::kGetItem && user.args[0].node() == &node &&
             *user.args[1].if_holds<std::int64_t>() == index;
    };
    for (const auto& [user, count] : node.users) {
      if (!reads(*user)) continue;
      is_only = item == nullptr;
      item = user;
    }
    if (!is_only)
      for (item = node.next; !reads(*item);) item = item->next;
    return item;
  }

  ir::ValueId add_item(const Node& node, std::size_t index, const Value& value, std::string_view unused) {
    const auto i = static_cast<std::int64_t>(index);
    const Node* item = item_of(node, i);
    const ir::ValueId id = item != nullptr ? add(*item, arena_.store(item->name), value) : add_unnamed(unused, value);
    items_[{&node, i}] = id;
    return id;
  }
  ir::ValueId add_unnamed(std::string_view name, const Value& value) {
    const Node nobody;
    return graph_.add_value(arena_.store(name), meta_of(nobody, value));
  }

  std::vector<ir::ValueId> add_items(const Node& node, const ValueList& list) {
    std::vector<ir::ValueId> ids;
    for (std::size_t i = 0; i < list.size(); ++i)
      ids.push_back(add_item(node, i, list[i], fmt::format("{}_unused_{}", node.name, i)));
    return ids;
  }

  Argument single(const Node& node, ir::Text name) {
    if (!node.has_val || node.val.is_none() || node.val.holds<ScalarType>()) return {};
    if (!node.val.holds<FakeTensor*>() && trace::expression_of(node.val) == nullptr && !node.val.holds<SymInt>() &&
        !node.val.holds<SymBool>() && !node.val.holds<SymFloat>()) {
      raise(ErrorType::kSerializeError, fmt::format("Unable to serialize output of {}", node.target));
    }
    add(node, name, node.val);
    return writer_.write(trace::Arg(const_cast<Node*>(&node)), {});
  }

  Argument item_argument(const Node& node, std::size_t index, const Value& value) {
    if (value.is_none()) return {};
    const std::string unused = fmt::format("{}_unused_{}", node.name, index);
    if (value.holds<ValueList>()) {
      const Node* list = item_of(node, static_cast<std::int64_t>(index));
      if (list != nullptr) return {ArgKind::kTensors, add_items(*list, value.get<ValueList>())};
      std::vector<ir::ValueId> ids;
      for (std::size_t j = 0; j < value.get<ValueList>().size(); ++j)
        ids.push_back(add_unnamed(fmt::format("{}_{}", unused, j), value.get<ValueList>()[j]));
      return {ArgKind::kTensors, std::move(ids)};
    }
    const ir::ValueId id = add_item(node, index, value, unused);
    if (value.holds<FakeTensor*>()) return {ArgKind::kTensor, id};
    if (value.holds<SymInt>()) return {ArgKind::kSymInt, ir::SymArg<std::int64_t>{id, 0}};
    if (value.holds<SymFloat>()) return {ArgKind::kSymFloat, ir::SymArg<double>{id, 0}};
    if (value.holds<SymBool>()) return {ArgKind::kSymBool, ir::SymArg<bool>{id, false}};
    raise(ErrorType::kSerializeError, fmt::format("Unable to serialize an output of {}", node.target));
  }

  void write_items(const Node& node, ir::Node& out) {
    const ValueList& list = node.val.get<ValueList>();
    for (std::size_t i = 0; i < list.size(); ++i) out.outputs.push_back(item_argument(node, i, list[i]));
  }

  void write_schema_outputs(const Node& node, const ops::Schema& schema, ir::Node& out) {
    if (schema.returns.empty()) return;
    if (schema.returns.size() == 1 && node.val.holds<ValueList>()) {
      out.outputs.push_back({ArgKind::kTensors, add_items(node, node.val.get<ValueList>())});
    } else if (schema.returns.size() == 1) {
      out.outputs.push_back(single(node, out.name));
    } else {
      write_items(node, out);
    }
  }

  /// Does an operator without a known schema give one list, as the recorded program has it?
  static bool records_list(const Node& node) {
    return node.origin != nullptr && node.origin->outputs.size() == 1 &&
           node.origin->outputs[0].kind == ArgKind::kTensors;
  }

  void write_plain_outputs(const Node& node, ir::Node& out) {
    const bool hop = node.target.starts_with("torch.ops.higher_order.");
    if (hop) out.is_hop_single_tensor_return = node.val.holds<FakeTensor*>();
    if (node.val.holds<ValueList>() && records_list(node)) {
      out.outputs.push_back({ArgKind::kTensors, add_items(node, node.val.get<ValueList>())});
    } else if (node.val.holds<ValueList>()) {
      write_items(node, out);
    } else {
      out.outputs.push_back(single(node, out.name));
    }
  }

  ir::GraphArg subgraph(const trace::GraphModule& module) {
    GraphWriter inner(session_, arena_, metas_);
    return {arena_.store(module.name), std::make_shared<ir::Graph>(inner.write(module))};
  }

  trace::Session& session_;
  Arena& arena_;
  MetaTable& metas_;
  ArgumentWriter writer_;
  ir::Graph graph_;
  ir::TensorMeta meta_;  // being written: its lists keep their room
  std::unordered_map<const char*, ir::Text> targets_;
  std::vector<ir::ValueId> ids_;  // by Node::index
  std::map<std::pair<const Node*, std::int64_t>, ir::ValueId> items_;
};

ir::InputSpec input_spec(ir::InputSpec spec, const Argument& input, const Node& placeholder, Arena& arena) {
  if (!spec.is_user()) {
    spec.arg = input;
    return spec;
  }
  const bool constant = input.kind == ArgKind::kNone || std::holds_alternative<std::int64_t>(input.payload) ||
                        input.kind == ArgKind::kFloat || input.kind == ArgKind::kBool || input.kind == ArgKind::kString;
  return {constant ? ir::InputSpecKind::kConstantInput : ir::InputSpecKind::kUserInput, input,
          constant ? arena.store(placeholder.name) : ir::Text(), true};
}

}  // namespace

void write_graph(trace::Session& session, trace::GraphModule& module, const Signature& signature,
                 ir::Program& program) {
  MetaTable metas;
  program.graph = GraphWriter(session, *program.arena, metas).write_apart(module);
  program.input_specs.clear();
  const std::vector<Node*> placeholders = module.graph.placeholders();
  for (std::size_t i = 0; i < signature.inputs.size(); ++i) {
    program.input_specs.push_back(
        input_spec(signature.inputs[i], program.graph.inputs[i], *placeholders[i], *program.arena));
  }
  program.output_specs.clear();
  for (const Argument& output : program.graph.outputs)
    program.output_specs.push_back({ir::OutputSpecKind::kUserOutput, output, {}});
}

}  // namespace retrace::exporter
