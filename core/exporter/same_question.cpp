// SPDX-License-Identifier: Apache-2.0
// What an export reads of a question, compared field by field. An export is a function of the callable, the spec and
// the mode: it keeps no state between runs (the pool only makes equal expressions one), draws no random numbers and
// reads no clock. So equal questions have equal answers, and nothing that PyTorch would do on the second run is lost.
//
// Read are: the graph's operators with their arguments, in order; names, kinds and examples of inputs; input specs; the
// module's signature; tied and constant tensors; of the input guards, which run first, the sizes they read and what
// they leave behind in the shape environment (shapes/knowledge.h). Not read, so not compared: names of nodes (a trace
// names its own; a failure names the node, and there was none), metadata of intermediate values (the caller sees to
// operators without a rule, whose recorded result is taken), source metadata of nodes, range constraints and the text
// of guards, verifiers and schema versions. Nor are, in strict mode, lifted inputs that no node and no output reads:
// Dynamo's graph has an attribute only where one is read (strict.cpp order_lifted), so that the first export drops
// them.
#include "core/exporter/same_question.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "core/ir/walk.h"
#include "core/ops/match_inputs.h"
#include "core/shapes/knowledge.h"
#include "core/trace/sym_ops.h"

namespace retrace::exporter {

namespace {

template <typename T>
concept Listed = requires(const T& list) {
  list.begin();
}
&&!std::is_convertible_v<T, ir::Text>;

/// Which value of one graph stands for which of the other, one to one.
class Pairing {
 public:
  Pairing(const ir::Graph& a, const ir::Graph& b)
      : to_b_(a.values.size(), ir::kNoValue), to_a_(b.values.size(), ir::kNoValue) {}

  bool pair(ir::ValueId a, ir::ValueId b) {
    if (a == ir::kNoValue || b == ir::kNoValue) return a == b;
    ir::ValueId& to_b = to_b_[static_cast<std::size_t>(a)];
    ir::ValueId& to_a = to_a_[static_cast<std::size_t>(b)];
    if (to_b != ir::kNoValue || to_a != ir::kNoValue) return to_b == b && to_a == a;
    to_b = b;
    to_a = a;
    return true;
  }

