// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/graph_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ir/walk.h"
#include "serializers/program/schema_names.h"

namespace retrace::serializers {
namespace {

/// Depth of nested graphs while one is read.
class Deeper {
 public:
  explicit Deeper(ReadContext& context) : context_(context) {
    if (++context_.depth > kMaxGraphDepth)
      context_.cursor.fail(fmt::format("nested more than {} deep", kMaxGraphDepth));
  }
  ~Deeper() { --context_.depth; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  ReadContext& context_;
};

bool is_scalar_type(std::int64_t number) { return (number >= 0 && number <= 13) || (number >= 28 && number <= 35); }

ir::ArgKind argument_kind(const JsonCursor& cursor, std::string_view name) {
  const auto at = std::find(kArgumentNames.begin(), kArgumentNames.end(), name);
  if (at == kArgumentNames.end()) cursor.fail(fmt::format("unknown argument kind '{}'", name));
  return static_cast<ir::ArgKind>(at - kArgumentNames.begin());
}

}  // namespace

expr::Expr ReadContext::expression(Json value) {
  const std::string_view source = cursor.text(value);
  const auto known = expressions.find(source);
  if (known != expressions.end()) return known->second;
  try {
    const expr::Expr e = expr::parse(*program.pool, source);
    expressions.emplace(texts.store(source), e);
    return e;
  } catch (const std::invalid_argument& error) {
    cursor.fail(fmt::format("not a symbolic expression: {}", error.what()));
  }
}

std::vector<ir::Text> ReadContext::text_list(Json value) {
  std::vector<ir::Text> out;
  out.reserve(cursor.array(value).size());
  cursor.each(value, [&](Json element) { out.push_back(text(element)); });
  return out;
}

std::vector<std::pair<ir::Text, ir::Text>> ReadContext::text_map(Json value) {
  std::vector<std::pair<ir::Text, ir::Text>> out;
  out.reserve(cursor.object(value).size());
  cursor.each_field(value, [&](std::string_view key, Json v) { out.emplace_back(texts.store(key), text(v)); });
  return out;
}

// ---- Values and their metadata.

template <typename F>
auto GraphReader::list(Json value, F&& element) {
  std::vector<decltype(element(value))> out;
  out.reserve(cursor_.array(value).size());
  cursor_.each(value, [&](Json one) { out.push_back(element(one)); });
  return out;
}

void GraphReader::read(Json value) {
  const Deeper deeper(context_);
  static constexpr std::string_view kNames[] = {"inputs",
                                                "outputs",
                                                "nodes",
                                                "tensor_values",
                                                "sym_int_values",
                                                "sym_bool_values",
                                                "is_single_tensor_return",
                                                "custom_obj_values",
                                                "sym_float_values"};
  const auto f = cursor_.fields(value, kNames);
  const auto table = [&](std::size_t i, ir::Meta (GraphReader::*meta)(Json)) {
    if (!f[i]) return;
    const JsonCursor::At at(cursor_, kNames[i]);
    read_values(*f[i], meta);
  };
  table(3, &GraphReader::tensor_meta);
  table(4, &GraphReader::sym_int_meta);
  table(5, &GraphReader::sym_bool_meta);
  table(8, &GraphReader::sym_float_meta);
  table(7, &GraphReader::custom_obj_meta);
  if (f[6]) graph_.is_single_tensor_return = cursor_.boolean(*f[6]);
  {
    const Json inputs = cursor_.need(f[0], kNames[0]);
    const JsonCursor::At at(cursor_, kNames[0]);
    graph_.inputs = arguments(inputs);
  }
  for (const ir::Argument& input : graph_.inputs) define(input);
  {
    const Json nodes = cursor_.need(f[2], kNames[2]);
    const JsonCursor::At at(cursor_, kNames[2]);
    graph_.nodes.reserve(cursor_.array(nodes).size());
    cursor_.each(nodes, [&](Json node) { read_node(node); });
  }
  const Json outputs = cursor_.need(f[1], kNames[1]);
  const JsonCursor::At at(cursor_, kNames[1]);
  graph_.outputs = arguments(outputs);
}

void GraphReader::read_values(Json value, ir::Meta (GraphReader::*meta)(Json)) {
  const std::size_t count = cursor_.object(value).size();
  graph_.values.reserve(graph_.values.size() + count);
  ids_.reserve(ids_.size() + count);
  cursor_.each_field(value, [&](std::string_view key, Json v) {
    const ir::ValueId id = value_id(context_.texts.store(key));
    ir::Meta& slot = graph_.values[static_cast<std::size_t>(id)].meta;
    if (slot.index() != 0) cursor_.fail(fmt::format("the value '{}' is in two tables", key));
    slot = (this->*meta)(v);
  });
}

ir::ValueId GraphReader::value_id(ir::Text name) {
  const auto [at, fresh] = ids_.try_emplace(name.data(), static_cast<ir::ValueId>(graph_.values.size()));
  if (fresh) graph_.values.push_back({name, {}, false});
  return at->second;
}

void GraphReader::define(const ir::Argument& argument) {
  ir::for_each_slot(argument, [&](ir::ValueId id) {
    if (id != ir::kNoValue) graph_.values[static_cast<std::size_t>(id)].defined = true;
  });
}

GraphReader::Recorded GraphReader::expression(Json value) {
  const JsonCursor::At at(cursor_, "as_expr");
  static constexpr std::string_view kNames[] = {"expr_str", "hint"};
  const auto f = cursor_.fields(value, kNames);
  Recorded out;
  out.expression = context_.expression(cursor_.need(f[0], kNames[0]));
  if (!f[1]) return out;
  const JsonCursor::At at_hint(cursor_, "hint");
  const auto [kind, hint] = cursor_.one(*f[1]);
  if (kind == "as_int")
    out.hint = cursor_.integer(hint);
  else if (kind == "as_float")
    out.hint = cursor_.number(hint);
  else if (kind == "as_bool")
    out.hint = cursor_.boolean(hint);
  else
    cursor_.fail(fmt::format("unknown hint kind '{}'", kind));
  return out;
}

SymInt GraphReader::size(Json value, std::vector<std::optional<std::int64_t>>& hints) {
  const auto [kind, v] = cursor_.one(value);
  if (kind == "as_int") {
    hints.emplace_back();
    return cursor_.integer(v);
  }
  if (kind != "as_expr") cursor_.fail(fmt::format("expected as_int or as_expr, found '{}'", kind));
  const Recorded recorded = expression(v);
  const auto* hint = std::get_if<std::int64_t>(&recorded.hint);
  hints.push_back(hint != nullptr ? std::optional(*hint) : std::nullopt);
  return SymInt(recorded.expression);
}

ir::Meta GraphReader::tensor_meta(Json value) {
  static constexpr std::string_view kNames[] = {"dtype",   "sizes",          "requires_grad", "device",
                                                "strides", "storage_offset", "layout"};
  const auto f = cursor_.fields(value, kNames);
  ir::TensorMeta meta;
  const std::int64_t dtype = cursor_.integer(cursor_.need(f[0], kNames[0]));
  if (!is_scalar_type(dtype)) cursor_.fail(fmt::format("unknown dtype {}", dtype));
  meta.dtype = static_cast<ScalarType>(dtype);
  const auto sizes = [&](std::size_t i, SymInts& out) {
    const Json field = cursor_.need(f[i], kNames[i]);
    const JsonCursor::At at(cursor_, kNames[i]);
    out.reserve(cursor_.array(field).size());
    cursor_.each(field, [&](Json one) { out.push_back(size(one, meta.hints)); });
  };
  sizes(1, meta.sizes);
  sizes(4, meta.strides);
  if (meta.sizes.size() != meta.strides.size())
    cursor_.fail(fmt::format("{} sizes, but {} strides", meta.sizes.size(), meta.strides.size()));
  if (f[5]) meta.storage_offset = size(*f[5], meta.hints);
  if (std::none_of(meta.hints.begin(), meta.hints.end(), [](const auto& h) { return h.has_value(); })) meta.hints = {};
  if (f[2]) meta.requires_grad = cursor_.boolean(*f[2]);
  if (f[3]) meta.device = device(*f[3]);
  const std::int64_t layout = cursor_.integer(cursor_.need(f[6], kNames[6]));
  if (layout < 0 || layout > 7) cursor_.fail(fmt::format("unknown layout {}", layout));
  meta.layout = static_cast<Layout>(layout);
  return meta;
}

ir::Meta GraphReader::sym_int_meta(Json value) {
  const auto [kind, v] = cursor_.one(value);
  if (kind == "as_int") return ir::SymMeta{SymInt(cursor_.integer(v)), {}};
  if (kind != "as_expr") cursor_.fail(fmt::format("expected as_int or as_expr, found '{}'", kind));
  const Recorded recorded = expression(v);
  return ir::SymMeta{SymInt(recorded.expression), recorded.hint};
}

ir::Meta GraphReader::sym_float_meta(Json value) {
  const auto [kind, v] = cursor_.one(value);
  if (kind == "as_float") return ir::SymMeta{SymFloat(cursor_.number(v)), {}};
  if (kind != "as_expr") cursor_.fail(fmt::format("expected as_float or as_expr, found '{}'", kind));
  const Recorded recorded = expression(v);
  return ir::SymMeta{SymFloat(recorded.expression), recorded.hint};
}

ir::Meta GraphReader::sym_bool_meta(Json value) {
  const auto [kind, v] = cursor_.one(value);
  if (kind == "as_bool") return ir::SymMeta{SymBool(cursor_.boolean(v)), {}};
  if (kind != "as_expr") cursor_.fail(fmt::format("expected as_bool or as_expr, found '{}'", kind));
  const Recorded recorded = expression(v);
  return ir::SymMeta{SymBool(recorded.expression), recorded.hint};
}

ir::Meta GraphReader::custom_obj_meta(Json value) {
  static constexpr std::string_view kNames[] = {"name", "class_fqn"};
  const auto f = cursor_.fields(value, kNames);
  return ir::CustomObjMeta{context_.text(cursor_.need(f[0], kNames[0])), context_.text(cursor_.need(f[1], kNames[1]))};
}

// ---- Nodes and arguments.

void GraphReader::read_node(Json value) {
  static constexpr std::string_view kNames[] = {
      "target", "inputs", "outputs", "metadata", "is_hop_single_tensor_return", "name"};
  const auto f = cursor_.fields(value, kNames);
  ir::Node node;
  node.target = context_.text(cursor_.need(f[0], kNames[0]));
  {
    const Json inputs = cursor_.need(f[1], kNames[1]);
    const JsonCursor::At at(cursor_, kNames[1]);
    node.inputs.reserve(cursor_.array(inputs).size());
    cursor_.each(inputs, [&](Json input) { node.inputs.push_back(named_argument(input)); });
  }
  {
    const Json outputs = cursor_.need(f[2], kNames[2]);
    const JsonCursor::At at(cursor_, kNames[2]);
    node.outputs = arguments(outputs);
  }
  for (const ir::Argument& output : node.outputs) define(output);
  if (f[3]) {
    const JsonCursor::At at(cursor_, kNames[3]);
    node.metadata = context_.text_map(*f[3]);
  }
  if (f[4]) node.is_hop_single_tensor_return = cursor_.boolean(*f[4]);
  if (f[5]) {
    node.name = context_.text(*f[5]);
  } else if (node.outputs.size() == 1) {  // before schema 8.20
    if (const auto* id = std::get_if<ir::ValueId>(&node.outputs[0].payload); id != nullptr && *id != ir::kNoValue)
      node.name = graph_.values[static_cast<std::size_t>(*id)].name;
  }
  graph_.nodes.push_back(std::move(node));
}

ir::NamedArgument GraphReader::named_argument(Json value) {
  static constexpr std::string_view kNames[] = {"name", "arg", "kind"};
  const auto f = cursor_.fields(value, kNames);
  ir::NamedArgument out;
  out.name = context_.text(cursor_.need(f[0], kNames[0]));
  {
    const Json arg = cursor_.need(f[1], kNames[1]);
    const JsonCursor::At at(cursor_, kNames[1]);
    out.arg = argument(arg);
  }
  const std::int64_t kind = f[2] ? cursor_.integer(*f[2]) : 0;
  if (kind < 0 || kind > 2) cursor_.fail(fmt::format("unknown kind of input {}", kind));
  out.kind = static_cast<ir::InputKind>(kind);
  return out;
}

std::vector<ir::Argument> GraphReader::arguments(Json value) {
  return list(value, [&](Json one) { return argument(one); });
}

template <typename T>
ir::SymArg<T> GraphReader::sym_arg(Json value) {
  const auto [kind, v] = cursor_.one(value);
  if (kind == "as_name") return {value_id(context_.text(v)), {}};
  if constexpr (std::is_same_v<T, std::int64_t>)
    if (kind == "as_int") return {ir::kNoValue, cursor_.integer(v)};
  if constexpr (std::is_same_v<T, double>)
    if (kind == "as_float") return {ir::kNoValue, cursor_.number(v)};
  if constexpr (std::is_same_v<T, bool>)
    if (kind == "as_bool") return {ir::kNoValue, cursor_.boolean(v)};
  cursor_.fail(fmt::format("unknown symbolic argument '{}'", kind));
}

ir::ValueId GraphReader::named(Json value) {
  static constexpr std::string_view kNames[] = {"name"};
  const auto f = cursor_.fields(value, kNames);
  return value_id(context_.text(cursor_.need(f[0], kNames[0])));
}

ir::ValueId GraphReader::optional_tensor(Json value) {
  const auto [kind, v] = cursor_.one(value);
  if (kind == "as_none") return ir::kNoValue;
  if (kind == "as_tensor") return named(v);
  cursor_.fail(fmt::format("expected as_tensor or as_none, found '{}'", kind));
}

Device GraphReader::device(Json value) {
  static constexpr std::string_view kNames[] = {"type", "index"};
  const auto f = cursor_.fields(value, kNames);
  Device out;
  out.type = context_.text(cursor_.need(f[0], kNames[0]));
  if (f[1]) out.index = cursor_.integer(*f[1]);
  return out;
}

ir::CustomObjArg GraphReader::custom_obj(Json value) {
  static constexpr std::string_view kNames[] = {"name", "class_fqn"};
  const auto f = cursor_.fields(value, kNames);
  return {value_id(context_.text(cursor_.need(f[0], kNames[0]))), context_.text(cursor_.need(f[1], kNames[1]))};
}

ir::GraphArg GraphReader::sub_graph(Json value) {
  static constexpr std::string_view kNames[] = {"name", "graph"};
  const auto f = cursor_.fields(value, kNames);
  ir::GraphArg out{context_.text(cursor_.need(f[0], kNames[0])), std::make_shared<ir::Graph>()};
  const Json graph = cursor_.need(f[1], kNames[1]);
  const JsonCursor::At at(cursor_, kNames[1]);
  GraphReader(context_, *out.graph).read(graph);
  return out;
}

ir::ArgumentMap GraphReader::argument_map(Json value) {
  const Deeper deeper(context_);
  ir::ArgumentMap out;
  cursor_.each_field(value, [&](std::string_view key, Json v) {
    out.push_back({context_.texts.store(key), argument(v)});
  });
  return out;
}

ir::Argument GraphReader::argument(Json value) {
  using ir::ArgKind;
  const auto [name, v] = cursor_.one(value);
  const JsonCursor::At at(cursor_, name);
  const auto integer = [&](Json x) { return cursor_.integer(x); };
  const auto number = [&](Json x) { return cursor_.number(x); };
  const auto boolean = [&](Json x) { return cursor_.boolean(x); };
  const auto tensor = [&](Json x) { return named(x); };
  ir::Argument out;
  out.kind = argument_kind(cursor_, name);
  switch (out.kind) {
    case ArgKind::kNone:
      break;
    case ArgKind::kTensor:
      out.payload = named(v);
      break;
    case ArgKind::kTensors:
      out.payload = list(v, tensor);
      break;
    case ArgKind::kInt:
    case ArgKind::kScalarType:
    case ArgKind::kMemoryFormat:
    case ArgKind::kLayout:
      out.payload = cursor_.integer(v);
      break;
    case ArgKind::kInts:
      out.payload = list(v, integer);
      break;
    case ArgKind::kFloat:
      out.payload = cursor_.number(v);
      break;
    case ArgKind::kFloats:
      out.payload = list(v, number);
      break;
    case ArgKind::kString:
    case ArgKind::kOperator:
      out.payload = context_.text(v);
      break;
    case ArgKind::kStrings:
      out.payload = context_.text_list(v);
      break;
    case ArgKind::kSymInt:
      out.payload = sym_arg<std::int64_t>(v);
      break;
    case ArgKind::kSymInts:
      out.payload = list(v, [&](Json x) { return sym_arg<std::int64_t>(x); });
      break;
    case ArgKind::kDevice:
      out.payload = device(v);
      break;
    case ArgKind::kBool:
      out.payload = cursor_.boolean(v);
      break;
    case ArgKind::kBools:
      out.payload = list(v, boolean);
      break;
    case ArgKind::kSymBool:
      out.payload = sym_arg<bool>(v);
      break;
    case ArgKind::kSymBools:
      out.payload = list(v, [&](Json x) { return sym_arg<bool>(x); });
      break;
    case ArgKind::kGraph:
      out.payload = sub_graph(v);
      break;
    case ArgKind::kOptionalTensors:
      out.payload = list(v, [&](Json x) { return optional_tensor(x); });
      break;
    case ArgKind::kCustomObj:
      out.payload = custom_obj(v);
      break;
    case ArgKind::kSymFloat:
      out.payload = sym_arg<double>(v);
      break;
    case ArgKind::kSymFloats:
      out.payload = list(v, [&](Json x) { return sym_arg<double>(x); });
      break;
    case ArgKind::kOptionalTensor:
      out.payload = optional_tensor(v);
      break;
    case ArgKind::kComplex: {
      static constexpr std::string_view kNames[] = {"real", "imag"};
      const auto f = cursor_.fields(v, kNames);
      out.payload =
          std::pair{cursor_.number(cursor_.need(f[0], kNames[0])), cursor_.number(cursor_.need(f[1], kNames[1]))};
      break;
    }
    case ArgKind::kNestedTensors:
      out.payload = list(v, [&](Json x) { return list(x, tensor); });
      break;
    case ArgKind::kIntLists:
      out.payload = list(v, [&](Json x) { return list(x, integer); });
      break;
    case ArgKind::kFloatLists:
      out.payload = list(v, [&](Json x) { return list(x, number); });
      break;
    case ArgKind::kStringToArgument:
      out.payload = argument_map(v);
      break;
  }
  return out;
}

}  // namespace retrace::serializers
