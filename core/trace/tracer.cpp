// SPDX-License-Identifier: Apache-2.0
#include "core/trace/tracer.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/strides.h"
#include "core/trace/unbacked_bindings.h"

namespace retrace::trace {

std::string_view base_name(std::string_view target) {
  constexpr std::string_view kOps = "torch.ops.";
  const bool has_overload = target.starts_with(kOps) && !target.starts_with("torch.ops.higher_order.");
  return target.substr((has_overload ? target.find('.', kOps.size()) : target.rfind('.')) + 1);
}

std::string input_name(std::size_t i) { return fmt::format("arg{}_1", i); }

expr::Expr expression_of(const Value& value) {
  if (value.holds<SymInt>()) return value.get<SymInt>().node();
  if (value.holds<SymFloat>()) return value.get<SymFloat>().node();
  if (value.holds<SymBool>()) return value.get<SymBool>().node();
  return nullptr;
}

bool is_symbolic(const Value& value) { return expression_of(value) != nullptr; }

Value replaced(shapes::ShapeEnv& env, const Value& value) {
  const expr::Expr e = expression_of(value);
  if (e == nullptr) return value;
  const expr::Expr by = env.replace(e);
  if (value.holds<SymInt>()) return Value(SymInt(by));
  if (value.holds<SymFloat>()) return Value(SymFloat(by));
  return Value(SymBool(by));
}

Value snapshot(Session& session, const Value& value) {
  if (value.holds<FakeTensor*>()) {
    FakeTensor& copy = session.new_tensor();
    copy = *value.get<FakeTensor*>();
    copy.requires_grad = false;  // detached
    return Value(&copy);
  }
  if (!value.holds<ValueList>()) return value;
  ValueList out;
  out.reserve(value.get<ValueList>().size());
  for (const Value& element : value.get<ValueList>()) out.push_back(snapshot(session, element));
  return Value(std::move(out));
}

std::shared_ptr<GraphModule> graph_of(const Traced& traced) {
  const auto* graph =
      traced.object == nullptr ? nullptr : std::get_if<std::shared_ptr<GraphModule>>(&traced.object->is);
  return graph == nullptr ? nullptr : *graph;
}

std::string_view operator_of(const Traced& traced) {
  const auto* op = traced.object == nullptr ? nullptr : std::get_if<OperatorName>(&traced.object->is);
  return op == nullptr ? std::string_view() : std::string_view(op->name);
}

Value value_of(const Traced& traced) {
  if (!traced.is_list) return traced.value;
  ValueList out;
  out.reserve(traced.items.size());
  for (const Traced& item : traced.items) out.push_back(value_of(item));
  return Value(std::move(out));
}

// ---- Making nodes

Node& Tracer::call(std::string_view target, ArgList args, ArgDict kwargs, std::string_view name) {
  return graph().create(NodeOp::kCall, target, std::move(args), std::move(kwargs),
                        name.empty() ? base_name(target) : name);
}

Node& Tracer::call(const ops::Operator& operation, ArgList args, ArgDict kwargs) {
  return graph().create(operation, std::move(args), std::move(kwargs));
}

Traced Tracer::input(std::size_t i, const Value& value) {
  return wrap(graph().create_as(input_name(i), NodeOp::kPlaceholder, "input", {}, {}), value);
}

Traced Tracer::placeholder(std::string_view name, const Value& value) {
  Node& node = graph().create(NodeOp::kPlaceholder, name, {}, {}, name);
  return wrap(node, value);
}

Traced Tracer::track(Node& node, const Value& value) {
  node.unbacked_bindings = compute_unbacked_bindings(session_.env(), value);
  return wrap(node, value);
}

Traced Tracer::track_object(Node& node) {
  Traced out;
  out.value = Value(static_cast<const void*>(&node));
  objects_[&node] = &node;
  return out;
}

namespace {

/// proxy_tensor.set_meta asks for the memory format of each tensor (shape_prop._extract_tensor_metadata): guards.
ops::Results ask_memory_format(ops::Call& call) {
  ops::is_contiguous_in_any_format(call.env(), ops::geometry(call.tensor(0)));
  return {};
}

void ask_memory_format(Session& session, FakeTensor& tensor) {
  static constexpr ops::SchemaArg kSelf[] = {{"self", "Tensor", "", false, false}};
  static constexpr std::uint16_t kFirst[] = {0};
  static constexpr ops::Schema kQuestion{"memory_format", {kSelf, kFirst}, {}};
  if (!has_symbols(tensor.sizes.values()) && !has_symbols(tensor.strides.values()))
    return;  // of plain numbers nothing is asked
  const Value self[] = {Value(&tensor)};
  ops::Call call(session, kQuestion, self);
  session.calls.run(ask_memory_format, call);
}

}  // namespace

Traced Tracer::wrap(Node& node, const Value& value) {
  Traced out;
  node.val = snapshot(session_, value);
  node.has_val = true;
  if (value.holds<ValueList>()) {
    out.is_list = true;
    const ValueList& list = value.get<ValueList>();
    for (std::size_t i = 0; i < list.size(); ++i) {
      Node& item = graph().create(NodeOp::kGetItem, "_operator.getitem",
                                  {Arg(&node), Arg(static_cast<std::int64_t>(i))}, {}, "getitem");
      out.items.push_back(wrap(item, list[i]));
    }
    return out;
  }
  out.value = value;
  if (value.holds<FakeTensor*>()) {
    ask_memory_format(session_, *value.get<FakeTensor*>());
    track_tensor(node, *value.get<FakeTensor*>());
  } else if (value.holds<const void*>()) {
    objects_[value.get<const void*>()] = &node;
  } else if (const expr::Expr e = expression_of(value)) {
    out.proxy = &new_proxy(&node);
    symbols_.try_emplace(e, out.proxy);
  }
  return out;
}

void Tracer::track_tensor(Node& node, FakeTensor& tensor) {
  tensors_[&tensor] = &node;
  for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
    track_size(node, {KeyStep::Kind::kSize, static_cast<std::int64_t>(i)}, tensor.sizes[i]);
  }
  for (std::size_t i = 0; i < tensor.strides.size(); ++i) {
    track_size(node, {KeyStep::Kind::kStride, static_cast<std::int64_t>(i)}, tensor.strides[i]);
  }
  track_size(node, {KeyStep::Kind::kStorageOffset, 0}, tensor.storage_offset);
}