 private:
  std::vector<ir::ValueId> to_b_, to_a_;
};

/// Metadata of two inputs, but for sizes, strides and offset.
bool same_kind(const ir::Meta& a, const ir::Meta& b) {
  if (a.index() != b.index()) return false;
  if (const auto* x = ir::tensor_of(a)) {
    const ir::TensorMeta& y = *ir::tensor_of(b);
    return x->dtype == y.dtype && x->requires_grad == y.requires_grad && x->layout == y.layout && x->device == y.device;
  }
  if (const auto* object = std::get_if<ir::CustomObjMeta>(&a))
    return object->class_fqn == std::get<ir::CustomObjMeta>(b).class_fqn;
  return true;
}

bool has_symbols(const ir::TensorMeta& meta) {
  return retrace::has_symbols(meta.sizes) || retrace::has_symbols(meta.strides);
}

/// A lifted tensor is static: it is bound at the recorded sizes. One with symbols in them has to be exported.
bool same_lifted_sizes(const ir::Meta& a, const ir::Meta& b) {
  const auto* x = ir::tensor_of(a);
  if (x == nullptr) return true;
  const ir::TensorMeta* y = ir::tensor_of(b);
  return y != nullptr && !has_symbols(*x) && retrace::same(x->sizes, y->sizes) && retrace::same(x->strides, y->strides);
}

/// Of user inputs a trace sees the example's sizes and what the spec says of them. Symbols in the recorded sizes are no
/// part of it: they are made anew.
bool same_leaf(const bind::InputLeaf& a, const bind::InputLeaf& b) {
  return a.path == b.path && a.is_tensor == b.is_tensor && a.sizes == b.sizes && a.strides == b.strides &&
         a.storage_offset == b.storage_offset && a.integer == b.integer && a.has_spec == b.has_spec &&
         a.dims == b.dims && a.dynamism == b.dynamism;
}

/// The value that an input is; kNoValue: a constant.
ir::ValueId id_of(const ir::Argument& input) {
  ir::ValueId id = ir::kNoValue;
  ir::for_each_slot(input, [&](ir::ValueId slot) { id = slot; });
  return id;
}

/// The same; null: a constant.
const ir::Value* value_of(const ir::Graph& graph, const ir::Argument& input) {
  const ir::ValueId id = id_of(input);
  return id == ir::kNoValue ? nullptr : &graph.values[static_cast<std::size_t>(id)];
}

std::vector<bool> read_values(const ir::Graph& graph) {
  std::vector<bool> read(graph.values.size(), false);
  const auto note = [&](ir::ValueId id) {
    if (id != ir::kNoValue) read[static_cast<std::size_t>(id)] = true;
  };
  for (const ir::Node& node : graph.nodes)
    for (const ir::NamedArgument& input : node.inputs) ir::for_each_slot(input.arg, note);
  for (const ir::Argument& output : graph.outputs) ir::for_each_slot(output, note);
  return read;
}

/// Positions of the inputs that an export sees; `only_read`: without the lifted tensors that nobody reads.
std::vector<std::size_t> seen_inputs(const ir::Program& program, bool only_read) {
  const std::vector<bool> read = only_read ? read_values(program.graph) : std::vector<bool>();
  const auto unseen = [&](const ir::InputSpec& spec) {
    if (!only_read || !spec.is_state()) return false;
    const ir::Value* value = value_of(program.graph, spec.arg);
    const ir::TensorMeta* meta = value == nullptr ? nullptr : ir::tensor_of(value->meta);
    return meta != nullptr && !has_symbols(*meta) && !read[static_cast<std::size_t>(id_of(spec.arg))];
  };
  std::vector<std::size_t> seen;
  for (std::size_t i = 0; i < program.input_specs.size(); ++i)
    if (!unseen(program.input_specs[i])) seen.push_back(i);
  return seen;
}

/// The results of a graph's nodes that only compute.
using Computed = std::unordered_map<ir::ValueId, SymInt>;

/// The integer that such a node gives; kNoValue: the node is another.
ir::ValueId computed_by(const ir::Node& node) {
  if (node.outputs.size() != 1 || node.outputs[0].kind != ir::ArgKind::kSymInt || !trace::only_computes(node.target))
    return ir::kNoValue;
  return node.outputs[0].as<ir::SymArg<std::int64_t>>().id;
}

/// As the trace found them; none where it found more or fewer.
Computed computed_in(const ir::Graph& graph, const std::vector<SymInt>& results) {
  Computed out;
  auto result = results.begin();
  for (const ir::Node& node : graph.nodes) {
    const ir::ValueId id = computed_by(node);
    if (id == ir::kNoValue) continue;
    if (result == results.end()) return {};
    out.emplace(id, *result++);
  }
  return result == results.end() ? out : Computed();
}

/// As an export wrote them.
Computed computed_in(const ir::Graph& graph) {
  Computed out;
  for (const ir::Node& node : graph.nodes) {
    const ir::ValueId id = computed_by(node);
    if (id == ir::kNoValue) continue;
    const auto* meta = std::get_if<ir::SymMeta>(&graph.values[static_cast<std::size_t>(id)].meta);
    if (meta != nullptr && std::holds_alternative<SymInt>(meta->value)) out.emplace(id, std::get<SymInt>(meta->value));
  }
  return out;
}

class Comparison {
 public:
  Comparison(const ir::Program& a, const ir::Program& b, bool only_read)
      : a_(a), b_(b), only_read_(only_read), values_(a.graph, b.graph) {}

  bool equal() {
    return a_.graph.is_single_tensor_return == b_.graph.is_single_tensor_return && same_inputs() && same_nodes() &&
           same(a_.graph.outputs, b_.graph.outputs);
  }
  /// The same but for nodes that only compute: their results go by what they are.
  bool equal_given(Computed in_a, Computed in_b) {
    by_result_ = true;
    computed_in_a_ = std::move(in_a);
    computed_in_b_ = std::move(in_b);
    return equal();
  }
  bool same_inputs() {
    const std::vector<std::size_t> of_a = seen_inputs(a_, only_read_);
    const std::vector<std::size_t> of_b = seen_inputs(b_, only_read_);
    if (of_a.size() != of_b.size()) return false;
    for (std::size_t i = 0; i < of_a.size(); ++i) {
      const ir::InputSpec& x = a_.input_specs[of_a[i]];
      const ir::InputSpec& y = b_.input_specs[of_b[i]];
      if (!same(a_.graph.inputs[of_a[i]], b_.graph.inputs[of_b[i]])) return false;
      if (x.kind != y.kind || x.name != y.name || x.persistent != y.persistent || !same(x.arg, y.arg)) return false;
      const ir::Value* left = value_of(a_.graph, x.arg);
      const ir::Value* right = value_of(b_.graph, y.arg);
      if (left == nullptr && right == nullptr) continue;
      if (left == nullptr || right == nullptr || left->name != right->name) return false;
      if (!same_kind(left->meta, right->meta)) return false;
      if (x.kind != ir::InputSpecKind::kUserInput && !same_lifted_sizes(left->meta, right->meta)) return false;
    }
    return true;
  }

