// SPDX-License-Identifier: Apache-2.0
#include "core/trace/recorded.h"

#include <algorithm>
#include <unordered_map>

namespace retrace::trace {

namespace {

class Recorded {
 public:
  Recorded(Session& session, const ir::Graph& graph)
      : session_(session), graph_(graph), known_(session.env().backed_symbols()) {
    for (const expr::Expr u : session.env().unbacked_symbols()) known_.push_back(u);
  }

  /// Learns what the recorded symbols of an argument are called in this trace.
  void match(const ir::Argument& recorded, const Value& traced) {
    if (const auto* id = std::get_if<ir::ValueId>(&recorded.payload)) return match(*id, traced);
    if (const auto* s = std::get_if<ir::SymArg<std::int64_t>>(&recorded.payload)) return match(s->id, traced);
    const auto* ids = std::get_if<std::vector<ir::ValueId>>(&recorded.payload);
    if (ids == nullptr || !traced.holds<ValueList>()) return;
    const ValueList& list = traced.get<ValueList>();
    for (std::size_t i = 0; i < std::min(ids->size(), list.size()); ++i) match((*ids)[i], list[i]);
  }

  Value value(const ir::Argument& output) {
    if (const auto* id = std::get_if<ir::ValueId>(&output.payload)) return value(*id);
    if (const auto* ids = std::get_if<std::vector<ir::ValueId>>(&output.payload)) {
      ValueList list;
      for (const ir::ValueId id : *ids) list.push_back(value(id));
      return Value(std::move(list));
    }
    if (const auto* s = std::get_if<ir::SymArg<std::int64_t>>(&output.payload))
      return symbolic(s->id, Value(SymInt(s->plain)));
    if (const auto* s = std::get_if<ir::SymArg<bool>>(&output.payload))
      return symbolic(s->id, Value(SymBool(s->plain)));
    if (const auto* s = std::get_if<ir::SymArg<double>>(&output.payload))
      return symbolic(s->id, Value(SymFloat(s->plain)));
    return {};
  }

 private:
  void match(ir::ValueId id, const Value& traced) {
    if (id == ir::kNoValue) return;
    const ir::Meta& meta = graph_.values[static_cast<std::size_t>(id)].meta;
    const auto* sym = std::get_if<ir::SymMeta>(&meta);
    if (sym != nullptr && traced.holds<SymInt>() && std::holds_alternative<SymInt>(sym->value))
      return match(std::get<SymInt>(sym->value), traced.get<SymInt>());
    const auto* tensor = ir::tensor_of(meta);
    if (tensor == nullptr || !traced.holds<FakeTensor*>()) return;
    const FakeTensor& now = *traced.get<FakeTensor*>();
    for (std::size_t i = 0; i < std::min(tensor->sizes.size(), now.sizes.size()); ++i)
      match(tensor->sizes[i], now.sizes[i]);
  }
  void match(const SymInt& recorded, const SymInt& traced) {
    if (recorded.is_int() || recorded.node()->kind != expr::Kind::kSymbol) return;
    stand_ins_.try_emplace(recorded.node(), traced.expression(session_.env().pool()));
  }

  Value symbolic(ir::ValueId id, const Value& plain) { return id == ir::kNoValue ? plain : value(id); }

  Value value(ir::ValueId id) {
    if (id == ir::kNoValue) return {};
    const ir::Meta& meta = graph_.values[static_cast<std::size_t>(id)].meta;
    if (const auto* tensor = ir::tensor_of(meta)) return Value(&make_tensor(*tensor));
    if (const auto* sym = std::get_if<ir::SymMeta>(&meta)) {
      if (const auto* i = std::get_if<SymInt>(&sym->value)) return Value(local(*i));
      if (const auto* f = std::get_if<SymFloat>(&sym->value))
        return f->is_float() ? Value(*f) : Value(session_.env().new_unbacked_float());
      const SymBool& b = std::get<SymBool>(sym->value);
      return b.is_bool() ? Value(b) : Value(session_.env().new_unbacked_bool());
    }
    return {};
  }

  FakeTensor& make_tensor(const ir::TensorMeta& meta) {
    FakeTensor& tensor = session_.new_tensor();
    tensor.dtype = meta.dtype;
    tensor.layout = meta.layout;
    tensor.device = meta.device;
    for (const SymInt& s : meta.sizes) tensor.sizes.edit().push_back(local(s));
    for (const SymInt& s : meta.strides) tensor.strides.edit().push_back(local(s));
    tensor.storage_offset = local(meta.storage_offset);
    tensor.storage = &session_.new_storage();
    return tensor;
  }

  SymInt local(const SymInt& recorded) {
    if (recorded.is_int()) return recorded;
    expr::Substitution by;
    for (const expr::Expr symbol : expr::free_symbols(recorded.node())) {
      const bool known = std::find(known_.begin(), known_.end(), symbol) != known_.end();
      if (!known || stand_ins_.contains(symbol)) by.emplace_back(symbol, stand_in(symbol));
    }
    return by.empty() ? recorded : SymInt(expr::substitute(recorded.node(), by));
  }
  expr::Expr stand_in(expr::Expr symbol) {
    expr::Expr& e = stand_ins_[symbol];
    if (e == nullptr) e = session_.env().new_unbacked_int().node();
    return e;
  }

  Session& session_;
  const ir::Graph& graph_;
  std::vector<expr::Expr> known_;
  std::unordered_map<expr::Expr, expr::Expr> stand_ins_;
};

}  // namespace

Value recorded_result(Session& session, const ir::Node& node, const ir::Graph& graph, const std::vector<Value>& args) {
  Recorded recorded(session, graph);
  for (std::size_t i = 0; i < std::min(args.size(), node.inputs.size()); ++i)
    recorded.match(node.inputs[i].arg, args[i]);
  if (node.outputs.empty()) return {};
  if (node.outputs.size() == 1) {
    Value only = recorded.value(node.outputs[0]);
    if (!node.is_hop_single_tensor_return.value_or(true) && !only.holds<ValueList>()) return Value(ValueList{only});
    return only;
  }
  ValueList list;
  for (const ir::Argument& output : node.outputs) list.push_back(recorded.value(output));
  return Value(std::move(list));
}

}  // namespace retrace::trace
