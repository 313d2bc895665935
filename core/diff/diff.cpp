// SPDX-License-Identifier: Apache-2.0
#include "core/diff/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/diff/signature.h"
#include "core/diff/stale.h"
#include "core/ir/print.h"
#include "core/ir/walk.h"

namespace retrace::diff {
namespace {

using hash::Digest;
using identity::Canonical;

/// Both programs at one level.
struct Pair {
  const Canonical& a;
  const Canonical& b;
  [[nodiscard]] bool same() const { return a.digest == b.digest; }
};

std::size_t first_mismatch(const std::vector<Digest>& a, const std::vector<Digest>& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// An assertion, or a relation that only assertions read.
bool is_check(std::string_view target) {
  constexpr std::string_view kOperator = "_operator.";
  if (target.find("_assert") != std::string_view::npos) return true;
  if (!target.starts_with(kOperator)) return false;
  constexpr std::array<std::string_view, 6> kRelations = {"eq", "ge", "gt", "le", "lt", "ne"};
  return std::find(kRelations.begin(), kRelations.end(), target.substr(kOperator.size())) != kRelations.end();
}

/// What first tells two tensors apart; null: nothing that has a name.
const char* tensor_rule(const ir::TensorMeta& a, const ir::TensorMeta& b) {
  if (a.dtype != b.dtype) return "dtype-changed";
  if (to_string(a.sizes) != to_string(b.sizes)) return "size-changed";
  if (to_string(a.strides) != to_string(b.strides)) return "stride-changed";
  if (to_string(a.storage_offset) != to_string(b.storage_offset)) return "stride-changed";
  return a.requires_grad != b.requires_grad ? "requires-grad-changed" : nullptr;
}

class Comparer {
 public:
  Comparer(const Side& a, const Side& b, Origin origin)
      : a_(a.program),
        b_(b.program),
        origin_(origin),
        exact_{a.forms[0], b.forms[0]},
        dataflow_{a.forms[1], b.forms[1]},
        symbolic_{a.forms[2], b.forms[2]} {}

  Comparison run() {
    result_.exact = exact_.same();
    result_.dataflow = dataflow_.same();
    result_.symbolic = symbolic_.same();
    if (result_.exact) return result_;
    outputs();
    inputs();
    ranges();
    tree_specs();
    stale();
    nodes();
    // Coarser differences first: what only level exact sees is a note.
    std::stable_sort(result_.differences.begin(), result_.differences.end(),
                     [](const Difference& x, const Difference& y) { return x.level > y.level; });
    return result_;
  }

 private:
  void add(std::string rule, Level level, std::string where_a, std::string where_b, std::string a, std::string b,
           std::size_t count = 1) {
    result_.differences.push_back(
        {std::move(rule), level, std::move(where_a), std::move(where_b), std::move(a), std::move(b), count});
  }

  /// The coarsest level at which `part` still differs.
  template <typename Part>
  [[nodiscard]] Level level_of(Part part) const {
    if (part(symbolic_.a) != part(symbolic_.b)) return Level::kSymbolic;
    if (part(dataflow_.a) != part(dataflow_.b)) return Level::kDataflow;
    return Level::kExact;
  }

  void outputs() {
    const auto count_a = a_.graph.outputs.size(), count_b = b_.graph.outputs.size();
    if (exact_.a.output_specs == exact_.b.output_specs && count_a == count_b) return;
    add("output-changed", level_of([](const Canonical& c) { return c.output_specs; }), "graph.outputs", "graph.outputs",
        fmt::format("{} outputs", count_a), fmt::format("{} outputs", count_b));
  }

  void inputs() {
    if (exact_.a.input_specs != exact_.b.input_specs) return signature_inputs();
    if (exact_.a.graph_inputs == exact_.b.graph_inputs) return;
    const Level level = level_of([](const Canonical& c) { return c.graph_inputs; });
    if (add_all("dim-specialised", level, specialized_dims(a_, b_))) return;
    const std::size_t i = first_mismatch(exact_.a.graph_inputs, exact_.b.graph_inputs);
    const std::string where = fmt::format("graph.inputs[{}]", i);
    add(input_rule(i), level, where, where, input_text(a_, i), input_text(b_, i));
  }

  static const ir::Meta* input_meta(const ir::Program& p, std::size_t i) {
    const ir::Meta* found = nullptr;
    if (i < p.graph.inputs.size())
      ir::for_each_slot(p.graph.inputs[i],
                        [&](ir::ValueId id) { found = &p.graph.values[static_cast<std::size_t>(id)].meta; });
    return found;
  }

  [[nodiscard]] std::string input_rule(std::size_t i) const {
    const ir::Meta* in_a = input_meta(a_, i);
    const ir::Meta* in_b = input_meta(b_, i);
    const auto* ta = in_a == nullptr ? nullptr : ir::tensor_of(*in_a);
    const auto* tb = in_b == nullptr ? nullptr : ir::tensor_of(*in_b);
    const char* rule = ta == nullptr || tb == nullptr ? nullptr : tensor_rule(*ta, *tb);
    return rule != nullptr ? rule : "input-changed";
  }

  static std::string input_text(const ir::Program& p, std::size_t i) {
    if (i >= p.graph.inputs.size()) return "none";
    std::string all;
    ir::for_each_slot(p.graph.inputs[i], [&](ir::ValueId id) { all += ir::print_value(p.graph, id); });
    return all.empty() ? ir::print(p.graph, p.graph.inputs[i]) : all;
  }

  /// False: there are none.
  bool add_all(const std::string& rule, Level level, std::vector<DimChange> changes) {
    for (DimChange& c : changes) add(rule, level, c.where, c.where, std::move(c.a), std::move(c.b), c.dims);
    return !changes.empty();
  }

  void signature_inputs() {
    const Level level = level_of([](const Canonical& c) { return c.input_specs; });
    std::map<Digest, int> in_b;
    for (const Digest& d : exact_.b.input_specs) ++in_b[d];
    std::vector<std::size_t> dropped;
    for (std::size_t i = 0; i < exact_.a.input_specs.size(); ++i) {
      if (--in_b[exact_.a.input_specs[i]] < 0) dropped.push_back(i);
    }
    if (dropped.empty() && exact_.a.input_specs.size() == exact_.b.input_specs.size()) {
      const std::size_t i = first_mismatch(exact_.a.input_specs, exact_.b.input_specs);
      add(only_constants_moved() ? "constant-moved" : "order-changed", level, fmt::format("input_specs[{}]", i),
          fmt::format("input_specs[{}]", i), input_name(a_, i), input_name(b_, i));
    } else if (!dropped.empty()) {
      add("input-dropped", level, fmt::format("input_specs[{}]", dropped.front()), "input_specs",
          input_name(a_, dropped.front()), "no such input", dropped.size());
    } else {
      add("input-added", level, "input_specs", "input_specs", fmt::format("{} inputs", a_.input_specs.size()),
          fmt::format("{} inputs", b_.input_specs.size()));
    }
  }

  /// Without the lifted constants the inputs stand in one order.
  [[nodiscard]] bool only_constants_moved() const {
    const auto others = [](const ir::Program& p) {
      std::vector<ir::Text> names;
      for (const ir::InputSpec& input : p.input_specs)
        if (input.kind != ir::InputSpecKind::kTensorConstant && input.kind != ir::InputSpecKind::kCustomObj)
          names.push_back(input.name);
      return names;
    };
    return others(a_) == others(b_);
  }

  static std::string input_name(const ir::Program& p, std::size_t i) {
    if (!p.input_specs[i].name.empty()) return std::string(p.input_specs[i].name);
    return i < p.graph.inputs.size() ? ir::print(p.graph, p.graph.inputs[i]) : "?";
  }

  void ranges() {
    if (exact_.a.ranges == exact_.b.ranges) return;
    const Level level = level_of([](const Canonical& c) { return c.ranges; });
    std::vector<DimChange> narrowed = changed_ranges(a_, b_);
    const auto others =
        std::stable_partition(narrowed.begin(), narrowed.end(), [](const DimChange& c) { return c.narrowed; });
    std::vector<DimChange> changed(std::make_move_iterator(others), std::make_move_iterator(narrowed.end()));
    narrowed.erase(others, narrowed.end());
    const bool any = add_all("range-narrowed", level, std::move(narrowed));
    if (add_all("range-changed", level, std::move(changed)) || any || !specialized_dims(a_, b_).empty()) return;
    const auto text = [](const ir::Program& p) {
      std::string all;
      for (const auto& [key, r] : p.range_constraints) {
        all += fmt::format("{}{}: [{}, {}]", all.empty() ? "" : ", ", key, r.min ? std::to_string(*r.min) : "-oo",
                           r.max ? std::to_string(*r.max) : "oo");
      }
      return all;
    };
    add("range-changed", level, "range_constraints", "range_constraints", text(a_), text(b_));
  }

  void tree_specs() {
    if (exact_.a.tree_specs == exact_.b.tree_specs) return;
    add("tree-spec-changed", Level::kSymbolic, "module_call_graph[0].signature", "module_call_graph[0].signature",
        "in_spec or out_spec", "in_spec or out_spec");
  }

  void stale() {
    if (origin_ != Origin::kRecorded) return;
    Stale found = stale_metadata(a_, b_);
    if (found.count == 0) return;
    const std::string where = fmt::format("graph.nodes[{}] {}", found.at, a_.graph.nodes[found.at].name);
    add("metadata-stale", Level::kSymbolic, where, where, std::move(found.recorded), std::move(found.computed),
        found.count);
    stale_at_ = found.at;
  }

  void nodes() {
    const std::size_t i = first_mismatch(exact_.a.nodes, exact_.b.nodes);
    const bool nodes_agree = i == exact_.a.nodes.size() && i == exact_.b.nodes.size();
    if (nodes_agree) {
      if (exact_.a.outputs != exact_.b.outputs && exact_.a.output_specs == exact_.b.output_specs) {
        add("output-changed", level_of([](const Canonical& c) { return c.outputs; }), "graph.outputs", "graph.outputs",
            "returns other values", "returns other values");
      }
      return;
    }
    const ir::Node* in_a = i < a_.graph.nodes.size() ? &a_.graph.nodes[i] : nullptr;
    const ir::Node* in_b = i < b_.graph.nodes.size() ? &b_.graph.nodes[i] : nullptr;
    const auto text = [](const ir::Program& p, const ir::Node* n) {
      return n ? ir::print(p.graph, *n) : "end of the graph";
    };
    const std::string text_a = text(a_, in_a), text_b = text(b_, in_b);
    // Level exact knows an input by its place: a node that reads one that moved differs without a change of its own.
    if (exact_.a.input_specs != exact_.b.input_specs && text_a == text_b) return;
    result_.first_node = i;
    if (stale_at_ == i) return;
    const auto place = [&](const ir::Node* n) { return fmt::format("graph.nodes[{}] {}", i, n ? n->name : "-"); };
    add(node_rule(in_a, in_b), node_level(), place(in_a), place(in_b), text_a, text_b, differing_nodes());
  }

  [[nodiscard]] Level node_level() const {
    const auto all = [](const Canonical& c) {
      auto nodes = c.nodes;
      std::sort(nodes.begin(), nodes.end());
      nodes.insert(nodes.end(), c.effects.begin(), c.effects.end());
      return nodes;
    };
    return level_of([&](const Canonical& c) { return c.level == Level::kExact ? c.nodes : all(c); });
  }

  /// Nodes of either program without a partner in the other, at level dataflow.
  [[nodiscard]] std::size_t differing_nodes() const {
    std::map<Digest, std::int64_t> surplus;
    for (const auto* list : {&dataflow_.a.nodes, &dataflow_.a.effects})
      for (const Digest& d : *list) ++surplus[d];
    for (const auto* list : {&dataflow_.b.nodes, &dataflow_.b.effects})
      for (const Digest& d : *list) --surplus[d];
    std::int64_t count = 0;
    for (const auto& [digest, n] : surplus) count += std::max<std::int64_t>(n, 0);
    return static_cast<std::size_t>(std::max<std::int64_t>(count, 1));
  }

  [[nodiscard]] std::string node_rule(const ir::Node* a, const ir::Node* b) const {
    if (a == nullptr || b == nullptr) return "operator-changed";
    if (a->target != b->target) {
      if (dataflow_.same()) return "order-changed";
      if (is_check(a->target) || is_check(b->target)) return "assertion-repeated";
      const bool size =
          a->target.find("sym_size") != std::string_view::npos || b->target.find("sym_size") != std::string_view::npos;
      return size ? "size-source-changed" : "operator-changed";
    }
    const auto meta = [](const ir::Program& p, const ir::Node* n) -> const ir::Meta* {
      const ir::Meta* found = nullptr;
      for (const auto& o : n->outputs) {
        ir::for_each_slot(o, [&](ir::ValueId id) {
          if (found == nullptr && id != ir::kNoValue) found = &p.graph.values[static_cast<std::size_t>(id)].meta;
        });
      }
      return found;
    };
    const ir::Meta* ma = meta(a_, a);
    const ir::Meta* mb = meta(b_, b);
    if (ma == nullptr || mb == nullptr) return "argument-changed";
    const auto* ta = ir::tensor_of(*ma);
    const auto* tb = ir::tensor_of(*mb);
    if (ta != nullptr && tb != nullptr)
      if (const char* rule = tensor_rule(*ta, *tb)) return rule;
    return a->target.find("sym_size") != std::string_view::npos ? "size-source-changed" : "argument-changed";
  }

  const ir::Program& a_;
  const ir::Program& b_;
  Origin origin_;
  std::optional<std::size_t> stale_at_;
  Pair exact_;
  Pair dataflow_;
  Pair symbolic_;
  Comparison result_;
};

}  // namespace

Comparison compare(const Side& a, const Side& b, Origin origin) { return Comparer(a, b, origin).run(); }

Comparison compare(const ir::Program& a, const ir::Program& b, Origin origin) {
  const auto of_a = identity::canonical(a), of_b = identity::canonical(b);
  return compare(Side{a, of_a}, Side{b, of_b}, origin);
}

}  // namespace retrace::diff