 private:
  bool same_nodes() {
    auto a = a_.graph.nodes.begin();
    auto b = b_.graph.nodes.begin();
    const auto pass = [this](auto& at, const ir::Graph& graph, const Computed& computed) {
      while (by_result_ && at != graph.nodes.end() && computed.contains(computed_by(*at))) ++at;
    };
    for (;; ++a, ++b) {
      pass(a, a_.graph, computed_in_a_);
      pass(b, b_.graph, computed_in_b_);
      if (a == a_.graph.nodes.end() || b == b_.graph.nodes.end())
        return a == a_.graph.nodes.end() && b == b_.graph.nodes.end();
      if (!same(*a, *b)) return false;
    }
  }
  bool same(const ir::Node& a, const ir::Node& b) {
    return same_text(a.target, b.target) && a.is_hop_single_tensor_return == b.is_hop_single_tensor_return &&
           same_arguments(a, b) && same(a.outputs, b.outputs);
  }

  /// A registered operator's arguments are bound by name: how they are spelled, and whether a None that is the default
  /// is spelled at all, is not seen (trace::bind_arguments, trace::spell_arguments).
  bool same_arguments(const ir::Node& a, const ir::Node& b) {
    const ops::Schema* schema = ops::find_schema_of_target(a.target);
    if (schema == nullptr) return same(a.inputs, b.inputs);
    ops::match_inputs(*schema, a, given_to_a_);
    ops::match_inputs(*schema, b, given_to_b_);
    for (std::size_t i = 0; i < given_to_a_.size(); ++i) {
      const ir::NamedArgument* x = given_to_a_[i];
      const ir::NamedArgument* y = given_to_b_[i];
      if (x != nullptr && y != nullptr) {
        if (!same(x->arg, y->arg)) return false;
      } else if (const ir::NamedArgument* only = x != nullptr ? x : y; only != nullptr) {
        if (only->arg.kind != ir::ArgKind::kNone || schema->args[i].default_value != "None") return false;
      }
    }
    return true;
  }
  bool same(const ir::NamedArgument& a, const ir::NamedArgument& b) {
    return a.kind == b.kind && a.name == b.name && same(a.arg, b.arg);
  }
  bool same(const ir::Argument& a, const ir::Argument& b) {
    if (a.kind != b.kind || a.payload.index() != b.payload.index()) return false;
    return std::visit([&](const auto& x) { return same(x, std::get<std::decay_t<decltype(x)>>(b.payload)); },
                      a.payload);
  }
  bool same(const ir::ArgumentMapEntry& a, const ir::ArgumentMapEntry& b) {
    return a.key == b.key && same(a.value, b.value);
  }
  /// Bodies of higher-order operators are rare, and names may count in them: such programs are exported.
  static bool same(const ir::GraphArg&, const ir::GraphArg&) { return false; }
  bool same(const ir::CustomObjArg& a, const ir::CustomObjArg& b) {
    return same(a.id, b.id) && a.class_fqn == b.class_fqn;
  }
  template <typename T>
  bool same(const ir::SymArg<T>& a, const ir::SymArg<T>& b) {
    return same(a.id, b.id) && same(a.plain, b.plain);
  }
  template <Listed List>
  bool same(const List& a, const List& b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(),
        [this](const typename List::value_type& x, const typename List::value_type& y) { return this->same(x, y); });
  }
  bool same(ir::ValueId a, ir::ValueId b) {
    if (!by_result_) return values_.pair(a, b);
    const auto x = computed_in_a_.find(a);
    const auto y = computed_in_b_.find(b);
    if (x == computed_in_a_.end() || y == computed_in_b_.end())
      return x == computed_in_a_.end() && y == computed_in_b_.end() && values_.pair(a, b);
    return retrace::same(x->second, y->second);
  }
  /// Bit by bit: NaN is itself, and 0.0 is not -0.0.
  static bool same(double a, double b) { return std::bit_cast<std::int64_t>(a) == std::bit_cast<std::int64_t>(b); }
  bool same(const std::pair<double, double>& a, const std::pair<double, double>& b) {
    return same(a.first, b.first) && same(a.second, b.second);
  }
  static bool same(std::int64_t a, std::int64_t b) { return a == b; }
  static bool same(bool a, bool b) { return a == b; }
  static bool same(ir::Text a, ir::Text b) { return a == b; }
  static bool same(const Device& a, const Device& b) { return a == b; }
  static bool same(std::monostate, std::monostate) { return true; }

