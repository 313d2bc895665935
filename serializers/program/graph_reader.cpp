// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/graph_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/failure.h"
#include "core/ir/walk.h"
#include "serializers/program/schema_names.h"

namespace retrace::serializers {
namespace {

/// Depth of nested graphs while one is read.
class Deeper {
 public:
  explicit Deeper(ReadContext& context) : context_(context) {
    if (++context_.depth > kMaxGraphDepth) context_.json.fail(fmt::format("nested more than {} deep", kMaxGraphDepth));
  }
  ~Deeper() { --context_.depth; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  ReadContext& context_;
};

bool is_scalar_type(std::int64_t number) { return (number >= 0 && number <= 13) || (number >= 28 && number <= 35); }

ir::ArgKind argument_kind(const JsonStream& json, std::string_view name) {
  const auto at = std::find(kArgumentNames.begin(), kArgumentNames.end(), name);
  if (at == kArgumentNames.end()) json.fail(fmt::format("unknown argument kind '{}'", name));
  return static_cast<ir::ArgKind>(at - kArgumentNames.begin());
}

}  // namespace

expr::Expr ReadContext::expression() {
  const std::string_view source = json.text();
  const auto known = expressions.find(source);
  if (known != expressions.end()) return known->second;
  try {
    const expr::Expr e = expr::parse(*program.pool, source);
    expressions.emplace(texts.store(source), e);
    return e;
  } catch (const std::invalid_argument& error) {
    json.fail(fmt::format("not a symbolic expression: {}", error.what()));
  } catch (const Failure& failure) {
    json.fail(fmt::format("no expression to compute with: {}", failure.what()));
  }
}

std::vector<ir::Text> ReadContext::text_list() {
  std::vector<ir::Text> out;
  json.array([&] { out.push_back(text()); });
  return out;
}

std::vector<std::pair<ir::Text, ir::Text>> ReadContext::text_map() {
  std::vector<std::pair<ir::Text, ir::Text>> out;
  const char* start = json.here();
  json.object([&](std::string_view name) {
    const ir::Text key = stored_key(out.size(), name);
    for (const auto& entry : out)
      if (entry.first.data() == key.data()) json.repeated(start, key);
    if (out.empty()) out.reserve(2);  // nn_module_stack and torch_fn
    out.emplace_back(key, text());
  });
  return out;
}

/// The key at that place of a map: mostly the one that the map before had there.
ir::Text ReadContext::stored_key(std::size_t place, std::string_view name) {
  if (place >= last_keys.size()) return texts.store(name);
  if (!same_text(last_keys[place], name)) last_keys[place] = texts.store(name);
  return last_keys[place];
}

// ---- Values and their metadata.

/// A vector of just the right size: most lists are short, and stay.
template <typename F>
auto GraphReader::list(F&& element) {
  using T = decltype(element());
  std::array<T, 8> near;
  std::size_t count = 0;
  std::vector<T> far;
  json_.array([&] {
    if (count < near.size())
      near[count++] = element();
    else
      far.push_back(element());
  });
  std::vector<T> out;
  out.reserve(count + far.size());
  std::move(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(out));
  std::move(far.begin(), far.end(), std::back_inserter(out));
  return out;
}

void GraphReader::read() {
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
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    switch (field) {
      case 0:
        graph_.inputs = arguments();
        for (const ir::Argument& input : graph_.inputs) define(input);
        return;
      case 1:
        graph_.outputs = arguments();
        return;
      case 2:
        return json_.array([&] { read_node(); });
      case 3:
        return read_values(&GraphReader::tensor_meta);
      case 4:
        return read_values(&GraphReader::sym_int_meta);
      case 5:
        return read_values(&GraphReader::sym_bool_meta);
      case 6:
        graph_.is_single_tensor_return = json_.boolean();
        return;
      case 7:
        return read_values(&GraphReader::custom_obj_meta);
      default:
        return read_values(&GraphReader::sym_float_meta);
    }
  });
  for (const std::size_t needed : {0, 2, 1}) json_.need(f, needed, kNames[needed]);
}

