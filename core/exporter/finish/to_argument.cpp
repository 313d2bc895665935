// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/finish/to_argument.h"

#include <algorithm>

#include "core/base/failure.h"

namespace retrace::exporter {

using ir::ArgKind;
using ir::Argument;
using trace::Arg;
using trace::ArgList;
using trace::Node;

namespace {

template <typename T>
bool all_hold(const ArgList& list) {
  return std::all_of(list.begin(), list.end(), [](const Arg& a) { return a.if_holds<T>() != nullptr; });
}
template <typename T>
std::vector<T> collect(const ArgList& list) {
  std::vector<T> out;
  for (const Arg& a : list) out.push_back(*a.if_holds<T>());
  return out;
}

enum class Symbol : std::uint8_t { kNone, kInt, kFloat, kBool };

Symbol symbol_kind(const Node& node) {
  if (!node.has_val) return Symbol::kNone;
  if (node.val.holds<SymInt>()) return Symbol::kInt;
  if (node.val.holds<SymFloat>()) return Symbol::kFloat;
  return node.val.holds<SymBool>() ? Symbol::kBool : Symbol::kNone;
}

template <typename T>
bool symbolic_element(const Arg& a, Symbol kind) {
  return a.if_holds<T>() != nullptr || (a.node() != nullptr && symbol_kind(*a.node()) == kind);
}
template <typename T>
bool all_symbolic(const ArgList& list, Symbol kind) {
  return std::all_of(list.begin(), list.end(), [&](const Arg& a) { return symbolic_element<T>(a, kind); });
}

ArgKind empty_list_kind(std::string_view type) {
  if (type.starts_with("bool")) return ArgKind::kBools;
  if (type.starts_with("int") || type.starts_with("SymInt")) return ArgKind::kInts;
  if (type.starts_with("float")) return ArgKind::kFloats;
  if (type.starts_with("str")) return ArgKind::kStrings;
  return ArgKind::kTensors;
}

Argument empty_list(std::string_view type) {
  const ArgKind kind = empty_list_kind(type);
  switch (kind) {
    case ArgKind::kBools:
      return {kind, std::vector<bool>()};
    case ArgKind::kInts:
      return {kind, std::vector<std::int64_t>()};
    case ArgKind::kFloats:
      return {kind, std::vector<double>()};
    case ArgKind::kStrings:
      return {kind, std::vector<ir::Text>()};
    default:
      return {kind, std::vector<ir::ValueId>()};
  }
}

}  // namespace

Argument ArgumentWriter::write(const Arg& arg, std::string_view type) const {
  if (const Node* node = arg.node()) return write_node(*node);
  return std::visit(
      [&](const auto& v) -> Argument {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::int64_t>) {
          return {ArgKind::kInt, v};
        } else if constexpr (std::is_same_v<T, double>) {
          return {ArgKind::kFloat, v};
        } else if constexpr (std::is_same_v<T, bool>) {
          return {ArgKind::kBool, v};
        } else if constexpr (std::is_same_v<T, std::string>) {
          return {ArgKind::kString, arena.store(v)};
        } else if constexpr (std::is_same_v<T, ScalarType>) {
          return {ArgKind::kScalarType, static_cast<std::int64_t>(v)};
        } else if constexpr (std::is_same_v<T, Layout>) {
          return {ArgKind::kLayout, static_cast<std::int64_t>(v)};
        } else if constexpr (std::is_same_v<T, MemoryFormat>) {
          return {ArgKind::kMemoryFormat, static_cast<std::int64_t>(v)};
        } else if constexpr (std::is_same_v<T, Device>) {
          return {ArgKind::kDevice, v};
        } else if constexpr (std::is_same_v<T, std::pair<double, double>>) {
          return {ArgKind::kComplex, v};
        } else if constexpr (std::is_same_v<T, ArgList>) {
          return write_list(v, type);
        } else if constexpr (std::is_same_v<T, trace::ArgDict>) {
          ir::ArgumentMap entries;
          for (const auto& [key, element] : v) entries.push_back({arena.store(key), write(element, {})});
          return {ArgKind::kStringToArgument, std::move(entries)};
        } else if constexpr (std::is_same_v<T, std::shared_ptr<trace::GraphModule>>) {
          return {ArgKind::kGraph, graph_of(*v)};
        } else if constexpr (std::is_same_v<T, trace::OperatorName>) {
          return {ArgKind::kOperator, arena.store(v.name)};
        } else {
          return {};
        }
      },
      static_cast<const Arg::variant&>(arg));
}

