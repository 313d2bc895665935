// SPDX-License-Identifier: Apache-2.0
// When the trace to aten of Dynamo's graph gives that graph again.
//
// The capture was a trace by the same interpreter, of the same inputs, in the same environment. Run once more, a call
// of an operator gives itself: its arguments are spelled as a trace spells them, and its result depends on nothing but
// them and what the environment knows. It may write into its first argument, whose sizes stay: both traces begin with
// inputs as they were, of which only autograd's flags have to be handed over. Integers that are only computed give
// themselves too, at the place where they stand: a trace writes them where they are first needed, and that was how they
// came there. So nothing but the inputs differs (attributes become placeholders before the user's, and the names keep
// clear of other ones), unless
//   - the environment learned something since the capture began: the same question may be answered otherwise;
//   - a symbol is unbacked: each trace makes its own;
//   - the capture lost a call: what it read for that call may be needed elsewhere first;
//   - a constant is lifted, or an input is an integer that is traced: the two traces take them differently;
//   - a node is anything else: an operator that resizes, writes elsewhere, has no rule or has bodies, or of which only
//     the trace to aten asks something (lift_fresh_copy).
#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "core/exporter/aten_trace.h"
#include "core/ops/operator.h"
#include "core/trace/sym_ops.h"
#include "core/trace/tracer.h"

namespace retrace::exporter {

using trace::Node;
using trace::NodeOp;

namespace {

/// A parameter or buffer without symbols in its sizes.
bool is_static_state(const GraphInput& input) {
  if (!input.spec.is_state() || !input.value.holds<FakeTensor*>()) return false;
  const FakeTensor& tensor = *input.value.get<FakeTensor*>();
  return !has_symbols(tensor.sizes.values()) && !has_symbols(tensor.strides.values());
}

bool same_geometry(const Value& a, const Value& b) {
  if (!a.holds<FakeTensor*>() || !b.holds<FakeTensor*>()) return false;
  const FakeTensor& x = *a.get<FakeTensor*>();
  const FakeTensor& y = *b.get<FakeTensor*>();
  return same(x.sizes, y.sizes) && same(x.strides, y.strides) && same(x.storage_offset, y.storage_offset);
}

/// Does a call write into its first argument alone, which keeps its sizes?
bool writes_in_place(const Node& call) {
  const std::vector<ops::Parameter>& parameters = call.operation->parameters;
  const auto is_written = [](const ops::Parameter& p) { return p.is_written; };
  return parameters.front().is_written && std::count_if(parameters.begin(), parameters.end(), is_written) == 1 &&
         !call.args.empty() && call.args.front().node() != nullptr &&
         same_geometry(call.val, call.args.front().node()->val);
}

bool is_repeated(const Node& call) {
  const ops::Operator* op = call.operation;
  if (op == nullptr) return trace::only_computes(call.target);
  if (op->rule == nullptr || op->schema->name == "aten::lift_fresh_copy") return false;
  return !op->schema->is_mutable || writes_in_place(call);
}

bool gives_itself(const Node& node) {
  if (node.op == NodeOp::kPlaceholder) return !trace::is_symbolic(node.val);
  return node.op != NodeOp::kCall || is_repeated(node);
}

}  // namespace

bool repeats_capture(trace::Session& session, const Captured& captured, std::uint64_t learned) {
  const trace::Graph& graph = captured.module->graph;
  if (session.env().learned() != learned || !session.env().unbacked_symbols().empty() || graph.lost_call() ||
      !std::all_of(captured.lifted.begin(), captured.lifted.end(), is_static_state))
    return false;
  for (const Node* node = graph.first(); node != nullptr; node = graph.after(*node))
    if (!gives_itself(*node)) return false;
  return true;
}

Traced repeat_capture(const Captured& captured) {
  trace::Graph& graph = captured.module->graph;
  std::unordered_map<std::string_view, Node*> attributes;
  Node* first = nullptr;  // that stays where it is
  for (Node* node = graph.first(); node != nullptr; node = graph.after(*node)) {
    if (node->op == NodeOp::kGetAttr)
      attributes.emplace(node->target, node);
    else if (first == nullptr)
      first = node;
  }
  for (const auto& [input, copy] : captured.copies) {
    input->requires_grad = copy->requires_grad;
    input->tracks_grad = copy->tracks_grad;
  }
  Traced out{captured.module, {}};
  for (const GraphInput& input : captured.lifted) {
    graph.make_placeholder(*attributes.at(input.spec.name), *first);
    out.signature.inputs.push_back(input.spec);
  }
  out.signature.first_user_input = out.signature.inputs.size();
  for (const GraphInput& input : captured.users) out.signature.inputs.push_back(input.spec);
  std::size_t inputs = 0;
  for (Node* input : graph.placeholders()) input->name = trace::input_name(inputs++);
  graph.name_anew([&](const Node& node) -> std::string_view {
    if (node.op == NodeOp::kOutput) return "output";
    const bool is_traced_call = node.operation != nullptr && !trace::only_computes(node.target);
    return is_traced_call ? node.operation->node_name : trace::base_name(node.target);
  });
  return out;
}

}  // namespace retrace::exporter