void GraphReader::read_values(ir::Meta (GraphReader::*meta)()) {
  const char* start = json_.here();
  std::vector<ir::ValueId> read;
  json_.object([&](std::string_view key) {
    const char* at = json_.here();
    const ir::ValueId id = value_id(context_.texts.store(key));
    const auto slot = [&]() -> ir::Meta& { return graph_.values.edit(static_cast<std::size_t>(id)).meta; };
    if (slot().index() != 0) {
      const std::string name(graph_.values[static_cast<std::size_t>(id)].name);
      if (std::find(read.begin(), read.end(), id) != read.end()) json_.repeated(start, name);
      json_.fail(at, fmt::format("the value '{}' is in two tables", name));
    }
    slot() = (this->*meta)();
    read.push_back(id);
  });
}

ir::ValueId GraphReader::value_id(ir::Text name) {
  const auto [at, fresh] = ids_.try_emplace(name.data(), static_cast<ir::ValueId>(graph_.values.size()));
  if (fresh) graph_.values.push_back({name, {}, false});
  return at->second;
}

void GraphReader::define(const ir::Argument& argument) {
  ir::for_each_slot(argument, [&](ir::ValueId id) {
    if (id != ir::kNoValue) graph_.values.edit(static_cast<std::size_t>(id)).defined = true;
  });
}

GraphReader::Recorded GraphReader::expression() {
  static constexpr std::string_view kNames[] = {"expr_str", "hint"};
  Recorded out;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    if (field == 0)
      out.expression = context_.expression();
    else
      out.hint = hint();
  });
  json_.need(f, 0, kNames[0]);
  return out;
}

decltype(ir::SymMeta::hint) GraphReader::hint() {
  decltype(ir::SymMeta::hint) out;
  json_.one([&](std::string_view kind) {
    if (kind == "as_int")
      out = json_.integer();
    else if (kind == "as_float")
      out = json_.number();
    else if (kind == "as_bool")
      out = json_.boolean();
    else
      json_.fail(fmt::format("unknown hint kind '{}'", kind));
  });
  return out;
}

SymInt GraphReader::size(std::vector<std::optional<std::int64_t>>& hints) {
  SymInt out;
  json_.one([&](std::string_view kind) {
    if (kind == "as_int") {
      hints.emplace_back();
      out = json_.integer();
      return;
    }
    if (kind != "as_expr") json_.fail(fmt::format("expected as_int or as_expr, found '{}'", kind));
    const Recorded recorded = expression();
    const auto* value = std::get_if<std::int64_t>(&recorded.hint);
    hints.push_back(value != nullptr ? std::optional(*value) : std::nullopt);
    out = SymInt(recorded.expression);
  });
  return out;
}

ir::Meta GraphReader::tensor_meta() {
  const char* start = json_.here();
  MetaCache::Entry& known = context_.metas.at(json_.rest());
  if (!known.text.empty() && json_.rest().starts_with(known.text)) {
    json_.advance(known.text.size());
    return known.meta;
  }
  known.meta = new_tensor_meta();
  known.text = json_.since(start);
  return known.meta;
}

void GraphReader::sizes(SymInts& out, std::vector<std::optional<std::int64_t>>& hints) {
  out = list([&] { return size(hints); });
}

ir::TensorMeta GraphReader::new_tensor_meta() {
  static constexpr std::string_view kNames[] = {"dtype",   "sizes",          "requires_grad", "device",
                                                "strides", "storage_offset", "layout"};
  ir::TensorMeta meta;
  std::vector<std::optional<std::int64_t>> of_sizes, of_strides, of_offset;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    switch (field) {
      case 0: {
        const std::int64_t dtype = json_.integer();
        if (!is_scalar_type(dtype)) json_.fail(fmt::format("unknown dtype {}", dtype));
        meta.dtype = static_cast<ScalarType>(dtype);
        return;
      }
      case 1:
        return sizes(meta.sizes, of_sizes);
      case 2:
        meta.requires_grad = json_.boolean();
        return;
      case 3:
        meta.device = device();
        return;
      case 4:
        return sizes(meta.strides, of_strides);
      case 5:
        meta.storage_offset = size(of_offset);
        return;
      default: {
        const std::int64_t layout = json_.integer();
        if (layout < 0 || layout > 7) json_.fail(fmt::format("unknown layout {}", layout));
        meta.layout = static_cast<Layout>(layout);
      }
    }
  });
  for (const std::size_t needed : {0, 1, 4, 6}) json_.need(f, needed, kNames[needed]);
  if (meta.sizes.size() != meta.strides.size())
    json_.fail(f.at, fmt::format("{} sizes, but {} strides", meta.sizes.size(), meta.strides.size()));
  meta.hints = std::move(of_sizes);
  meta.hints.insert(meta.hints.end(), of_strides.begin(), of_strides.end());
  meta.hints.insert(meta.hints.end(), of_offset.begin(), of_offset.end());
  if (std::none_of(meta.hints.begin(), meta.hints.end(), [](const auto& h) { return h.has_value(); })) meta.hints = {};
  return meta;
}

