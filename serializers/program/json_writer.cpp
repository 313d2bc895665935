// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_writer.h"

#include <unordered_map>

#include "core/base/failure.h"
#include "serializers/program/json_sink.h"
#include "serializers/program/schema_names.h"

namespace retrace::serializers {
namespace {

using Hint = decltype(ir::SymMeta::hint);

class Writer {
 public:
  explicit Writer(const ir::Program& program) : program_(program) {}
  std::string write();

 private:
  void graph_module();
  void graph(const ir::Graph& graph);
  void tables(const ir::Graph& graph);
  void tail_tables(const ir::Graph& graph);
  template <typename Test, typename F>
  void table(const ir::Graph& graph, std::string_view name, Test&& test, F&& value);
  void tensor_meta(const ir::TensorMeta& meta);
  void sizes(const SymInts& sizes, const ir::TensorMeta& meta, std::size_t first_hint);
  void size(const SymInt& size, const Hint& hint);
  void sym_meta(const ir::SymMeta& meta);
  void expression(expr::Expr e, const Hint& hint);
  Hint hint_of(expr::Expr e);
  void device(const Device& device);

  void node(const ir::Graph& graph, const ir::Node& node);
  void argument(const ir::Graph& graph, const ir::Argument& argument);
  void payload(const ir::Graph& graph, const ir::Argument& argument);
  void arguments(const ir::Graph& graph, std::string_view name, const std::vector<ir::Argument>& arguments);
  void named(const ir::Graph& graph, ir::ValueId id);
  void optional_tensor(const ir::Graph& graph, ir::ValueId id);
  void custom_obj(const ir::Graph& graph, const ir::CustomObjArg& object);
  template <typename T>
  void sym_arg(const ir::Graph& graph, const ir::SymArg<T>& arg);
  ir::Text name(const ir::Graph& graph, ir::ValueId id) const;

  void signature();
  void input_spec(const ir::InputSpec& spec);
  void output_spec(const ir::OutputSpec& spec);
  void module_call(const ir::ModuleCallEntry& entry);
  void text_map(std::string_view key, const std::vector<std::pair<ir::Text, ir::Text>>& map);
  void text_list(std::string_view key, const std::vector<ir::Text>& list);
  void limit(std::string_view key, const std::optional<std::int64_t>& value);