  const ir::Program& a_;
  const ir::Program& b_;
  bool only_read_;
  Pairing values_;
  bool by_result_ = false;
  Computed computed_in_a_, computed_in_b_;
  ops::MatchedInputs given_to_a_, given_to_b_;
};

bool same_signature(const ir::Program& a, const ir::Program& b) {
  if (a.module_call_graph.empty() || b.module_call_graph.empty()) return false;
  const auto& x = a.module_call_graph.front().signature;
  const auto& y = b.module_call_graph.front().signature;
  if (!x || !y) return x.has_value() == y.has_value();
  return x->in_spec == y->in_spec && x->out_spec == y->out_spec && x->forward_arg_names == y->forward_arg_names &&
         a.treespec_namedtuple_fields == b.treespec_namedtuple_fields;
}

/// What the result takes over as it is.
bool same_passed_on(const ir::Program& a, const ir::Program& b) {
  return a.graph_metadata == b.graph_metadata && a.opset_version == b.opset_version &&
         a.torch_version == b.torch_version && a.tied == b.tied && a.constants == b.constants;
}

/// Does a node compute what nobody reads? Sharing sizes may leave one, which a trace of the answer drops.
bool computes_in_vain(const ir::Graph& graph) {
  const std::vector<bool> read = read_values(graph);
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const ir::Node& node) {
    const ir::ValueId id = computed_by(node);
    return id != ir::kNoValue && !read[static_cast<std::size_t>(id)];
  });
}

/// An export keeps the nodes that only compute where their results are needed, and reads a size from whichever input it
/// knows it by first. So its answer may compute the same integers elsewhere, of other inputs: the calls have the same
/// arguments all the same, which is all that a trace of them sees. That holds while no symbol is replaced on the way
/// (else the same size may be two expressions, by the time it is read) and where no input is an integer (Dynamo
/// specialises those that no node takes).
bool same_but_for_computing(const Question& a, const ir::Program& b, const ModeRecord& mode) {
  const std::vector<bind::InputLeaf>& leaves = a.inputs.leaves;
  if (a.known->replaces_later || a.computed.empty() || computes_in_vain(b.graph) ||
      !std::all_of(leaves.begin(), leaves.end(), [](const bind::InputLeaf& leaf) { return leaf.is_tensor; }))
    return false;
  const ir::Program& program = a.callable.program;
  return Comparison(program, b, mode.drops_unread_inputs)
      .equal_given(computed_in(program.graph, a.computed), computed_in(b.graph));
}

}  // namespace

bool same_module(const Question& a, const ir::Callable& b, const ModeRecord& mode) {
  const ir::Program& x = a.callable.program;
  const ir::Program& y = b.program;
  if (x.pool != y.pool || !same_signature(x, y) || !same_passed_on(x, y)) return false;
  return Comparison(x, y, mode.drops_unread_inputs).equal() || same_but_for_computing(a, y, mode);
}

bool is_settled(const Question& a, const ir::Callable& b) {
  const ir::Program& x = a.callable.program;
  const ir::Program& y = b.program;
  return a.settled && a.settled->nodes.shares(y.graph.nodes) && a.settled->outputs.size() == y.graph.outputs.size() &&
         x.pool == y.pool && same_signature(x, y) && same_passed_on(x, y) && Comparison(x, y, false).same_inputs();
}

bool same_start(const Question& a, const Question& b, shapes::ShapeEnv& env) {
  const std::vector<bind::InputLeaf>& x = a.inputs.leaves;
  const std::vector<bind::InputLeaf>& y = b.inputs.leaves;
  return a.guards.read == b.guards.read && a.inputs.all_static == b.inputs.all_static &&
         std::equal(x.begin(), x.end(), y.begin(), y.end(), same_leaf) && env.would_answer_as(*a.known);
}

}  // namespace retrace::exporter