void Tracer::track_size(Node& node, const KeyStep& step, const SymInt& value) {
  if (value.is_int() || symbols_.contains(value.node())) return;
  SymProxy& proxy = new_proxy(nullptr);
  proxy.tensor = &node;
  proxy.step = step;
  symbols_.emplace(value.node(), &proxy);
}

SymProxy& Tracer::new_proxy(Node* node) {
  SymProxy& proxy = proxies_.emplace_back();
  proxy.node = node;
  return proxy;
}

Node* Tracer::force(SymProxy& proxy) {
  if (proxy.node != nullptr) return proxy.node;
  const FakeTensor& tensor = *proxy.tensor->val.get<FakeTensor*>();
  const auto index = static_cast<std::size_t>(proxy.step.index);
  switch (proxy.step.kind) {
    case KeyStep::Kind::kSize:
      proxy.node = &call("torch.ops.aten.sym_size.int", {Arg(proxy.tensor), Arg(proxy.step.index)}, {});
      proxy.node->val = Value(tensor.sizes[index]);
      break;
    case KeyStep::Kind::kStride:
      proxy.node = &call("torch.ops.aten.sym_stride.int", {Arg(proxy.tensor), Arg(proxy.step.index)}, {});
      proxy.node->val = Value(tensor.strides[index]);
      break;
    default:
      proxy.node = &call("torch.ops.aten.sym_storage_offset.default", {Arg(proxy.tensor)}, {});
      proxy.node->val = Value(tensor.storage_offset);
      break;
  }
  proxy.node->has_val = true;
  return proxy.node;
}

void Tracer::make_node(expr::Expr symbol) {
  const auto known = symbols_.find(symbol);
  if (known != symbols_.end()) force(*known->second);
}

Traced Tracer::read(const FakeTensor& tensor, const KeyStep& step, const SymInt& value, bool by_method) {
  Traced out;
  out.value = Value(value);
  const SymInt now = by_method ? value : session_.env().replace(value);
  if (now.is_int()) {
    out.value = Value(now);
    return out;
  }
  const auto known = symbols_.find(value.node());
  if (known != symbols_.end()) {
    out.proxy = known->second;
    return out;
  }
  out.proxy = &new_proxy(nullptr);
  out.proxy->tensor = node_of(&tensor);
  out.proxy->step = step;
  symbols_.emplace(value.node(), out.proxy);
  return out;
}