template <typename T, typename Plain>
ir::Meta GraphReader::sym_meta(std::string_view plain_kind, Plain&& plain) {
  ir::SymMeta out;
  json_.one([&](std::string_view kind) {
    if (kind == plain_kind) {
      out.value = T(plain());
      return;
    }
    if (kind != "as_expr") json_.fail(fmt::format("expected {} or as_expr, found '{}'", plain_kind, kind));
    const Recorded recorded = expression();
    out = {T(recorded.expression), recorded.hint};
  });
  return out;
}

ir::Meta GraphReader::sym_int_meta() {
  return sym_meta<SymInt>("as_int", [&] { return json_.integer(); });
}
ir::Meta GraphReader::sym_float_meta() {
  return sym_meta<SymFloat>("as_float", [&] { return json_.number(); });
}
ir::Meta GraphReader::sym_bool_meta() {
  return sym_meta<SymBool>("as_bool", [&] { return json_.boolean(); });
}

ir::Meta GraphReader::custom_obj_meta() {
  static constexpr std::string_view kNames[] = {"name", "class_fqn"};
  ir::CustomObjMeta out;
  const auto f = json_.fields(kNames, [&](std::size_t i) { (i == 0 ? out.name : out.class_fqn) = context_.text(); });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  return out;
}

// ---- Nodes and arguments.

void GraphReader::read_node() {
  static constexpr std::string_view kNames[] = {
      "target", "inputs", "outputs", "metadata", "is_hop_single_tensor_return", "name"};
  ir::Node& node = graph_.nodes.push_back({});
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    switch (field) {
      case 0:
        node.target = context_.text();
        return;
      case 1:
        node.inputs = list([&] { return named_argument(); });
        return;
      case 2:
        node.outputs = arguments();
        return;
      case 3:
        node.metadata = context_.text_map();
        return;
      case 4:
        node.is_hop_single_tensor_return = json_.boolean();
        return;
      default:
        node.name = context_.text();
    }
  });
  for (const std::size_t needed : {0, 1, 2}) json_.need(f, needed, kNames[needed]);
  for (const ir::Argument& output : node.outputs) define(output);
  if (!f.has(5) && node.outputs.size() == 1) {  // before schema 8.20
    if (const auto* id = std::get_if<ir::ValueId>(&node.outputs[0].payload); id != nullptr && *id != ir::kNoValue)
      node.name = graph_.values[static_cast<std::size_t>(*id)].name;
  }
}

ir::NamedArgument GraphReader::named_argument() {
  static constexpr std::string_view kNames[] = {"name", "arg", "kind"};
  ir::NamedArgument out;
  out.kind = ir::InputKind::kUnspecified;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    if (field == 0) {
      out.name = context_.text();
    } else if (field == 1) {
      out.arg = argument();
    } else {
      const std::int64_t kind = json_.integer();
      if (kind < 0 || kind > 2) json_.fail(fmt::format("unknown kind of input {}", kind));
      out.kind = static_cast<ir::InputKind>(kind);
    }
  });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  return out;
}

std::vector<ir::Argument> GraphReader::arguments() {
  return list([&] { return argument(); });
}

template <typename T>
ir::SymArg<T> GraphReader::sym_arg() {
  ir::SymArg<T> out;
  json_.one([&](std::string_view kind) {
    if (kind == "as_name") {
      out.id = value_id(context_.text());
      return;
    }
    if constexpr (std::is_same_v<T, std::int64_t>)
      if (kind == "as_int") return void(out.plain = json_.integer());
    if constexpr (std::is_same_v<T, double>)
      if (kind == "as_float") return void(out.plain = json_.number());
    if constexpr (std::is_same_v<T, bool>)
      if (kind == "as_bool") return void(out.plain = json_.boolean());
    json_.fail(fmt::format("unknown symbolic argument '{}'", kind));
  });
  return out;
}

ir::ValueId GraphReader::named() {
  static constexpr std::string_view kNames[] = {"name"};
  ir::ValueId id = ir::kNoValue;
  const auto f = json_.fields(kNames, [&](std::size_t) { id = value_id(context_.text()); });
  json_.need(f, 0, kNames[0]);
  return id;
}