Argument ArgumentWriter::write_node(const Node& node) const {
  const ir::ValueId id = id_of(node);
  switch (symbol_kind(node)) {
    case Symbol::kInt:
      return {ArgKind::kSymInt, ir::SymArg<std::int64_t>{id, 0}};
    case Symbol::kFloat:
      return {ArgKind::kSymFloat, ir::SymArg<double>{id, 0}};
    case Symbol::kBool:
      return {ArgKind::kSymBool, ir::SymArg<bool>{id, false}};
    case Symbol::kNone:
      break;
  }
  if (node.has_val && node.val.holds<const void*>()) return {ArgKind::kCustomObj, ir::CustomObjArg{id, {}}};
  return {ArgKind::kTensor, id};
}

Argument ArgumentWriter::write_sym_list(const ArgList& list) const {
  const auto elements = [&]<typename T>(T) {
    std::vector<ir::SymArg<T>> out;
    for (const Arg& a : list) {
      out.push_back(a.node() != nullptr ? ir::SymArg<T>{id_of(*a.node()), T{}}
                                        : ir::SymArg<T>{ir::kNoValue, *a.if_holds<T>()});
    }
    return out;
  };
  if (all_symbolic<std::int64_t>(list, Symbol::kInt)) return {ArgKind::kSymInts, elements(std::int64_t{})};
  if (all_symbolic<double>(list, Symbol::kFloat)) return {ArgKind::kSymFloats, elements(double{})};
  return {ArgKind::kSymBools, elements(bool{})};
}

Argument ArgumentWriter::write_nested(const ArgList& list) const {
  const auto inner = [](const Arg& a) -> const ArgList& { return *a.if_holds<ArgList>(); };
  const auto all_inner = [&](const auto& predicate) {
    return std::all_of(list.begin(), list.end(), [&](const Arg& a) { return predicate(inner(a)); });
  };
  const auto nodes = [](const ArgList& l) {
    return std::all_of(l.begin(), l.end(), [](const Arg& a) { return a.node() != nullptr; });
  };
  if (all_inner(nodes)) {
    std::vector<std::vector<ir::ValueId>> ids;
    for (const Arg& a : list) {
      auto& row = ids.emplace_back();
      for (const Arg& n : inner(a)) row.push_back(id_of(*n.node()));
    }
    return {ArgKind::kNestedTensors, std::move(ids)};
  }
  if (all_inner([](const ArgList& l) { return all_hold<std::int64_t>(l); })) {
    std::vector<std::vector<std::int64_t>> rows;
    for (const Arg& a : list) rows.push_back(collect<std::int64_t>(inner(a)));
    return {ArgKind::kIntLists, std::move(rows)};
  }
  if (all_inner([](const ArgList& l) { return all_hold<double>(l); })) {
    std::vector<std::vector<double>> rows;
    for (const Arg& a : list) rows.push_back(collect<double>(inner(a)));
    return {ArgKind::kFloatLists, std::move(rows)};
  }
  raise(ErrorType::kSerializeError, "Unsupported list/tuple argument type");
}

Argument ArgumentWriter::write_list(const ArgList& list, std::string_view type) const {
  if (list.empty()) return empty_list(type);
  if (all_hold<bool>(list)) return {ArgKind::kBools, collect<bool>(list)};
  if (all_hold<std::int64_t>(list)) return {ArgKind::kInts, collect<std::int64_t>(list)};
  if (all_hold<double>(list)) return {ArgKind::kFloats, collect<double>(list)};
  if (all_hold<std::string>(list)) {
    std::vector<ir::Text> texts;
    for (const Arg& a : list) texts.push_back(arena.store(*a.if_holds<std::string>()));
    return {ArgKind::kStrings, std::move(texts)};
  }
  if (all_symbolic<std::int64_t>(list, Symbol::kInt) || all_symbolic<double>(list, Symbol::kFloat) ||
      all_symbolic<bool>(list, Symbol::kBool)) {
    return write_sym_list(list);
  }
  const auto is_node_or_none = [](const Arg& a) { return a.node() != nullptr || a.is_none(); };
  if (std::all_of(list.begin(), list.end(), is_node_or_none)) {
    std::vector<ir::ValueId> ids;
    bool has_none = false;
    for (const Arg& a : list) {
      has_none |= a.node() == nullptr;
      ids.push_back(a.node() == nullptr ? ir::kNoValue : id_of(*a.node()));
    }
    return {has_none ? ArgKind::kOptionalTensors : ArgKind::kTensors, std::move(ids)};
  }
  if (all_hold<ArgList>(list)) return write_nested(list);
  raise(ErrorType::kSerializeError, "Unsupported list/tuple argument type");
}

}  // namespace retrace::exporter