  const ir::Program& program_;
  JsonSink out_;
  std::unordered_map<expr::Expr, std::string> texts_;
  std::unordered_map<expr::Expr, Hint> hints_;
};

std::string Writer::write() {
  out_.reserve(program_.graph.nodes.size() * 512 + 4096);
  out_.object([&] {
    graph_module();
    out_.key("opset_version").object([&] {
      for (const auto& [key, version] : program_.opset_version) out_.text_key(key).integer(version);
    });
    out_.key("range_constraints").object([&] {
      for (const auto& [key, range] : program_.range_constraints)
        out_.text_key(key).object([&, &r = range] {
          limit("min_val", r.min);
          limit("max_val", r.max);
        });
    });
    out_.key("schema_version").object([&] {
      out_.key("major").integer(program_.schema_major);
      out_.key("minor").integer(program_.schema_minor);
    });
    text_list("verifiers", program_.verifiers);
    out_.key("torch_version").text(program_.torch_version);
    text_list("guards_code", program_.guards_code);
  });
  return out_.take();
}

void Writer::limit(std::string_view key, const std::optional<std::int64_t>& value) {
  out_.key(key);
  if (value)
    out_.integer(*value);
  else
    out_.null();
}

void Writer::text_map(std::string_view key, const std::vector<std::pair<ir::Text, ir::Text>>& map) {
  out_.key(key).object([&] {
    for (const auto& [k, v] : map) out_.text_key(k).text(v);
  });
}

void Writer::text_list(std::string_view key, const std::vector<ir::Text>& list) {
  out_.key(key).array(list, [&](ir::Text text) { out_.text(text); });
}

void Writer::graph_module() {
  out_.key("graph_module").object([&] {
    out_.key("graph");
    graph(program_.graph);
    signature();
    out_.key("module_call_graph").array(program_.module_call_graph, [&](const auto& entry) { module_call(entry); });
    text_map("metadata", program_.graph_metadata);
    out_.key("treespec_namedtuple_fields").object([&] {
      for (const auto& [key, fields] : program_.treespec_namedtuple_fields)
        out_.text_key(key).object([&, &f = fields] { text_list("field_names", f); });
    });
  });
}

// ---- Graphs.

void Writer::graph(const ir::Graph& graph) {
  out_.object([&] {
    arguments(graph, "inputs", graph.inputs);
    arguments(graph, "outputs", graph.outputs);
    out_.key("nodes").array(graph.nodes, [&](const ir::Node& n) { node(graph, n); });
    tables(graph);
    out_.key("is_single_tensor_return").boolean(graph.is_single_tensor_return);
    tail_tables(graph);
  });
}

template <typename Test, typename F>
void Writer::table(const ir::Graph& graph, std::string_view name, Test&& test, F&& value) {
  out_.key(name).object([&] {
    for (const ir::Value& v : graph.values)
      if (test(v.meta)) {
        out_.text_key(v.name);
        value(v.meta);
      }
  });
}

template <typename T>
bool is_symbolic(const ir::Meta& meta) {
  const auto* sym = std::get_if<ir::SymMeta>(&meta);
  return sym != nullptr && std::holds_alternative<T>(sym->value);
}

void Writer::tables(const ir::Graph& graph) {
  const auto sym = [&](const ir::Meta& meta) { sym_meta(std::get<ir::SymMeta>(meta)); };
  table(
      graph, "tensor_values", [](const ir::Meta& m) { return ir::tensor_of(m) != nullptr; },
      [&](const ir::Meta& m) { tensor_meta(*ir::tensor_of(m)); });
  table(graph, "sym_int_values", is_symbolic<SymInt>, sym);
  table(graph, "sym_bool_values", is_symbolic<SymBool>, sym);
}

void Writer::tail_tables(const ir::Graph& graph) {
  table(
      graph, "custom_obj_values", [](const ir::Meta& m) { return std::holds_alternative<ir::CustomObjMeta>(m); },
      [&](const ir::Meta& m) {
        const auto& object = std::get<ir::CustomObjMeta>(m);
        out_.object([&] {
          out_.key("name").text(object.name);
          out_.key("class_fqn").text(object.class_fqn);
        });
      });
  table(graph, "sym_float_values", is_symbolic<SymFloat>,
        [&](const ir::Meta& meta) { sym_meta(std::get<ir::SymMeta>(meta)); });
}

void Writer::tensor_meta(const ir::TensorMeta& meta) {
  out_.object([&] {
    out_.key("dtype").integer(static_cast<int>(meta.dtype));
    out_.key("sizes");
    sizes(meta.sizes, meta, 0);
    out_.key("requires_grad").boolean(meta.requires_grad);
    out_.key("device");
    device(meta.device);
    out_.key("strides");
    sizes(meta.strides, meta, meta.sizes.size());
    out_.key("storage_offset");
    const std::size_t last = meta.sizes.size() + meta.strides.size();
    size(meta.storage_offset, last < meta.hints.size() && meta.hints[last] ? Hint(*meta.hints[last]) : Hint());
    out_.key("layout").integer(static_cast<int>(meta.layout));
  });
}

void Writer::sizes(const SymInts& sizes, const ir::TensorMeta& meta, std::size_t first_hint) {
  std::size_t i = first_hint;
  out_.array(sizes, [&](const SymInt& s) {
    size(s, i < meta.hints.size() && meta.hints[i] ? Hint(*meta.hints[i]) : Hint());
    ++i;
  });
}

void Writer::size(const SymInt& size, const Hint& hint) {
  if (size.is_int())
    out_.one("as_int", [&] { out_.integer(size.as_int()); });
  else
    expression(size.node(), hint);
}

void Writer::sym_meta(const ir::SymMeta& meta) {
  if (const auto* i = std::get_if<SymInt>(&meta.value)) {
    size(*i, meta.hint);
  } else if (const auto* f = std::get_if<SymFloat>(&meta.value)) {
    if (f->is_float())
      out_.one("as_float", [&] { out_.number(f->as_float()); });
    else
      expression(f->node(), meta.hint);
  } else {
    const SymBool& b = std::get<SymBool>(meta.value);
    if (b.is_bool())
      out_.one("as_bool", [&] { out_.boolean(b.as_bool()); });
    else
      expression(b.node(), meta.hint);
  }
}

void Writer::expression(expr::Expr e, const Hint& given) {
  std::string& text = texts_[e];
  if (text.empty()) text = expr::srepr(e);
  const Hint hint = given.index() == 0 ? hint_of(e) : given;
  out_.one("as_expr", [&] {
    out_.object([&] {
      out_.key("expr_str").text(text);
      out_.key("hint");
      if (const auto* i = std::get_if<std::int64_t>(&hint))
        out_.one("as_int", [&] { out_.integer(*i); });
      else if (const auto* d = std::get_if<double>(&hint))
        out_.one("as_float", [&] { out_.number(*d); });
      else if (const auto* b = std::get_if<bool>(&hint))
        out_.one("as_bool", [&] { out_.boolean(*b); });
      else
        out_.null();
    });
  });
}

/// The value at the symbols' hints; none where a symbol has no hint.
Hint Writer::hint_of(expr::Expr e) {
  if (program_.symbol_hints.empty()) return {};
  const auto [at, fresh] = hints_.try_emplace(e);
  if (!fresh) return at->second;
  const expr::Expr value = expr::substitute(e, program_.symbol_hints);
  if (value->kind == expr::Kind::kInteger)
    at->second = value->value;
  else if (value->kind == expr::Kind::kFloat)
    at->second = value->real;
  return at->second;
}

void Writer::device(const Device& device) {
  out_.object([&] {
    out_.key("type").text(device.type);
    limit("index", device.index);
  });
}

// ---- Nodes and arguments.

void Writer::node(const ir::Graph& graph, const ir::Node& node) {
  out_.object([&] {
    out_.key("target").text(node.target);
    out_.key("inputs").array(node.inputs, [&](const ir::NamedArgument& input) {
      out_.object([&] {
        out_.key("name").text(input.name);
        out_.key("arg");
        argument(graph, input.arg);
        out_.key("kind");
        if (input.kind == ir::InputKind::kUnspecified)
          out_.null();
        else
          out_.integer(static_cast<int>(input.kind));
      });
    });
    arguments(graph, "outputs", node.outputs);
    text_map("metadata", node.metadata);
    out_.key("is_hop_single_tensor_return");
    if (node.is_hop_single_tensor_return)
      out_.boolean(*node.is_hop_single_tensor_return);
    else
      out_.null();
    out_.key("name");
    if (node.name.empty())
      out_.null();
    else
      out_.text(node.name);
  });
}

ir::Text Writer::name(const ir::Graph& graph, ir::ValueId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= graph.values.size()) throw Bug("a value that is not in its graph");
  return graph.values[static_cast<std::size_t>(id)].name;
}

void Writer::named(const ir::Graph& graph, ir::ValueId id) {
  out_.one("name", [&] { out_.text(name(graph, id)); });
}

void Writer::optional_tensor(const ir::Graph& graph, ir::ValueId id) {
  if (id == ir::kNoValue)
    out_.one("as_none", [&] { out_.boolean(true); });
  else
    out_.one("as_tensor", [&] { named(graph, id); });
}

void Writer::custom_obj(const ir::Graph& graph, const ir::CustomObjArg& object) {
  out_.object([&] {
    out_.key("name").text(name(graph, object.id));
    out_.key("class_fqn").text(object.class_fqn);
  });
}

template <typename T>
void Writer::sym_arg(const ir::Graph& graph, const ir::SymArg<T>& arg) {
  if (arg.id != ir::kNoValue) return out_.one("as_name", [&] { out_.text(name(graph, arg.id)); });
  if constexpr (std::is_same_v<T, std::int64_t>)
    out_.one("as_int", [&] { out_.integer(arg.plain); });
  else if constexpr (std::is_same_v<T, double>)
    out_.one("as_float", [&] { out_.number(arg.plain); });
  else
    out_.one("as_bool", [&] { out_.boolean(arg.plain); });
}

void Writer::arguments(const ir::Graph& graph, std::string_view key, const std::vector<ir::Argument>& arguments) {
  out_.key(key).array(arguments, [&](const ir::Argument& a) { argument(graph, a); });
}

void Writer::argument(const ir::Graph& graph, const ir::Argument& argument) {
  out_.one(kArgumentNames[static_cast<std::size_t>(argument.kind)], [&] { payload(graph, argument); });
}

void Writer::payload(const ir::Graph& g, const ir::Argument& a) {
  using ir::ArgKind;
  const auto tensor = [&](ir::ValueId id) { named(g, id); };
  const auto integer = [&](std::int64_t i) { out_.integer(i); };
  const auto number = [&](double d) { out_.number(d); };
  const auto sym = [&](const auto& s) { sym_arg(g, s); };
  switch (a.kind) {
    case ArgKind::kNone:
      out_.boolean(true);
      break;
    case ArgKind::kTensor:
      named(g, a.as<ir::ValueId>());
      break;
    case ArgKind::kTensors:
      out_.array(a.as<std::vector<ir::ValueId>>(), tensor);
      break;
    case ArgKind::kInt:
    case ArgKind::kScalarType:
    case ArgKind::kMemoryFormat:
    case ArgKind::kLayout:
      out_.integer(a.as<std::int64_t>());
      break;
    case ArgKind::kInts:
      out_.array(a.as<std::vector<std::int64_t>>(), integer);
      break;
    case ArgKind::kFloat:
      out_.number(a.as<double>());
      break;
    case ArgKind::kFloats:
      out_.array(a.as<std::vector<double>>(), number);
      break;
    case ArgKind::kString:
    case ArgKind::kOperator:
      out_.text(a.as<ir::Text>());
      break;
    case ArgKind::kStrings:
      out_.array(a.as<std::vector<ir::Text>>(), [&](ir::Text t) { out_.text(t); });
      break;
    case ArgKind::kSymInt:
      sym_arg(g, a.as<ir::SymArg<std::int64_t>>());
      break;
    case ArgKind::kSymInts:
      out_.array(a.as<std::vector<ir::SymArg<std::int64_t>>>(), sym);
      break;
    case ArgKind::kDevice:
      device(a.as<Device>());
      break;
    case ArgKind::kBool:
      out_.boolean(a.as<bool>());
      break;
    case ArgKind::kBools:
      out_.array(a.as<std::vector<bool>>(), [&](bool b) { out_.boolean(b); });
      break;
    case ArgKind::kSymBool:
      sym_arg(g, a.as<ir::SymArg<bool>>());
      break;
    case ArgKind::kSymBools:
      out_.array(a.as<std::vector<ir::SymArg<bool>>>(), sym);
      break;
    case ArgKind::kGraph: {
      const auto& sub = a.as<ir::GraphArg>();
      out_.object([&] {
        out_.key("name").text(sub.name);
        out_.key("graph");
        graph(*sub.graph);
      });
      break;
    }
    case ArgKind::kOptionalTensors:
      out_.array(a.as<std::vector<ir::ValueId>>(), [&](ir::ValueId id) { optional_tensor(g, id); });
      break;
    case ArgKind::kCustomObj:
      custom_obj(g, a.as<ir::CustomObjArg>());
      break;
    case ArgKind::kSymFloat:
      sym_arg(g, a.as<ir::SymArg<double>>());
      break;
    case ArgKind::kSymFloats:
      out_.array(a.as<std::vector<ir::SymArg<double>>>(), sym);
      break;
    case ArgKind::kOptionalTensor:
      optional_tensor(g, a.as<ir::ValueId>());
      break;
    case ArgKind::kComplex:
      out_.object([&] {
        out_.key("real").number(a.as<std::pair<double, double>>().first);
        out_.key("imag").number(a.as<std::pair<double, double>>().second);
      });
      break;
    case ArgKind::kNestedTensors:
      out_.array(a.as<std::vector<std::vector<ir::ValueId>>>(), [&](const auto& row) { out_.array(row, tensor); });
      break;
    case ArgKind::kIntLists:
      out_.array(a.as<std::vector<std::vector<std::int64_t>>>(), [&](const auto& row) { out_.array(row, integer); });
      break;
    case ArgKind::kFloatLists:
      out_.array(a.as<std::vector<std::vector<double>>>(), [&](const auto& row) { out_.array(row, number); });
      break;
    case ArgKind::kStringToArgument:
      out_.object([&] {
        for (const auto& [key, value] : a.as<ir::ArgumentMap>()) {
          out_.text_key(key);
          argument(g, value);
        }
      });
      break;
  }
}

// ---- Signature and module call graph.

void Writer::signature() {
  out_.key("signature").object([&] {
    out_.key("input_specs").array(program_.input_specs, [&](const auto& spec) { input_spec(spec); });
    out_.key("output_specs").array(program_.output_specs, [&](const auto& spec) { output_spec(spec); });
  });
}

void Writer::input_spec(const ir::InputSpec& spec) {
  const ir::Graph& g = program_.graph;
  const SpecNames& names = kInputSpecNames[static_cast<std::size_t>(spec.kind)];
  out_.one(names.kind, [&] {
    out_.object([&] {
      if (spec.kind == ir::InputSpecKind::kConstantInput) {
        out_.key("name").text(spec.name);
        out_.key("value");
        argument(g, spec.arg);
        return;
      }
      out_.key("arg");
      if (spec.kind == ir::InputSpecKind::kUserInput)
        argument(g, spec.arg);
      else if (spec.kind == ir::InputSpecKind::kCustomObj)
        custom_obj(g, spec.arg.as<ir::CustomObjArg>());
      else
        named(g, spec.arg.as<ir::ValueId>());
      if (!names.name.empty()) out_.key(names.name).text(spec.name);
      if (spec.kind == ir::InputSpecKind::kBuffer) out_.key("persistent").boolean(spec.persistent);
    });
  });
}

void Writer::output_spec(const ir::OutputSpec& spec) {
  const SpecNames& names = kOutputSpecNames[static_cast<std::size_t>(spec.kind)];
  out_.one(names.kind, [&] {
    out_.object([&] {
      out_.key("arg");
      if (spec.kind == ir::OutputSpecKind::kUserOutput)
        argument(program_.graph, spec.arg);
      else
        named(program_.graph, spec.arg.as<ir::ValueId>());
      if (!names.name.empty()) out_.key(names.name).text(spec.name);
    });
  });
}

void Writer::module_call(const ir::ModuleCallEntry& entry) {
  out_.object([&] {
    out_.key("fqn").text(entry.fqn);
    out_.key("signature");
    if (!entry.signature) return out_.null();
    const ir::ModuleCallSignature& s = *entry.signature;
    out_.object([&] {
      arguments(program_.graph, "inputs", s.inputs);
      arguments(program_.graph, "outputs", s.outputs);
      out_.key("in_spec").text(s.in_spec);
      out_.key("out_spec").text(s.out_spec);
      if (s.forward_arg_names)
        text_list("forward_arg_names", *s.forward_arg_names);
      else
        out_.key("forward_arg_names").null();
    });
  });
}

}  // namespace

std::string write_program(const ir::Program& program) { return Writer(program).write(); }

}  // namespace retrace::serializers