ir::ValueId GraphReader::optional_tensor() {
  ir::ValueId id = ir::kNoValue;
  json_.one([&](std::string_view kind) {
    if (kind == "as_none") return json_.skip();
    if (kind != "as_tensor") json_.fail(fmt::format("expected as_tensor or as_none, found '{}'", kind));
    id = named();
  });
  return id;
}

Device GraphReader::device() {
  static constexpr std::string_view kNames[] = {"type", "index"};
  Device out;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    if (field == 0)
      out.type = context_.text();
    else
      out.index = json_.integer();
  });
  json_.need(f, 0, kNames[0]);
  return out;
}

std::pair<double, double> GraphReader::complex() {
  static constexpr std::string_view kNames[] = {"real", "imag"};
  std::pair<double, double> out;
  const auto f = json_.fields(kNames, [&](std::size_t i) { (i == 0 ? out.first : out.second) = json_.number(); });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  return out;
}

ir::CustomObjArg GraphReader::custom_obj() {
  static constexpr std::string_view kNames[] = {"name", "class_fqn"};
  ir::CustomObjArg out;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    if (field == 0)
      out.id = value_id(context_.text());
    else
      out.class_fqn = context_.text();
  });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  return out;
}

ir::GraphArg GraphReader::sub_graph() {
  static constexpr std::string_view kNames[] = {"name", "graph"};
  ir::GraphArg out{{}, std::make_shared<ir::Graph>()};
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    if (field == 0)
      out.name = context_.text();
    else
      GraphReader(context_, *out.graph).read();
  });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  return out;
}

ir::ArgumentMap GraphReader::argument_map() {
  const Deeper deeper(context_);
  ir::ArgumentMap out;
  context_.each_field([&](ir::Text key) { out.push_back({key, argument()}); });
  return out;
}

ir::Argument GraphReader::argument() {
  ir::Argument out;
  json_.one([&](std::string_view name) {
    out.kind = argument_kind(json_, name);
    out.payload = payload(out.kind);
  });
  return out;
}

decltype(ir::Argument::payload) GraphReader::payload(ir::ArgKind kind) {
  using ir::ArgKind;
  const auto integer = [&] { return json_.integer(); };
  const auto number = [&] { return json_.number(); };
  const auto tensor = [&] { return named(); };
  switch (kind) {
    case ArgKind::kNone:
      json_.skip();
      return {};
    case ArgKind::kTensor:
      return named();
    case ArgKind::kTensors:
      return list(tensor);
    case ArgKind::kInt:
    case ArgKind::kScalarType:
    case ArgKind::kMemoryFormat:
    case ArgKind::kLayout:
      return json_.integer();
    case ArgKind::kInts:
      return list(integer);
    case ArgKind::kFloat:
      return json_.number();
    case ArgKind::kFloats:
      return list(number);
    case ArgKind::kString:
    case ArgKind::kOperator:
      return context_.text();
    case ArgKind::kStrings:
      return context_.text_list();
    case ArgKind::kSymInt:
      return sym_arg<std::int64_t>();
    case ArgKind::kSymInts:
      return list([&] { return sym_arg<std::int64_t>(); });
    case ArgKind::kDevice:
      return device();
    case ArgKind::kBool:
      return json_.boolean();
    case ArgKind::kBools:
      return list([&] { return json_.boolean(); });
    case ArgKind::kSymBool:
      return sym_arg<bool>();
    case ArgKind::kSymBools:
      return list([&] { return sym_arg<bool>(); });
    case ArgKind::kGraph:
      return sub_graph();
    case ArgKind::kOptionalTensors:
      return list([&] { return optional_tensor(); });
    case ArgKind::kCustomObj:
      return custom_obj();
    case ArgKind::kSymFloat:
      return sym_arg<double>();
    case ArgKind::kSymFloats:
      return list([&] { return sym_arg<double>(); });
    case ArgKind::kOptionalTensor:
      return optional_tensor();
    case ArgKind::kComplex:
      return complex();
    case ArgKind::kNestedTensors:
      return list([&] { return list(tensor); });
    case ArgKind::kIntLists:
      return list([&] { return list(integer); });
    case ArgKind::kFloatLists:
      return list([&] { return list(number); });
    case ArgKind::kStringToArgument:
      return argument_map();
  }
  return {};
}

}  // namespace retrace::serializers
