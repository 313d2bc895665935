// SPDX-License-Identifier: Apache-2.0
#include "core/ir/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ir/walk.h"

namespace retrace::ir {
namespace {

std::string reference(const Graph& graph, ValueId id) {
  return id == kNoValue ? "None" : fmt::format("%{}", graph.values[static_cast<std::size_t>(id)].name);
}

std::string plain(std::int64_t v) { return std::to_string(v); }
std::string plain(double v) { return fmt::format("{}", v); }
std::string plain(bool v) { return v ? "True" : "False"; }
std::string plain(Text v) { return fmt::format("'{}'", v); }

template <typename T>
std::string symbolic(const Graph& graph, const SymArg<T>& arg) {
  return arg.id == kNoValue ? plain(arg.plain) : reference(graph, arg.id);
}

template <typename List, typename Each>
std::string listed(const List& list, Each&& each) {
  std::vector<std::string> parts;
  for (const auto& element : list) parts.push_back(each(element));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

struct Printer {
  const Graph& graph;
  ArgKind kind;

  std::string operator()(std::monostate) const { return "None"; }
  std::string operator()(ValueId id) const { return reference(graph, id); }
  std::string operator()(const std::vector<ValueId>& ids) const {
    return listed(ids, [&](ValueId id) { return reference(graph, id); });
  }
  template <typename T>
  std::string operator()(const std::vector<std::vector<T>>& rows) const {
    return listed(rows, [&](const auto& row) { return (*this)(row); });
  }
  std::string operator()(std::int64_t v) const {
    if (kind == ArgKind::kScalarType) return std::string(torch_name(static_cast<ScalarType>(v)));
    if (kind == ArgKind::kMemoryFormat) return fmt::format("memory_format({})", v);
    if (kind == ArgKind::kLayout) return fmt::format("layout({})", v);
    return plain(v);
  }
  std::string operator()(double v) const { return plain(v); }
  std::string operator()(bool v) const { return plain(v); }
  std::string operator()(Text v) const { return plain(v); }
  template <typename T>
  std::string operator()(const std::vector<T>& values) const {
    return listed(values, [](const auto& v) { return plain(static_cast<T>(v)); });
  }
  template <typename T>
  std::string operator()(const SymArg<T>& arg) const {
    return symbolic(graph, arg);
  }
  template <typename T>
  std::string operator()(const std::vector<SymArg<T>>& args) const {
    return listed(args, [&](const auto& arg) { return symbolic(graph, arg); });
  }
  std::string operator()(const Device& d) const {
    return d.index ? fmt::format("{}:{}", d.type, *d.index) : std::string(d.type);
  }
  std::string operator()(const GraphArg& g) const { return fmt::format("@{}", g.name); }
  std::string operator()(const CustomObjArg& o) const { return reference(graph, o.id); }
  std::string operator()(const std::pair<double, double>& c) const { return fmt::format("{}+{}j", c.first, c.second); }
  std::string operator()(const ArgumentMap& entries) const {
    std::vector<std::string> parts;
    for (const auto& [key, value] : entries) parts.push_back(fmt::format("'{}': {}", key, print(graph, value)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
};

std::string_view short_target(std::string_view target) {
  constexpr std::string_view kPrefix = "torch.ops.";
  return target.starts_with(kPrefix) ? target.substr(kPrefix.size()) : target;
}

}  // namespace

std::string print(const Graph& graph, const Argument& arg) { return std::visit(Printer{graph, arg.kind}, arg.payload); }

std::string print(const TensorMeta& meta) {
  std::string_view dtype = torch_name(meta.dtype);
  if (dtype.starts_with("torch.")) dtype.remove_prefix(6);
  std::string text = fmt::format("{}{} strides {}", dtype, to_string(meta.sizes), to_string(meta.strides));
  if (!meta.storage_offset.is(0)) text += fmt::format(" offset {}", to_string(meta.storage_offset));
  if (meta.device.type != "cpu") text += fmt::format(" on {}", Printer{Graph(), ArgKind::kDevice}(meta.device));
  if (meta.requires_grad) text += " requires_grad";
  return text;
}

std::string print(const Meta& meta) {
  if (const auto* tensor = tensor_of(meta)) return print(*tensor);
  if (const auto* symbol = std::get_if<SymMeta>(&meta)) {
    return std::visit(
        [](const auto& v) -> std::string {
          if (v.node() != nullptr) return "Sym(" + expr::str(v.node()) + ")";
          using T = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<T, SymInt>)
            return plain(v.as_int());
          else if constexpr (std::is_same_v<T, SymBool>)
            return plain(v.as_bool());
          else
            return plain(v.as_float());
        },
        symbol->value);
  }
  if (const auto* object = std::get_if<CustomObjMeta>(&meta)) return std::string(object->class_fqn);
  return "?";
}

std::string print_value(const Graph& graph, ValueId id) {
  if (id == kNoValue) return "None";
  return fmt::format("{} : {}", reference(graph, id), print(graph.values[static_cast<std::size_t>(id)].meta));
}

std::string print(const Graph& graph, const Node& node) {
  std::vector<std::string> args;
  for (const NamedArgument& input : node.inputs) {
    const std::string value = print(graph, input.arg);
    args.push_back(input.kind == InputKind::kKeyword ? fmt::format("{}={}", input.name, value) : value);
  }
  std::vector<std::string> outputs;
  std::vector<std::string> metas;
  for (const Argument& output : node.outputs) {
    outputs.push_back(print(graph, output));
    for_each_slot(output, [&](ValueId id) {
      if (id != kNoValue) metas.push_back(print(graph.values[static_cast<std::size_t>(id)].meta));
    });
  }
  const std::string call = fmt::format("{}({})", short_target(node.target), fmt::join(args, ", "));
  if (outputs.empty()) return call;
  return fmt::format("{} = {} : {}", fmt::join(outputs, ", "), call, fmt::join(metas, ", "));
}

}  // namespace retrace::ir