Traced Tracer::symbolic_call(std::string_view target, const std::vector<Traced>& args, const Value& result) {
  Traced out;
  out.value = result;
  ArgList list;
  for (const Traced& a : args) list.push_back(argument_as_is(a));
  Node& node = call(target, std::move(list), {});
  node.val = result;
  node.has_val = true;
  out.proxy = &new_proxy(&node);
  if (const expr::Expr e = expression_of(result); e != nullptr && e->kind == expr::Kind::kSymbol)
    symbols_.try_emplace(e, out.proxy);
  return out;
}

// ---- Arguments

Node* Tracer::node_of(const FakeTensor* tensor) {
  const auto known = tensors_.find(tensor);
  if (known != tensors_.end()) return known->second;
  const auto constant = constants_.find(tensor);
  if (constant == constants_.end()) throw Bug("tensor without a node");
  Node& node = graph().create(NodeOp::kGetAttr, constant->second, {}, {}, "_tensor_constant0");
  node.val = snapshot(session_, Value(const_cast<FakeTensor*>(tensor)));
  node.has_val = true;
  return &node;
}

Node* Tracer::rebuild(expr::Expr e) {
  const auto known = symbols_.find(e);
  if (known != symbols_.end()) return force(*known->second);
  raise(ErrorType::kRuntimeError, fmt::format("{} is not tracked with proxy", expr::str(e)));
}

Node* Tracer::node_of_symbolic(const Traced& traced) {
  return traced.proxy != nullptr ? force(*traced.proxy) : rebuild(expression_of(traced.value));
}

Arg Tracer::argument_as_is(const Traced& traced) {
  if (traced.proxy != nullptr) return force(*traced.proxy);
  if (!traced.is_list) return argument(traced);
  ArgList list;
  for (const Traced& item : traced.items) list.push_back(argument_as_is(item));
  return list;
}

Arg plain_argument(const Value& value) {
  return std::visit(
      [](const auto& v) -> Arg {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, SymInt>) {
          return v.as_int();
        } else if constexpr (std::is_same_v<T, SymFloat>) {
          return v.as_float();
        } else if constexpr (std::is_same_v<T, SymBool>) {
          return v.as_bool();
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return std::string(v);
        } else if constexpr (std::is_same_v<T, FakeTensor*> || std::is_same_v<T, const void*>) {
          throw Bug("a tensor or object is no plain argument");
        } else if constexpr (std::is_same_v<T, ValueList>) {
          ArgList list;
          for (const Value& element : v) list.push_back(plain_argument(element));
          return list;
        } else if constexpr (std::is_same_v<T, std::monostate>) {
          return Arg();
        } else {
          return Arg(v);
        }
      },
      static_cast<const Value::variant&>(value));
}

Arg Tracer::object_argument(const TracedObject& object) {
  if (const auto* graph = std::get_if<std::shared_ptr<GraphModule>>(&object.is)) return *graph;
  if (const auto* name = std::get_if<OperatorName>(&object.is)) return *name;
  ArgDict dict;
  for (const auto& [key, entry] : std::get<0>(object.is)) dict.emplace_back(key, argument(entry));
  return dict;
}

Arg Tracer::argument(const Traced& traced) {
  if (traced.object != nullptr) return object_argument(*traced.object);
  if (traced.is_list) {
    ArgList list;
    for (const Traced& item : traced.items) list.push_back(argument(item));
    return list;
  }
  if (traced.value.holds<FakeTensor*>()) return node_of(traced.value.get<FakeTensor*>());
  if (traced.value.holds<const void*>()) {
    const auto object = objects_.find(traced.value.get<const void*>());
    if (object == objects_.end()) throw Bug("object without a node");
    return object->second;
  }
  if (!is_symbolic(traced.value)) {
    // A truth value that folded keeps its node; a number is burned in (fetch_sym_proxy).
    if (traced.proxy != nullptr && traced.value.holds<SymBool>()) return force(*traced.proxy);
    return plain_argument(traced.value);
  }
  const Value now = replaced(session_.env(), traced.value);
  if (is_symbolic(now) || now.holds<SymBool>()) return node_of_symbolic(traced);
  return plain_argument(now);
}

void Tracer::output(const std::vector<Traced>& results) {
  ArgList list;
  for (const Traced& result : results) list.push_back(argument_as_is(result));
  graph().create(NodeOp::kOutput, "output", std::move(list), {}, "output");
}

}  // namespace retrace::trace
