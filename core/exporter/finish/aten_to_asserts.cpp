// SPDX-License-Identifier: Apache-2.0
// _export/utils.py _insert_aten_to_metadata_assert_pass: a conversion keeps what its operand was when traced.
#include "core/exporter/finish/passes.h"

namespace retrace::exporter {

using trace::Arg;
using trace::Node;

namespace {

constexpr std::string_view kAssert = "torch.ops.aten._assert_tensor_metadata.default";

bool is_conversion(const Node& node) {
  return node.is_call("torch.ops.aten.to.device") || node.is_call("torch.ops.aten.to.dtype") ||
         node.is_call("torch.ops.aten.to.dtype_layout");
}

}  // namespace

void insert_aten_to_asserts(trace::Graph& graph) {
  for (Node* node : graph.nodes()) {
    if (!is_conversion(*node)) continue;
    Node* of = node->args[0].node();
    if (of == nullptr || !of->has_val || !of->val.holds<FakeTensor*>()) continue;
    const Node* before = node->previous;
    if (before->is_call(kAssert) && before->args[0].node() == of) continue;
    const FakeTensor& tensor = *of->val.get<FakeTensor*>();
    const trace::InsertBefore here(graph, node);
    Node& made =
        graph.create(trace::NodeOp::kCall, std::string(kAssert), {Arg(of)},
                     {{"dtype", Arg(tensor.dtype)}, {"device", Arg(tensor.device)}, {"layout", Arg(tensor.layout)}},
                     "_assert_tensor_metadata_default");
    made.has_val = true;
  }
}

}  // namespace retrace::exporter
